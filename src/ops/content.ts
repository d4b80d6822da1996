/** What was said in a turn, as long as the conversation's history has it. */
import type { createTurnLog } from '../analytics/read-turns.ts';
import type { Core } from '../core/core.ts';
import type { ContentView } from '../ops-api/index.ts';

/** @param note called with the turn's id before anything is read */
export async function readContent(
  { conversations }: Core,
  turns: ReturnType<typeof createTurnLog>,
  entry: string,
  note: (turn: string) => Promise<void>,
): Promise<ContentView | null> {
  const found = await turns.get(entry);
  if (!found) return null;
  await note(found.turn.id);
  const history = await conversations.history(found.turn.conversation);
  const turn = history.findLast(({ id }) => id === found.turn.id);
  if (!turn) return null;
  return {
    user: turn.user.map(({ name, text }) => ({ name: name ?? 'Someone', text })),
    reply: turn.reply,
  };
}
