import { type Command, parseCommand } from '../src/commands/commands.ts';
import type { HistoryTurn, InboxEntry, TakenTurn } from '../src/conversation/records.ts';

/** What a turn is about: which of the waiting messages it answers, and how. */
export interface Plan {
  /** The entries that leave the inbox with this turn's commit; later ones are the next turn's. */
  done: InboxEntry[];
  /** The messages among them that are to be answered. Empty: nothing to say. */
  asked: InboxEntry[];
  command?: Command;
  /** The finished turn that is to be answered anew. */
  again?: HistoryTurn;
  /** Someone asked for another try, but there is no finished turn. */
  nothingToRetry?: boolean;
}

/**
 * Messages that came together are answered together; a command is a turn of its own. The plan follows from the record
 * alone, so that every attempt at a turn makes the same one.
 */
export function planTurn(turn: TakenTurn): Plan {
  const done: InboxEntry[] = [];
  for (const entry of turn.entries) {
    const command = entry.deleted ? null : parseCommand(entry.message.text);
    const alone = done.every((earlier) => earlier.deleted);
    if (command && !alone) break;
    done.push(entry);
    if (command) return { done, asked: [entry], command };
  }
  const asked = done.filter((entry) => !entry.deleted && entry.message.kind !== 'retry');
  const retry = done.findLast((entry) => !entry.deleted && entry.message.kind === 'retry');
  if (asked.length > 0 || !retry) return { done, asked };
  const again = turn.history.at(-1);
  return again ? { done, asked: [retry], again } : { done, asked: [retry], nothingToRetry: true };
}
