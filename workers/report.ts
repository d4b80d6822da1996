import { createHash } from 'node:crypto';
import type { SavedAnswer, TakenTurn } from '../src/conversation/records.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Model, ModelError } from '../src/models/model.ts';
import type { Answer } from './answer.ts';

export type TurnReport = ReturnType<typeof createTurnReport>;

/** Tells operators about one turn: its log lines, all with the turn's id, and its metrics. */
export function createTurnReport(
  deps: { log: Logger; metrics: Metrics; settings: { logContent: boolean } },
  turn: TakenTurn,
  platform: string,
) {
  const startedAt = Date.now();
  const oldestAt = Number(turn.entries[0]?.entry.split('-')[0] ?? startedAt);
  const log = deps.log.child({ turn: turn.id });
  let answered: Answer | undefined;

  return {
    answered(result: Answer): void {
      answered = result;
    },
    modelFailed(model: Model, error: ModelError): void {
      deps.metrics.modelError(model.id, error.kind, error.code);
      log.warn({ model: model.id, kind: error.kind, code: error.code, reason: error.message }, 'model failed');
    },
    undeliverable(error: Error, code: string): void {
      log.error({ platform, code, err: error.cause ?? error }, 'the platform refuses the reply for good');
    },
    /** The one line that each turn leaves at level info. */
    end(outcome: string, said: SavedAnswer): void {
      const totalMs = Date.now() - oldestAt;
      const waitingMs = Math.max(0, startedAt - oldestAt);
      const model = said.command ? 'command' : (said.model ?? 'none');
      const { inputTokens, outputTokens } = answered?.usage ?? {};
      const firstTokenMs = answered && Math.round(answered.firstTokenMs);
      deps.metrics.turn({
        platform,
        outcome,
        model,
        waitingMs,
        firstTokenMs: answered?.firstTokenMs,
        totalMs,
        inputTokens,
        outputTokens,
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

/** Tells conversations apart in a log without naming the channel or person. */
function hashed(conversation: string): string {
  return createHash('sha256').update(conversation).digest('hex').slice(0, 12);
}
