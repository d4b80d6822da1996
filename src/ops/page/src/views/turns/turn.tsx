import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TurnView } from '../../../../../ops-api/index.ts';
import { Card, Stats } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Stat } from '../../components/stat.tsx';
import { Badge, Hash } from '../../components/words.tsx';
import { count, counted, duration, fullTime, money, NONE, title } from '../../format.ts';
import { hashOf } from '../../state/route.ts';
import { useData } from '../../state/use-data.ts';
import { Content } from './content.tsx';
import { ConversationPause } from './conversation-pause.tsx';
import type { TurnFilters } from './filters.tsx';
import { outcomeTone } from './outcome.ts';
import { Timeline } from './timeline.tsx';

/** All that is known of one turn, but for what was said. */
export function Turn({ entry, filters }: { entry: string; filters: TurnFilters }): VNode {
  const turn = useData<TurnView>(`turns/${encodeURIComponent(entry)}`);
  const back = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    back.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return (
    <div class="grid">
      <p class="wide">
        <a ref={back} class="back" href={hashOf('turns', filters)}>
          <Icon name="back" /> All turns
        </a>
      </p>
      <Loaded of={turn}>{(data) => <Details turn={data} onChange={turn.reload} />}</Loaded>
    </div>
  );
}

function Details({ turn, onChange }: { turn: TurnView; onChange(): void }): VNode {
  const { failure, conversation } = turn;
  return (
    <>
      <Card
        title={`Turn ${turn.id}`}
        class="wide"
        aside={<Badge tone={outcomeTone(turn.outcome)}>{turn.outcome}</Badge>}
      >
        <p class="muted">
          {title(turn.platform)}, committed {fullTime(turn.at)}
        </p>
        <Timeline timeline={turn.timeline} total={turn.totalMs} />
      </Card>
      {failure && (
        <Card title="Why it failed">
          <p>
            <strong>
              {title(failure.where)}: {failure.kind}
            </strong>
            {failure.code && ` (${failure.code})`}
          </p>
          <p class="said">{failure.message}</p>
          <p>
            <a href={hashOf('turns', { error: failure.kind })}>All turns with this kind of error</a> ·{' '}
            <a href="#failures">Failures</a>
          </p>
        </Card>
      )}
      <Card title="In numbers">
        <Stats>
          <Stat
            label="Waited"
            tip="From the arrival of the oldest message until a worker began the turn."
            value={duration(turn.waitingMs)}
          />
          <Stat
            label="First token"
            tip="From the call of the model to its first text."
            value={duration(turn.firstTokenMs)}
          />
          <Stat
            label="Whole"
            tip="From the arrival of the oldest message until the turn was over."
            value={duration(turn.totalMs)}
          />
          <Stat label="Messages" tip="Messages that this turn answers together." value={count(turn.messages)} />
          <Stat
            label="Attempts"
            tip="How many workers took the turn; more than one means that the one before died or let go."
            value={count(turn.attempts)}
          />
          <Stat label="Tokens read" tip="Tokens of the prompt." value={count(turn.inputTokens)} />
          <Stat label="Tokens written" tip="Tokens of the answer." value={count(turn.outputTokens)} />
          <Stat
            label="Cost"
            tip="What the model’s host takes for these tokens; a dash where the price is not known."
            value={money(turn.usd)}
            href="#cost"
          />
        </Stats>
      </Card>
      <Card title="Conversation" aside={turn.paused && <Badge tone="amber">paused</Badge>}>
        <dl class="facts">
          <dt>Conversation</dt>
          <dd>
            <Hash text={conversation} />
          </dd>
          <dt>Workspace</dt>
          <dd>{turn.workspace ? <Hash text={turn.workspace} /> : NONE}</dd>
          <dt>Model</dt>
          <dd>{turn.model ?? 'none was asked'}</dd>
        </dl>
        <p class="row">
          <a href={hashOf('turns', { conversation })}>All turns of this conversation</a>
          <ConversationPause turn={turn} onChange={onChange} />
        </p>
      </Card>
      <Content entry={turn.entry} about={`${counted(turn.messages, 'message')} and the reply`} />
    </>
  );
}
