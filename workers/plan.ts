import { type Command, parseCommand } from '../src/commands/commands.ts';
import type { HistoryTurn, InboxEntry, TakenTurn } from '../src/conversation/records.ts';
import { isStop } from '../src/ingest/follow-ups.ts';

/** What a turn is about: which of the waiting messages it answers, and how. */
export interface Plan {
  /** The entries that leave the inbox with this turn's commit; later ones are the next turn's. */
  done: InboxEntry[];
  /** The messages among them that are to be answered. Empty: nothing to say. */
  asked: InboxEntry[];
  command?: Command;
  /** Somebody wrote more than the limits allow, and is told how long to wait, in ms. */
  limitedMs?: number;
  /** The person may not ask here, and is told so. */
  denied?: string;
  /** The finished turn that is to be answered anew. */
  again?: HistoryTurn;
  /** Someone asked for another try, but there is no finished turn. */
  nothingToRetry?: boolean;
}

/**
 * Messages that came together are answered together; a command is a turn of its own. A word that stops an answer is not
 * itself answered. The plan follows from the record
 * alone, so that every attempt at a turn makes the same one.
 */
export function planTurn(turn: TakenTurn): Plan {
  const done: InboxEntry[] = [];
  for (const entry of turn.entries) {
    const { denied } = entry.message;
    const command = entry.deleted || entry.limited || denied ? null : parseCommand(entry.message.text);
    const special = command !== null || entry.limited !== undefined || denied !== undefined;
    if (special && done.some(isAsking)) break;
    done.push(entry);
    if (command) return { done, asked: [entry], command };
    if (denied) return { done, asked: [entry], denied };
    if (entry.limited) return { done, asked: [entry], limitedMs: entry.limited.waitMs };
  }
  const asked = done.filter((entry) => isAsking(entry) && entry.message.kind !== 'retry');
  const retry = done.findLast((entry) => !entry.deleted && entry.message.kind === 'retry');
  if (asked.length > 0 || !retry) return { done, asked };
  const again = turn.history.at(-1);
  return again ? { done, asked: [retry], again } : { done, asked: [retry], nothingToRetry: true };
}

function isAsking({ deleted, message }: InboxEntry): boolean {
  return !deleted && !(isStop(message.text) && message.attachments.length === 0);
}

/** How long ago the newest question was asked, in ms: on its way to us, and in the inbox. */
export function askedFor({ takenAt }: TakenTurn, { asked }: Plan): number {
  const newest = asked.at(-1);
  if (!newest) return 0;
  const waited = takenAt.redis - Number.parseInt(newest.entry, 10) + (Date.now() - takenAt.here);
  return (newest.message.lateMs ?? 0) + Math.max(0, waited);
}

/** When the turn's first message came in (ms, by Redis's clock). */
export function cameInAt({ entries }: TakenTurn): number {
  return Number(entries[0]?.entry.split('-')[0] ?? Date.now());
}
