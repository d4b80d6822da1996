/**
 * The smallest adapter that is whole: plain text that grows by edits, for Telegram's Bot API. docs/adapters.md explains
 * it; adapters/telegram/ does the same with formatting, files, topics and judgements.
 */
import type { Adapter, AdapterContext, Draft, Ingest } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import type { Hands } from '../../adapters/kit/bring.ts';
import { createEditingSender } from '../../adapters/kit/editing-sender.ts';
import { type CallOptions, createHttp, kindOfStatus } from '../../adapters/kit/http.ts';
import { pace } from '../../adapters/kit/pace.ts';
import { createReceiver } from '../../adapters/kit/receiver.ts';
import { createTyping } from '../../adapters/kit/typing.ts';
import { InboxFullError } from '../../src/ingest/ingest.ts';
import { split } from '../../src/markdown/split.ts';

type Context = AdapterContext & { token: string; apiUrl: string; answerBots: boolean };

export function createSmallAdapter(context: Context): Adapter {
  const { log } = context;
  const api = createApi(context);
  return {
    platform: 'telegram',
    receiver: ({ ingest }) => createSmallReceiver(context, api, ingest),
    sender: () =>
      createEditingSender({
        capabilities: { updateEveryMs: 1_500, firstUpdateAfterMs: 1_000, attachments: false, feedback: false },
        typing: createTyping({
          show: (to) => api('sendChatAction', { chat_id: to.route.chat, action: 'typing' }),
          everyMs: 4_500,
          log,
        }),
        render,
        renderGrowing: render,
        hands: (draft) => createHands(context, api, draft),
        enrich: async (messages) => ({ messages, earlier: [] }),
        download: async () => {
          throw new SendError('gone', 'no_files', 'files are not read here');
        },
      }),
    async check() {
      const { username } = await api<User>('getMe');
      return [{ name: 'bot token', ok: true, detail: `@${username}` }];
    },
  };
}

interface Body {
  ok?: boolean;
  result?: unknown;
  description?: string;
  parameters?: { retry_after?: number };
}

type Api = ReturnType<typeof createApi>;

function createApi({ token, apiUrl, onPlatformError: onError }: Context) {
  const http = createHttp<Body>({
    address: `${apiUrl}/bot${token}`,
    refusal(method, { status, body: { ok, description = '', parameters } = {} }) {
      if (ok || description.includes('not modified')) return undefined;
      const retryAfterMs = parameters?.retry_after && parameters.retry_after * 1_000;
      const kind = status === 404 ? 'auth' : kindOfStatus(status);
      return new SendError(kind, String(status), `${method}: ${description}`, { retryAfterMs });
    },
    onError,
  });
  return async <T>(method: string, body: object = {}, options: CallOptions = {}) =>
    (await http(method, `/${method}`, { body, ...options })).result as T;
}

function createHands({ limits }: Context, api: Api, { to }: Draft): Hands<string> {
  const { chat: chat_id } = to.route;
  const take = () => pace(limits, { bucket: `chat:${chat_id}`, perMinute: 20, burst: 3 });
  const look = (text: string) => ({ text: plain(text), parse_mode: 'HTML' });
  return {
    async post(text) {
      await take();
      const { message_id: id } = await api<Message>('sendMessage', { chat_id, ...look(text) });
      return String(id);
    },
    async edit(id, text) {
      await take();
      await api('editMessageText', { chat_id, message_id: Number(id), ...look(text) });
    },
    remove: (id) => api('deleteMessage', { chat_id, message_id: Number(id) }),
  };
}

/** Names would call somebody; an unseen character behind the `@` prevents it. */
const calm = (text: string): string => text.toWellFormed().replaceAll('@', '@\u2060');
const plain = (text: string): string => calm(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function render(markdown: string): string[] {
  return split(markdown, 4_096, (text) => calm(text).length).filter((piece) => piece.trim() !== '');
}

type User = { id: number; username: string };
interface Message {
  message_id: number;
  from?: { id: number; is_bot: boolean; first_name: string };
  chat: { id: number; type: string };
  date: number;
  text?: string;
}

function createSmallReceiver({ log, answerBots }: Context, api: Api, ingest: Ingest) {
  let offset: number | undefined;

  async function take({ from, chat, date, text, message_id: id }: Message, me: User): Promise<void> {
    const called = chat.type === 'private' || text?.includes(`@${me.username}`);
    if (!from || !text || !called || from.id === me.id || (from.is_bot && !answerBots)) return;
    const author = { id: String(from.id), name: from.first_name, bot: from.is_bot };
    const to = { platform: 'telegram', conversation: `telegram:${chat.id}`, route: { chat: chat.id } };
    const said = text.replace(`@${me.username}`, '').trim();
    try {
      await ingest.message({ v: 1, id: String(id), author, text: said, attachments: [], sentAt: date * 1_000, to });
    } catch (error) {
      // All chats share one offset: one that floods us must not hold up the others.
      if (!(error instanceof InboxFullError)) throw error;
      log.warn({ err: error }, 'a message was dropped');
    }
  }

  return createReceiver({
    name: 'Telegram',
    log,
    identify: () => api<User>('getMe'),
    describe: (me) => `@${me.username}, long polling`,
    async poll(me, signal) {
      const asked = { offset, timeout: 25, allowed_updates: ['message'] };
      const options = { signal, timeoutMs: 35_000 };
      const updates = await api<{ update_id: number; message?: Message }[]>('getUpdates', asked, options);
      if (updates.length === 0) offset = undefined;
      for (const { update_id: update, message } of updates) {
        if (signal.aborted) return;
        if (message) await take(message, me);
        offset = update + 1;
      }
    },
  });
}
