import type { Analytics } from '../src/analytics/recorder.ts';
import { hashed, type Mark, type TurnRecord } from '../src/analytics/turn-record.ts';
import type { Used } from '../src/budgets/budgets.ts';
import type { InboundMessage } from '../src/contract/index.ts';
import type { Failure, InboxEntry, SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Breaker } from '../src/models/breaker.ts';
import type { Model, ModelError } from '../src/models/model.ts';
import { costOf } from '../src/models/prices.ts';
import type { Persona } from '../src/persona/personas.ts';
import type { Span, Tracing } from '../src/tracing/tracing.ts';
import type { Answer } from './call.ts';

/** A turn that edits its reply for minutes need not tell of each edit. */
const MOST_MARKS = 60;

export type TurnReport = ReturnType<typeof createTurnReport>;

/** Tells operators about one turn: its log lines, all with the turn's id, its metrics, and the record that they look up. */
export function createTurnReport(
  deps: {
    log: Logger;
    metrics: Metrics;
    analytics: Analytics;
    tracing: Tracing;
    breaker: Breaker;
    settings: { logContent: boolean };
  },
  turn: TakenTurn,
  asked: readonly InboxEntry[],
) {
  const newest = (asked.at(-1) as InboxEntry).message;
  const { platform } = newest.to;
  const startedAt = Date.now();
  const oldestAt = Number(turn.entries[0]?.entry.split('-')[0] ?? startedAt);
  const log = deps.log.child({ turn: turn.id });
  const marks: Mark[] = [[0, 'arrived'], ...turn.taken.map(({ at, worker }): Mark => [at - oldestAt, 'taken', worker])];
  let answered: Answer | undefined;
  let waitsForText = false;
  const span = spanOf(deps.tracing, turn, asked);
  /** By model's id; more than one while a call is hedged. */
  const calling = new Map<string, Span>();

  function mark(what: string, detail?: string): void {
    if (marks.length >= MOST_MARKS && what === 'edit') return;
    marks.push(detail === undefined ? [Date.now() - oldestAt, what] : [Date.now() - oldestAt, what, detail]);
  }

  return {
    /** Something that belongs into the turn's timeline. */
    mark: (what: string): void => mark(what),
    span,
    asked(model: Model, persona: Persona): void {
      mark('model', model.id);
      deps.breaker.asked(model.id);
      deps.metrics.modelCall(model.id);
      waitsForText = true;
      calling.set(model.id, callSpan(span, model, persona));
    },
    /** The model wrote something. */
    text(): void {
      if (!waitsForText) return;
      waitsForText = false;
      mark('first-token');
    },
    answered(result: Answer): void {
      answered = result;
      deps.breaker.answered(result.model.id);
      const call = calling.get(result.model.id);
      call?.set({
        'gen_ai.response.finish_reasons': [result.reason],
        'gen_ai.usage.input_tokens': result.usage.inputTokens,
        'gen_ai.usage.output_tokens': result.usage.outputTokens,
        'chasqui.first_token_ms': Math.round(result.firstTokenMs),
      });
      call?.end();
      calling.delete(result.model.id);
      deps.analytics.record({ type: 'call', at: Date.now(), model: result.model.id });
    },
    /** Another model gave its first token before this one. */
    overtaken(model: Model): void {
      mark('overtaken', model.id);
      const call = calling.get(model.id);
      call?.set({ 'chasqui.overtaken': true });
      call?.end();
      calling.delete(model.id);
    },
    /** A call took this and gave no answer: it failed, or was cancelled. */
    wasted(model: Model, { inputTokens, outputTokens }: Used): void {
      if (inputTokens + outputTokens === 0) return;
      const usd = costOf(model.price, { inputTokens, outputTokens });
      deps.analytics.record({ type: 'wasted', model: model.id, platform, inputTokens, outputTokens, usd });
    },
    modelFailed(model: Model, error: ModelError): void {
      const { kind, code, message } = error;
      deps.breaker.failed(model.id, kind);
      deps.metrics.modelError(model.id, kind, code);
      deps.analytics.record({ type: 'call', at: Date.now(), model: model.id, failure: `${kind} ${code}: ${message}` });
      mark('model-failed', `${kind} ${code}`);
      const call = calling.get(model.id);
      call?.fail(kind, message);
      call?.end();
      calling.delete(model.id);
      log.warn({ model: model.id, kind, code, reason: message }, 'model failed');
    },
    undeliverable(error: Error, code: string): void {
      log.error({ platform, code, err: error.cause ?? error }, 'the platform refuses the reply for good');
    },
    /** The one line that each turn leaves at level info. */
    end(
      outcome: string,
      said: SavedAnswer,
      { failure, feesUsd }: { failure: Failure | undefined; feesUsd: number },
    ): void {
      const totalMs = Date.now() - oldestAt;
      const waitingMs = Math.max(0, startedAt - oldestAt);
      const model = said.command ? 'command' : (said.model ?? 'none');
      const { inputTokens, outputTokens } = answered?.usage ?? {};
      const firstTokenMs = answered && Math.round(answered.firstTokenMs);
      const usage = { inputTokens, outputTokens };
      const usd = answered && costOf(answered.model.price, usage);
      deps.metrics.turn({
        ...{ platform, outcome, model, waitingMs, totalMs, ...usage, usd, feesUsd },
        firstTokenMs: answered?.firstTokenMs,
      });
      mark('committed');
      // A stopped answer ends its call too.
      for (const call of calling.values()) call.end();
      span.set({ 'chasqui.outcome': outcome });
      if (failure) span.fail(failure.kind, failure.message);
      span.end();
      deps.analytics.record({
        type: 'turn',
        turn: {
          ...{ v: 1, id: turn.id, conversation: turn.conversation, platform, outcome, at: Date.now() },
          ...placeOf(newest),
          ...(said.model ? { model: said.model } : {}),
          ...{ attempts: turn.attempt, messages: asked.length, waitingMs, firstTokenMs, totalMs, ...usage, usd },
          ...(feesUsd > 0 ? { feesUsd } : {}),
          ...(failure ? { failure } : {}),
          marks,
        } satisfies TurnRecord,
        authors: asked.map(({ message }) => message.author.id),
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

/** Goes on from the newest message's way in, and names those of the others. */
function spanOf(tracing: Tracing, turn: TakenTurn, asked: readonly InboxEntry[]): Span {
  const traces = asked.flatMap(({ message }) => message.trace ?? []);
  return tracing.start('chasqui.turn', {
    parent: traces.at(-1),
    links: traces.slice(0, -1),
    kind: 'consumer',
    attributes: {
      'chasqui.platform': asked.at(-1)?.message.to.platform,
      'chasqui.turn': turn.id,
      'chasqui.attempt': turn.attempt,
      'chasqui.messages': asked.length,
    },
  });
}

/** OpenTelemetry, "Semantic conventions for generative AI": a call of a model. */
function callSpan(turn: Span, model: Model, persona: Persona): Span {
  const [provider = '', name = ''] = model.id.split(/:(.*)/s);
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': name,
    'gen_ai.request.max_tokens': persona.maxAnswerTokens,
    'gen_ai.request.temperature': persona.temperature,
  };
  return turn.child(`chat ${name}`, attributes, 'client');
}

function placeOf({ workspace, channel }: InboundMessage): Pick<TurnRecord, 'workspace' | 'channel'> {
  return { ...(workspace ? { workspace: hashed(workspace) } : {}), ...(channel ? { channel: hashed(channel) } : {}) };
}
