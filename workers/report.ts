import type { InboundMessage } from '../adapters/contract.ts';
import type { Analytics } from '../src/analytics/recorder.ts';
import { hashed, type Mark, type TurnRecord } from '../src/analytics/turn-record.ts';
import type { Failure, InboxEntry, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Model, ModelError } from '../src/models/model.ts';
import { costOf } from '../src/models/prices.ts';
import type { Answer } from './answer.ts';

/** A turn that edits its reply for minutes need not tell of each edit. */
const MOST_MARKS = 60;

export type TurnReport = ReturnType<typeof createTurnReport>;

/** Tells operators about one turn: its log lines, all with the turn's id, its metrics, and the record that they look up. */
export function createTurnReport(
  deps: { log: Logger; metrics: Metrics; analytics: Analytics; settings: { logContent: boolean } },
  turn: TakenTurn,
  newest: InboxEntry['message'],
) {
  const { platform } = newest.to;
  const startedAt = Date.now();
  const oldestAt = Number(turn.entries[0]?.entry.split('-')[0] ?? startedAt);
  const log = deps.log.child({ turn: turn.id });
  const marks: Mark[] = [[0, 'arrived'], ...turn.taken.map(({ at, worker }): Mark => [at - oldestAt, 'taken', worker])];
  let answered: Answer | undefined;
  let waitsForText = false;

  function mark(what: string, detail?: string): void {
    if (marks.length >= MOST_MARKS && what === 'edit') return;
    marks.push(detail === undefined ? [Date.now() - oldestAt, what] : [Date.now() - oldestAt, what, detail]);
  }

  return {
    /** Something that belongs into the turn's timeline. */
    mark: (what: string): void => mark(what),
    asked(model: Model): void {
      mark('model', model.id);
      waitsForText = true;
    },
    /** The model wrote something. */
    text(): void {
      if (!waitsForText) return;
      waitsForText = false;
      mark('first-token');
    },
    answered(result: Answer): void {
      answered = result;
      deps.analytics.record({ type: 'call', at: Date.now(), model: result.model.id });
    },
    modelFailed(model: Model, error: ModelError): void {
      const { kind, code, message } = error;
      deps.metrics.modelError(model.id, kind, code);
      deps.analytics.record({ type: 'call', at: Date.now(), model: model.id, failure: `${kind} ${code}: ${message}` });
      mark('model-failed', `${kind} ${code}`);
      log.warn({ model: model.id, kind, code, reason: message }, 'model failed');
    },
    undeliverable(error: Error, code: string): void {
      log.error({ platform, code, err: error.cause ?? error }, 'the platform refuses the reply for good');
    },
    /** The one line that each turn leaves at level info. */
    end(
      outcome: string,
      said: SavedAnswer,
      more: { failure: Failure | undefined; asked: readonly InboxEntry[] },
    ): void {
      const totalMs = Date.now() - oldestAt;
      const waitingMs = Math.max(0, startedAt - oldestAt);
      const model = said.command ? 'command' : (said.model ?? 'none');
      const { inputTokens, outputTokens } = answered?.usage ?? {};
      const firstTokenMs = answered && Math.round(answered.firstTokenMs);
      const usage = { inputTokens, outputTokens };
      deps.metrics.turn({
        ...{ platform, outcome, model, waitingMs, totalMs, ...usage },
        firstTokenMs: answered?.firstTokenMs,
      });
      mark('committed');
      const usd = answered && costOf(answered.model.price, usage);
      deps.analytics.record({
        type: 'turn',
        turn: {
          ...{ v: 1, id: turn.id, conversation: turn.conversation, platform, outcome, at: Date.now() },
          ...placeOf(newest),
          ...(said.model ? { model: said.model } : {}),
          ...{ attempts: turn.attempt, messages: more.asked.length, waitingMs, firstTokenMs, totalMs, ...usage, usd },
          ...(more.failure ? { failure: more.failure } : {}),
          marks,
        } satisfies TurnRecord,
        authors: more.asked.map(({ message }) => message.author.id),
      });
      log.info(
        {
          platform,
          conversation: hashed(turn.conversation),
          outcome,
          model,
          attempt: turn.attempt,
          messages: turn.entries.length,
          waitingMs,
          firstTokenMs,
          totalMs,
          inputTokens,
          outputTokens,
          ...(deps.settings.logContent ? { user: said.user.map((message) => message.text), reply: said.markdown } : {}),
        },
        'turn',
      );
    },
  };
}

function placeOf({ workspace, channel }: InboundMessage): Pick<TurnRecord, 'workspace' | 'channel'> {
  return { ...(workspace ? { workspace: hashed(workspace) } : {}), ...(channel ? { channel: hashed(channel) } : {}) };
}
