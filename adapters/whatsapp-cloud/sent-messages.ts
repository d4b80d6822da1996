/** What the Cloud API's receiver tells its senders, beside what both ways to WhatsApp remember. */
import { createMemory } from '../whatsapp/sent-messages.ts';

const DAY_S = 86_400;
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
