/** What people can see: the bot's messages as they are posted, go on and are edited. Tells the ledger what is new in them. */
import type { Ledger } from './ledger.ts';
import { ENDING, marksIn } from './workspace.ts';

interface Seen {
  place: string;
  /** The messages that it answers. */
  ids: number[];
  /** Kept while pieces may still be added. */
  text: string;
  whole: boolean;
}

export type Visible = ReturnType<typeof createVisible>;

/** Messages go by the platform's ids. Times in ms of the monotonic clock. */
export function createVisible(ledger: Ledger) {
  const messages = new Map<string, Seen>();

  function look(seen: Seen, text: string, at: number): void {
    const ids = marksIn(text);
    const fresh = ids.filter((id) => !seen.ids.includes(id));
    // The same piece twice in one message is a double too.
    if (new Set(ids).size < ids.length) ledger.repeated();
    seen.ids.push(...fresh);
    if (fresh.length > 0) ledger.shown(fresh, seen.place, at);
    if (seen.whole || !text.includes(ENDING)) return;
    seen.whole = true;
    ledger.whole(seen.ids, at);
  }

  return {
    knows: (id: string): boolean => messages.has(id),
    post(id: string, place: string, text: string, at: number): void {
      const seen: Seen = { place, ids: [], text, whole: false };
      messages.set(id, seen);
      look(seen, text, at);
    },
    append(id: string, piece: string, at: number): void {
      const seen = messages.get(id);
      if (!seen) return;
      seen.text += piece;
      look(seen, seen.text, at);
    },
    edit(id: string, text: string, at: number): void {
      const seen = messages.get(id);
      if (!seen) return;
      seen.text = text;
      look(seen, text, at);
    },
    /** Takes a message away; what it answered counts as answered all the same. */
    remove: (id: string): boolean => messages.delete(id),
  };
}
