import type { VNode } from 'preact';
import { Card, Stats } from '../../components/card.tsx';
import { Stat } from '../../components/stat.tsx';
import { count, counted } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';

/** Emptying the queue before an upgrade: what to do, and when it is done. */
export function Drain(): VNode {
  const { now, live } = useDesk().live;
  const receivers = now?.processes.filter(({ state, receivers }) => state === 'running' && receivers.length > 0) ?? [];
  const left = now ? now.queue.waiting + now.queue.running + now.queue.delayed : 0;
  return (
    <Card title="Drain">
      <ol class="how">
        <li>
          Stop the receivers first, so that nothing new arrives. Platforms keep for a while what is sent meanwhile.{' '}
          {receivers.length === 0
            ? 'No receiver runs.'
            : `${counted(receivers.length, 'process', 'processes')} still ${receivers.length === 1 ? 'receives' : 'receive'}.`}
        </li>
        <li>Leave the workers running, with nothing paused, until nothing waits or runs.</li>
        <li>Upgrade, then start everything again.</li>
      </ol>
      {now && live ? (
        <>
          <Stats>
            <Stat
              label="Waits"
              tip="Turns that no worker has begun, those that wait for their next attempt included."
              value={count(now.queue.waiting + now.queue.delayed)}
            />
            <Stat
              label="Runs"
              tip="Turns that workers are answering at this moment."
              value={count(now.queue.running)}
            />
          </Stats>
          <p role="status" aria-label="Drain" class={left === 0 ? 'verdict-line good' : 'verdict-line'}>
            {left === 0
              ? 'Nothing waits or runs: safe to upgrade.'
              : now.pauses.length > 0
                ? 'Something is paused: what waits there is not answered until you go on.'
                : 'Not yet: something waits or runs.'}
          </p>
        </>
      ) : (
        <p class="problem">Not connected: whether something waits or runs is not known.</p>
      )}
    </Card>
  );
}
