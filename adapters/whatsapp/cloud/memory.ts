/** What the Cloud API's receiver tells its senders, beside what both ways to WhatsApp remember. */
import type { Address } from '../../contract.ts';
import { createMemory } from '../memory.ts';

const DAY_S = 86_400;
/** Meta may report a failure long after it took a message. */
const TURN_KEPT_S = 7 * DAY_S;
/** One polite answer in this time. */
const TOLD_FOR_S = 3_600;

export type CloudMemory = ReturnType<typeof createCloudMemory>;

export function createCloudMemory(deps: Parameters<typeof createMemory>[0]) {
  const { store, keepSeconds, log } = deps;
  const inBackground = (key: string, value: string, seconds: number): void => {
    store.set(key, value, seconds).catch((error) => log.debug({ err: error }, 'not noted'));
  };
  return {
    ...createMemory(deps),

    /** Which of its turn's messages one of ours is, counted from 0. */
    async partOf(id: string): Promise<number> {
      return Number((await store.get(`part:${id}`)) ?? 0);
    },
    notePart(id: string, part: number): void {
      if (part > 0) inBackground(`part:${id}`, String(part), keepSeconds);
    },

    /** Where a turn's reply goes: a status names the turn, and not always the person. */
    noteTurn: (turn: string, to: Address): void => inBackground(`turn:${turn}`, JSON.stringify(to), TURN_KEPT_S),
    async addressOf(turn: string): Promise<Address | null> {
      const kept = await store.get(`turn:${turn}`);
      return kept === null ? null : (JSON.parse(kept) as Address);
    },

    /** Whether a turn's failure has been reported. */
    isReported: async (turn: string): Promise<boolean> => (await store.get(`failed:${turn}`)) !== null,
    noteReported: (turn: string): Promise<void> => store.set(`failed:${turn}`, '1', TURN_KEPT_S),

    /** The message that was sent with this mark, as a status told it. */
    sentAs: (mark: string): Promise<string | null> => store.get(`sent:${mark}`),
    noteSent: (mark: string, id: string): Promise<void> => store.set(`sent:${mark}`, id, DAY_S),

    /** True once in a while for each conversation. */
    async mayTell(conversation: string): Promise<boolean> {
      if ((await store.get(`told:${conversation}`)) !== null) return false;
      await store.set(`told:${conversation}`, '1', TOLD_FOR_S);
      return true;
    },
  };
}
