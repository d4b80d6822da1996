/** One turn's life. */
import { type createTurnLog, rowOf } from '../analytics/read-turns.ts';
import type { Core } from '../core/core.ts';
import type { TimelineWhat, TurnView } from '../ops-api/index.ts';
import { createPauses } from '../queue/pauses.ts';

export async function readTurn(
  { redis, config }: Core,
  turns: ReturnType<typeof createTurnLog>,
  entry: string,
): Promise<TurnView | null> {
  const found = await turns.get(entry);
  if (!found) return null;
  const { turn } = found;
  const pauses = await createPauses({ redis, prefix: config.queue.prefix }).list();
  return {
    ...rowOf(found),
    timeline: turn.marks.map(([ms, what, detail]) => ({ ms, what: what as TimelineWhat, detail: detail ?? '' })),
    failure: turn.failure ?? null,
    paused: pauses.some(({ scope, id }) => scope === 'conversation' && id === turn.conversation),
  };
}
