/** Step three of a turn: the reply reaches the platform, or it is known why it never will. */
import type { Reply } from '../src/contract/index.ts';
import type { Failure, Parked, TakenTurn } from '../src/conversation/records.ts';
import type { Delivery } from '../src/delivery/delivery.ts';
import { PlatformWaitError, UndeliverableError } from '../src/delivery/errors.ts';
import type { TurnDeps } from './context.ts';
import { cameInAt } from './plan.ts';
import type { TurnReport } from './report.ts';

/** A reply that no attempt could post for this long becomes a dead letter; the conversation goes on. */
const UNDELIVERED_FOR_MS = 86_400_000;
/** Before that, this many attempts are made however long they take. */
const MIN_ATTEMPTS = 8;

/**
 * Posts the reply. What the platform will never take, or did not take for a day, is given up: why, and what people were
 * told in its place, is returned. A long wait is returned too; everything else is thrown and tried again.
 */
export async function deliver(
  deps: TurnDeps,
  { delivery, reply, turn, report }: { delivery: Delivery; reply: Reply; turn: TakenTurn; report: TurnReport },
): Promise<{ failure: Failure; told: string | null } | Parked | null> {
  try {
    await delivery.finish(reply);
    return null;
  } catch (error) {
    const refused = error instanceof UndeliverableError;
    const spent = Date.now() - cameInAt(turn) > UNDELIVERED_FOR_MS && turn.attempt > MIN_ATTEMPTS;
    if (error instanceof PlatformWaitError && !spent) return { until: error.until, waitsFor: 'platform' };
    if (!refused && !spent) throw error;
    // A place that is gone because the person deleted it is nobody's failure.
    await deps.conversations.confirm(turn);
    const { code = '', message } = error as Error & { code?: string };
    report.undeliverable(error as Error, code);
    const failure: Failure = { where: 'platform', kind: refused ? 'refused' : 'not-taken', code, message };
    return { failure, told: refused ? error.told : null };
  }
}
