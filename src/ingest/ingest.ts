import type { Analytics } from '../analytics/recorder.ts';
import { type Commands, parseAny, parseCommand } from '../commands/commands.ts';
import {
  type Condition,
  type InboundMessage,
  InboxFullError,
  type Ingest,
  type IngestResult,
} from '../contract/index.ts';
import type { Conversations } from '../conversation/conversations.ts';
import type { DeadLetters } from '../dead-letters/dead-letters.ts';
import { undeliveredLetter } from '../dead-letters/undelivered.ts';
import type { Logger } from '../log/logger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Access } from '../persona/access.ts';
import type { TurnQueue } from '../queue/turn-queue.ts';
import type { Allowance } from '../rate-limit/allowance.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { type createFollowUps, isStop } from './follow-ups.ts';
import type { Lateness } from './lateness.ts';

/** A message is at most this long when it is stored; adapters cut the person's text to the configured length before. */
const MAX_STORED_CHARS = 1_500_000;

/** Longer under way than this, a message was not written just now. */
const LATE_MS = 60_000;

/** Commands that make a message something else: `/ask` is its question, `/retry` asks for the last turn again, `/stop` stops. */
function asWritten(message: InboundMessage): InboundMessage {
  const command = parseAny(message.text);
  if (command?.name === 'ask' && command.argument !== '') return { ...message, text: command.argument };
  if (command?.name === 'stop') return { ...message, text: 'stop' };
  if (command?.name === 'retry') return { ...message, text: '', kind: 'retry' };
  return message;
}

/** The way in: what a receiver gives it is in Redis, with a job that answers it, when the call resolves. */
export function createIngest(deps: {
  conversations: Conversations;
  queue: TurnQueue;
  allowance: Allowance;
  access: Access;
  lateness: Lateness;
  followUps: ReturnType<typeof createFollowUps>;
  commands: Commands;
  metrics: Metrics;
  analytics: Analytics;
  tracing: Tracing;
  deadLetters: DeadLetters;
  log: Logger;
}): Ingest {
  const { conversations, queue, allowance, commands, metrics, analytics } = deps;

  /**
   * Counts what was accepted. Over the limit: reply once with the wait time, drop further messages until then, except
   * where each is awaited.
   */
  async function priorityOf(message: InboundMessage): Promise<number> {
    // What an outage kept was written over a longer time than it comes in now.
    if (message.lateMs) return 0;
    const { waitMs, tell, debt } = await allowance.take(message);
    if (waitMs === 0) return debt;
    metrics.limited(message.to.platform);
    const change = tell || message.awaited ? { limited: { waitMs } } : { deleted: true };
    await conversations.amend(message.to.conversation, message.id, change);
    return 0;
  }

  /** What a new message does to the answer that is being written. */
  async function interfere({ text, to }: InboundMessage, open: boolean): Promise<void> {
    const { conversation } = to;
    const ended = isStop(text)
      ? await conversations.stop(conversation)
      : open &&
        deps.followUps(conversation) === 'interrupt' &&
        !parseCommand(text) &&
        (await conversations.interrupt(conversation));
    if (ended) await queue.wake(conversation);
  }

  async function take(written: InboundMessage, condition: Condition, trace: string | undefined): Promise<IngestResult> {
    const { conversation, platform } = written.to;
    const message = asWritten(written);
    const verdict = await deps.access.check(message);
    if (!verdict.ok && verdict.told === null) {
      metrics.messageIn(platform, 'ignored');
      return 'ignored';
    }
    const text = message.text.slice(0, MAX_STORED_CHARS);
    const lateMs = await deps.lateness.of(message);
    const fits = {
      ...message,
      text,
      ...(trace ? { trace } : {}),
      ...(lateMs > LATE_MS ? { lateMs } : {}),
      ...(verdict.ok ? {} : { denied: verdict.told as string }),
    };
    const { result, waiting, open } = await conversations.append(fits, condition);
    metrics.messageIn(platform, result);
    if (result === 'accepted') analytics.record({ type: 'message', at: Date.now(), platform });
    if (result === 'full') throw new InboxFullError(conversation);
    if (result === 'accepted') {
      const priority = await priorityOf(fits);
      await queue.add(conversation, priority);
      await interfere(fits, open);
    }
    // Also for a duplicate: the process may have died between inbox and queue the first time.
    if (result === 'duplicate' && waiting > 0) await queue.add(conversation);
    return result;
  }

  return {
    async message(message: InboundMessage, condition: Condition = 'always'): Promise<IngestResult> {
      const { platform } = message.to;
      const span = deps.tracing.start('chasqui.ingest', {
        kind: 'consumer',
        attributes: { 'chasqui.platform': platform },
      });
      try {
        const result = await take(message, condition, span.traceparent);
        span.set({ 'chasqui.ingest.result': result });
        return result;
      } catch (error) {
        span.fail((error as Error).name, (error as Error).message);
        throw error;
      } finally {
        span.end();
      }
    },
    amend: (conversation, messageId, text) =>
      conversations.amend(conversation, messageId, text === null ? { deleted: true } : { text }),
    async stop(conversation) {
      const stopped = await conversations.stop(conversation);
      if (stopped) {
        await queue.add(conversation);
        await queue.wake(conversation);
      }
      return stopped;
    },
    command: (to, { author = '', ...command }) =>
      commands.run(command, { conversation: to.conversation, platform: to.platform, person: author }),
    async feedback(to, feedback) {
      const { value, reason } = feedback;
      if (reason) {
        analytics.record({ type: 'reason', reason });
        return;
      }
      const before = await conversations.judge(to.conversation, feedback, value, feedback.before);
      if (value === before) return;
      // Where the platform does not name the turn, it is mostly the newest that is judged.
      const model = await conversations.modelOf(to.conversation, feedback.message);
      const { platform } = to;
      const judged = { type: 'feedback', at: Date.now(), platform, ...(model ? { model } : {}) } as const;
      if (before !== 'none') analytics.record({ ...judged, good: before === 'good', taken: true });
      if (value !== 'none') analytics.record({ ...judged, good: value === 'good' });
      metrics.feedback(to.platform, feedback.value);
      deps.log.info({ platform: to.platform, value: feedback.value }, 'feedback');
    },
    async undelivered(to, failure) {
      const kept = undeliveredLetter(await conversations.view(to.conversation), to, failure);
      const { platform } = to;
      // Forgotten or reset meanwhile: nobody can answer it again.
      if (kept) await deps.deadLetters.add(kept.letter, kept.since);
      deps.log.warn(
        { platform, turn: failure.key, code: failure.code },
        'the platform took a reply and did not deliver it',
      );
    },
  };
}
