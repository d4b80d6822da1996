import { type Address, type Draft, type Reply, SendError, type Sender } from '../../src/contract/index.ts';
import { DeletedError, type Events } from './events.ts';

/** 25 times a second: smooth to the eye, and few enough for Redis. */
const UPDATE_EVERY_MS = 40;

/** The sending half: it writes events into Redis, and the receivers' processes bring them to the browsers. */
export function createWebSender(events: Events): Sender {
  /** What was shown of each draft. Only a memory: without it (another worker goes on) the whole text is sent once more. */
  const shown = new WeakMap<Draft, string>();

  async function tell(call: Promise<void>): Promise<void> {
    try {
      await call;
    } catch (error) {
      if (error instanceof DeletedError) throw new SendError('gone', 'deleted', error.message, { cause: error });
      const reason = error instanceof Error ? error.message : String(error);
      throw new SendError('unknown-outcome', 'redis', `Redis did not answer: ${reason}`, { cause: error });
    }
  }

  return {
    capabilities: {
      streaming: 'native',
      updateEveryMs: UPDATE_EVERY_MS,
      firstUpdateAfterMs: 0,
    },

    async begin(to: Address, key: string): Promise<Draft> {
      const draft: Draft = { to, key, messages: [], unverified: false, state: {} };
      // Typing is a courtesy: the first update makes up for it.
      await events.begin(to.conversation, key).catch(() => {});
      shown.set(draft, '');
      return draft;
    },

    async update(draft: Draft, markdown: string): Promise<Draft> {
      await tell(events.write(draft.to.conversation, draft.key, markdown, shown.get(draft)));
      const next = draft.messages.length > 0 ? draft : { ...draft, messages: [draft.key] };
      shown.set(next, markdown);
      return next;
    },

    async finish(draft: Draft, reply: Reply) {
      const { markdown, outcome, model, title } = reply;
      const said = { text: markdown, outcome, ...(model ? { model } : {}), ...(title ? { title } : {}) };
      await tell(events.finish(draft.to.conversation, draft.key, said));
      draft.messages = [draft.key];
    },

    // A web session has no name, and nothing was said before its first message.
    enrich: async (messages) => ({ messages, earlier: [] }),

    async download(attachment): Promise<Uint8Array> {
      throw new SendError('gone', 'no_attachments', `the web chat takes no files, so ${attachment.id} cannot exist`);
    },

    async close() {},
  };
}
