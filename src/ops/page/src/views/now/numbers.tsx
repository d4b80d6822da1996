import type { VNode } from 'preact';
import type { NowView } from '../../../../../ops-api/index.ts';
import { Stats } from '../../components/card.tsx';
import { Stat } from '../../components/stat.tsx';
import { count, duration } from '../../format.ts';

/** The oldest waits too long from here on. */
const LONG_MS = 60_000;

export function Numbers({ now }: { now: NowView }): VNode {
  const { waiting, oldestMs, running, delayed, failed } = now.queue;
  return (
    <section class="wide numbers" aria-label="The queue in numbers">
      <Stats>
        <Stat
          label="Waiting"
          tip="Turns whose messages have arrived and that no worker has begun."
          value={count(waiting)}
          href="#queue"
        />
        <Stat
          label="Oldest waits"
          tip="For how long the oldest turn that no worker has begun has waited."
          value={waiting === 0 ? '–' : duration(oldestMs)}
          href="#queue"
          tone={waiting > 0 && oldestMs > LONG_MS ? 'amber' : undefined}
        />
        <Stat
          label="Running"
          tip="Turns that workers are answering at this moment."
          value={count(running)}
          href="#queue"
        />
        <Stat
          label="To be tried again"
          tip="Turns whose last attempt failed and that wait for the time of the next one."
          value={count(delayed)}
          href="#queue"
          tone={delayed > 0 ? 'amber' : undefined}
        />
        <Stat
          label="Failed"
          tip="Turns that ended without an answer and are kept until somebody retries or discards them."
          value={count(failed)}
          href="#failures"
          tone={failed > 0 ? 'red' : undefined}
        />
      </Stats>
    </section>
  );
}
