/** What operators can do, from the page as from the terminal. Each is written to the audit log first. */
import { createTurnLog } from '../analytics/read-turns.ts';
import { hashed } from '../analytics/turn-record.ts';
import type { Core } from '../core/core.ts';
import type { DeadLetter } from '../dead-letters/dead-letters.ts';
import { retryDeadLetter } from '../dead-letters/retry.ts';
import type { FailureChoice, PauseChoice } from '../ops-api/index.ts';
import { createPauses } from '../queue/pauses.ts';
import { type Audit, createAudit } from './audit.ts';
import { causeOf } from './failures.ts';
import { forgetProcess } from './processes.ts';

/** More letters than are ever kept. */
const ALL = 100_000;

/** What was asked for is not there (any more). */
export class NotThereError extends Error {}

export type Actions = ReturnType<typeof createActions>;

export function createActions(core: Core) {
  const { redis, queue, deadLetters, config, log } = core;
  const { prefix } = config.queue;
  const audit: Audit = createAudit({ redis, prefix, most: config.ops.audit_most, log });
  const pauses = createPauses({ redis, prefix });
  const turns = createTurnLog({ redis, prefix });

  /** The oldest first: people get their answers in the order of their questions. */
  async function lettersOf(choice: FailureChoice): Promise<DeadLetter[]> {
    if ('ids' in choice) {
      const found = await Promise.all(choice.ids.map((id) => deadLetters.get(id)));
      return found.filter((letter) => letter !== null).sort((a, b) => a.at - b.at);
    }
    const all = (await deadLetters.list(ALL)).reverse();
    return 'group' in choice ? all.filter((letter) => causeOf(letter) === choice.group) : all;
  }

  async function conversationOf(choice: { name: string } | { entry: string }): Promise<string> {
    if ('entry' in choice) {
      const found = await turns.get(choice.entry);
      if (found) return found.turn.conversation;
      throw new NotThereError('This turn is kept no longer.');
    }
    const paused = (await pauses.list()).find(({ scope, name }) => scope === 'conversation' && name === choice.name);
    const id = paused?.id ?? (await turns.conversationOf(choice.name));
    if (id === null) throw new NotThereError('No conversation with this hash had a turn of late.');
    return id;
  }

  return {
    audit,
    /** @returns how many are answered again */
    async retry(who: string, choice: FailureChoice): Promise<number> {
      const letters = await lettersOf(choice);
      if (letters.length > 0) await audit.write(who, `had ${named(letters)} answered again`);
      let done = 0;
      const deps = { deadLetters, conversations: core.conversations, ingest: core.ingestAnyway };
      for (const { id } of letters) if (await retryDeadLetter(deps, id)) done += 1;
      return done;
    },
    async discard(who: string, choice: FailureChoice, why: string): Promise<number> {
      const letters = await lettersOf(choice);
      if (letters.length > 0) await audit.write(who, `discarded ${named(letters)}: ${why}`);
      let done = 0;
      for (const { id } of letters) if (await deadLetters.discard(id, { by: who, why })) done += 1;
      return done;
    },
    async restore(who: string, ids: readonly string[]): Promise<number> {
      await audit.write(
        who,
        `brought back ${ids.length === 1 ? `the failed turn ${ids[0]}` : `${ids.length} failed turns`}`,
      );
      let done = 0;
      for (const id of ids) if (await deadLetters.restore(id)) done += 1;
      return done;
    },
    /** @throws NotThereError */
    async pause(who: string, choice: PauseChoice): Promise<void> {
      if (choice.scope === 'all') {
        await audit.write(who, 'paused everything');
        await pauses.set('all', '', who);
        await queue.pause();
      } else if (choice.scope === 'platform') {
        await audit.write(who, `paused ${choice.name}`);
        await pauses.set('platform', choice.name, who);
      } else {
        const id = await conversationOf(choice);
        await audit.write(who, `paused the conversation ${hashed(id)}`);
        await pauses.set('conversation', id, who);
      }
    },
    /** @throws NotThereError */
    async resume(who: string, choice: PauseChoice): Promise<void> {
      if (choice.scope === 'all') {
        await audit.write(who, 'let everything go on');
        await queue.resume();
        await pauses.clear('all', '');
      } else if (choice.scope === 'platform') {
        await audit.write(who, `let ${choice.name} go on`);
        await pauses.clear('platform', choice.name);
        await queue.promote((conversation) => conversation.startsWith(`${choice.name}:`));
      } else {
        const id = await conversationOf(choice);
        await audit.write(who, `let the conversation ${hashed(id)} go on`);
        await pauses.clear('conversation', id);
        await queue.promote((conversation) => conversation === id);
      }
    },
    /** What waits for its next attempt is tried now. */
    async hasten(who: string): Promise<number> {
      await audit.write(who, 'had everything that waits for its next attempt tried now');
      return queue.promote();
    },
    /** @throws NotThereError */
    async forget(who: string, id: string): Promise<void> {
      await audit.write(who, `took a silent process off the page (${id})`);
      if (!(await forgetProcess(redis, prefix, id))) throw new NotThereError('This process is not listed any more.');
    },
  };
}

function named(letters: readonly DeadLetter[]): string {
  return letters.length === 1 ? `the failed turn ${letters[0]?.id}` : `${letters.length} failed turns`;
}
