/** What the Cloud API's receiver tells its senders, beside what both ways to WhatsApp remember. */
import { createSentMessages } from '../whatsapp/sent-messages.ts';
import { mayTell } from '../whatsapp/unsupported.ts';

const DAY_S = 86_400;

export type CloudSentMessages = ReturnType<typeof createCloudSentMessages>;

export function createCloudSentMessages(deps: Parameters<typeof createSentMessages>[0]) {
  const { store, keepSeconds } = deps;
  const sentMessages = createSentMessages(deps);
  return {
    ...sentMessages,

    /** Which of its turn's messages one of ours is, counted from 0. */
    async partOf(id: string): Promise<number> {
      return Number((await store.get(`part:${id}`)) ?? 0);
    },
    notePart(id: string, part: number): void {
      if (part > 0) sentMessages.inBackground(`part:${id}`, String(part), keepSeconds);
    },

    /** The message that was sent with this mark, as a status told it. */
    sentAs: (mark: string): Promise<string | null> => store.get(`sent:${mark}`),
    noteSent: (mark: string, id: string): Promise<void> => store.set(`sent:${mark}`, id, DAY_S),

    mayTell: (conversation: string): Promise<boolean> => mayTell(store, conversation),
  };
}
