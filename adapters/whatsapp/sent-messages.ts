/** Small things that the receiver and the senders, in whatever process, tell each other. */
import type { Address, Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const DAY_S = 86_400;
/** A failure may be reported long after a message was taken. */
const TURN_KEPT_S = 7 * DAY_S;

export type SentMessages = ReturnType<typeof createSentMessages>;

/** @param deps.keepSeconds how long a conversation is remembered */
export function createSentMessages(deps: { store: Store; keepSeconds: number; log: Logger }) {
  const { store, keepSeconds, log } = deps;

  /** For what may be missing: only a convenience hangs on it. */
  function inBackground(key: string, value: string, seconds: number): void {
    store.set(key, value, seconds).catch((error) => log.debug({ err: error }, 'not noted'));
  }

  return {
    inBackground,

    noteNewest: (conversation: string, id: string): void => inBackground(`newest:${conversation}`, id, DAY_S),

    /** The person's newest message. @throws when Redis is away */
    newest: (conversation: string): Promise<string | null> => store.get(`newest:${conversation}`),

    /** Whether the person has written after the message that is answered; only then a quote says what is answered. */
    async wasOvertaken(conversation: string, asked: string): Promise<boolean> {
      try {
        const newest = await store.get(`newest:${conversation}`);
        return newest !== null && newest !== asked;
      } catch (error) {
        log.debug({ err: error }, 'the newest message is not known');
        return false;
      }
    },

    /** A message is ours: part of this turn's answer. */
    noteOurs: (id: string, turn: string): void => inBackground(`ours:${id}`, turn, keepSeconds),

    /** The turn whose answer a message belongs to; null: not ours. Reactions and quotes name messages of either side. */
    turnOf: (id: string): Promise<string | null> => store.get(`ours:${id}`),

    /** Where a turn's reply goes: a status names the turn, and not always the person. */
    noteTurn: (turn: string, to: Address): void => inBackground(`turn:${turn}`, JSON.stringify(to), TURN_KEPT_S),
    async addressOf(turn: string): Promise<Address | null> {
      const kept = await store.get(`turn:${turn}`);
      return kept === null ? null : (JSON.parse(kept) as Address);
    },

    /** Whether a turn's failure has been reported. */
    isReported: async (turn: string): Promise<boolean> => (await store.get(`failed:${turn}`)) !== null,
    noteReported: (turn: string): Promise<void> => store.set(`failed:${turn}`, '1', TURN_KEPT_S),
  };
}
