import type { VNode } from 'preact';
import type { PauseView, QueueView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { Card } from '../../components/card.tsx';
import { Ago } from '../../components/time.tsx';
import { Badge, Hash } from '../../components/words.tsx';
import { counted, title } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';
import { hashOf } from '../../state/route.ts';

/** What is held back, and the buttons to hold back and let go. */
export function Pauses({ queue, onDone }: { queue: QueueView; onDone(): void }): VNode {
  const { pauses, platforms } = queue;
  const { live } = useDesk();
  const waiting = live.now?.queue.waiting ?? 0;
  const all = pauses.some(({ scope }) => scope === 'all');
  const paused = (name: string) => pauses.some((pause) => pause.scope === 'platform' && pause.name === name);
  return (
    <Card
      title="Pauses"
      aside={
        !all && (
          <Action
            action="Pause everything"
            danger
            question="Pause everything?"
            detail={`Nothing new is begun on any platform; ${counted(waiting, 'turn')} ${
              waiting === 1 ? 'waits' : 'wait'
            } now. What people write is kept and answered when you go on. What runs is finished.`}
            run={async () => {
              await post('queue/pause', { scope: 'all' });
              onDone();
              return 'Everything is paused.';
            }}
          />
        )
      }
    >
      {pauses.length === 0 ? (
        <p>Nothing is paused.</p>
      ) : (
        <ul class="rows" aria-label="Pauses">
          {pauses.map((pause) => (
            <Paused key={`${pause.scope} ${pause.name}`} pause={pause} onDone={onDone} />
          ))}
        </ul>
      )}
      <h3>Platforms</h3>
      {platforms.length === 0 ? (
        <p class="quiet">No platform is set up.</p>
      ) : (
        <ul class="rows" aria-label="Platforms">
          {platforms.map((name) => (
            <li key={name} class="row">
              <span id={`platform-${name}`} class="grow">
                {title(name)}
              </span>
              {paused(name) || all ? <Badge tone="amber">paused</Badge> : <Badge tone="good">goes on</Badge>}
              {!paused(name) && <PausePlatform name={name} onDone={onDone} />}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function PausePlatform({ name, onDone }: { name: string; onDone(): void }): VNode {
  return (
    <Action
      action="Pause"
      on={`platform-${name}`}
      question={`Pause ${title(name)}?`}
      detail="Nothing new is begun for this platform. What people write there is kept and answered when you go on. What runs is finished."
      run={async () => {
        await post('queue/pause', { scope: 'platform', name });
        onDone();
        return `${title(name)} is paused.`;
      }}
    />
  );
}

function Paused({ pause, onDone }: { pause: PauseView; onDone(): void }): VNode {
  const { scope, name, by, at } = pause;
  const id = `pause-${scope}-${name}`;
  const what = scope === 'all' ? 'Everything' : scope === 'platform' ? title(name) : `The conversation ${name}`;
  return (
    <li class="row">
      <span id={id} class="grow">
        {scope === 'conversation' ? (
          <>
            Conversation <Hash text={name} href={hashOf('turns', { conversation: name })} />
          </>
        ) : (
          <strong>{what}</strong>
        )}
        <small class="under">
          paused by {by}, <Ago at={at} />
        </small>
      </span>
      <Action
        action="Go on"
        on={id}
        question={scope === 'all' ? 'Go on with everything?' : `Go on with ${scope === 'platform' ? what : name}?`}
        detail="What waited is answered, from the oldest on. Other pauses stay."
        run={async () => {
          await post('queue/resume', scope === 'all' ? { scope } : { scope, name });
          onDone();
          return scope === 'all' ? 'Everything goes on.' : `${what} goes on.`;
        }}
      />
    </li>
  );
}
