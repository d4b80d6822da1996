/**
 * All that Chasqui keeps of its conversations: one file and one Redis call for each step of a message's path, so that a
 * process may die between any two of them. docs/redis.md describes the keys.
 */
import type { Redis } from 'ioredis';
import { conversationKeys } from './keys.ts';
import { adopt } from './steps/adopt.ts';
import { amend } from './steps/amend.ts';
import { append } from './steps/append.ts';
import { chooseModel, choosePersona, chosenModel, chosenPersona } from './steps/choose.ts';
import { commit } from './steps/commit.ts';
import { erase, forget, prolong } from './steps/forget.ts';
import { judge } from './steps/judge.ts';
import { history, lastTurn, modelOf, page, view } from './steps/page.ts';
import { confirm, park, save } from './steps/save.ts';
import { interrupt, stop } from './steps/stop.ts';
import { take } from './steps/take.ts';
import { look, notice } from './steps/waiting.ts';
import type { Store } from './store.ts';

export { TurnLostError } from './store.ts';

export type Conversations = ReturnType<typeof createConversations>;

/** The steps, bound to one Redis. */
export function createConversations({
  eraseAlso = async () => {},
  ...options
}: Omit<Store, 'keysOf' | 'eraseAlso'> & { redis: Redis; eraseAlso?: Store['eraseAlso'] }) {
  const keysOf = (conversation: string) => conversationKeys(options.prefix, conversation);
  const store: Store = { ...options, keysOf, eraseAlso };
  const on =
    <Args extends unknown[], Result>(step: (store: Store, ...args: Args) => Result) =>
    (...args: Args): Result =>
      step(store, ...args);

  return {
    // A message arrives, and may still be changed, or end the answer before it.
    append: on(append),
    amend: on(amend),
    stop: on(stop),
    interrupt: on(interrupt),

    // A worker answers.
    take: on(take),
    adopt: on(adopt),
    save: on(save),
    confirm: on(confirm),
    park: on(park),
    commit: on(commit),

    // What people decide about a conversation.
    chosenModel: on(chosenModel),
    chooseModel: on(chooseModel),
    chosenPersona: on(chosenPersona),
    choosePersona: on(choosePersona),
    judge: on(judge),
    forget: on(forget),
    erase: on(erase),
    prolong: on(prolong),

    // What is read of it.
    look: on(look),
    notice: on(notice),
    history: on(history),
    lastTurn: on(lastTurn),
    view: on(view),
    page: on(page),
    modelOf: on(modelOf),
  };
}
