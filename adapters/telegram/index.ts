/** Telegram, by the Bot API: an example of an adapter for a platform with a simple HTTP API. */
import { hash } from 'node:crypto';
import { splitGrowing } from '../../src/markdown/split.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import {
  type Adapter,
  type AdapterContext,
  type Address,
  type Check,
  type Draft,
  SendError,
  type Sender,
} from '../contract.ts';
import { type Api, createApi } from './api.ts';
import { createReceiver, postedKey, type User } from './receiver.ts';
import { PIECE_LENGTH, render } from './render.ts';

type Context = AdapterContext & { token: string; apiUrl: string; maxFileChars: number; answerBots: boolean };

/**
 * A message a second in a chat, 20 a minute in a group, 30 a second in all. Updates get a part of it, and leave the rest to
 * what must arrive. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const PRIVATE = { perMinute: 60, burst: 3, updates: 40 };
const GROUP = { perMinute: 20, burst: 5, updates: 10 };
const OVERALL = { perMinute: 1_800, burst: 30 };
/** The status is shown for 5 seconds. https://core.telegram.org/bots/api#sendchataction */
const TYPING_MS = 4_500;
const TYPING_TIMES = 20;
const REMEMBER_POSTED_SECONDS = 7 * 86_400;

export function createTelegramAdapter(context: Context): Adapter {
  const api = createApi(context);
  return {
    platform: 'telegram',
    receiver: ({ ingest }) => createReceiver({ ...context, api, ingest }),
    sender: () => createSender(api, context),
    check: () => check(api),
  };
}

async function check(api: Api): Promise<Check[]> {
  try {
    const { username } = await api.call<User>('getMe');
    const { url } = await api.call<{ url: string }>('getWebhookInfo');
    const detail =
      url === '' ? `@${username}` : `@${username} has a webhook: call deleteWebhook, or nothing arrives here`;
    return [{ name: 'bot token', ok: url === '', detail }];
  } catch (error) {
    const { kind, message } = error as SendError;
    return [
      { name: 'bot token', ok: false, detail: kind === 'auth' ? 'copy the token from @BotFather again' : message },
    ];
  }
}

function createSender(api: Api, { limits, store, log, maxFileChars }: Context): Sender {
  const typing = new Map<string, NodeJS.Timeout>();
  const paceOf = ({ route }: Address) => (Number(route.chat) < 0 ? GROUP : PRIVATE);
  const placeOf = ({ route }: Address) => ({ chat_id: route.chat, message_thread_id: route.thread });
  const download: Sender['download'] = (file, limit) => api.download(file.ref, limit);
  const textOf = createTextFiles({ download, maxFileChars, log });

  function stopTyping(key: string): void {
    clearInterval(typing.get(key));
    typing.delete(key);
  }

  async function pace(to: Address): Promise<void> {
    const { perMinute, burst } = paceOf(to);
    const wait =
      (await limits.take(`chat:${to.route.chat}`, perMinute, burst)) ||
      (await limits.take('all', OVERALL.perMinute, OVERALL.burst));
    if (wait > 0) throw new SendError('rate-limited', 'paced', 'held back by our own pace', { retryAfterMs: wait });
  }

  async function post({ to, messages }: Draft, look: object): Promise<void> {
    const { chat, thread, replyTo } = to.route;
    const first = messages.length === 0 && replyTo !== undefined;
    const reply = first ? { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } } : {};
    const { message_id: id } = await api.call<{ message_id: number }>('sendMessage', {
      ...placeOf(to),
      ...look,
      ...reply,
    });
    messages.push(String(id));
    // Only a judgement of this message hangs on it; the post itself stands.
    await store.set(postedKey(chat, id), String(thread ?? 0), REMEMBER_POSTED_SECONDS).catch(() => {});
  }

  /** Makes the reply's messages show these texts. `state.shown` knows what they show; what is right costs no call. */
  async function bring(draft: Draft, texts: string[]): Promise<void> {
    stopTyping(draft.key);
    draft.doubt = false; // Telegram finds no message by a key, and lists none: what was lost cannot be looked up.
    const shown = (draft.state.shown ?? []) as string[];
    draft.state.shown = shown;
    for (const [n, text] of texts.entries()) {
      const digest = hash('sha1', text, 'base64');
      if (shown[n] === digest) continue;
      await pace(draft.to);
      const id = draft.messages[n];
      const look = { text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } };
      if (id === undefined) await post(draft, look);
      else await api.call('editMessageText', { chat_id: draft.to.route.chat, message_id: Number(id), ...look });
      shown[n] = digest;
    }
  }

  return {
    capabilities: {
      streaming: 'edit',
      updateEveryMs: 1_500,
      firstUpdateAfterMs: 1_000,
      idempotent: false,
      attachments: true,
      feedback: true,
    },
    async begin(to, key) {
      let times = 0;
      const show = async (): Promise<void> => {
        if (++times > TYPING_TIMES) stopTyping(key);
        else await api.call('sendChatAction', { ...placeOf(to), action: 'typing' }).catch(() => stopTyping(key));
      };
      stopTyping(key);
      typing.set(key, setInterval(show, TYPING_MS).unref());
      void show();
      return { to, key, messages: [], doubt: false, state: {} };
    },
    async update(draft, markdown) {
      const { complete, growing } = splitGrowing(markdown, PIECE_LENGTH);
      const texts = [...complete, growing].filter((piece) => piece.trim() !== '').flatMap((piece) => render(piece));
      const wait = await limits.take(`updates:${draft.to.route.chat}`, paceOf(draft.to).updates);
      if (wait === 0) await bring(draft, texts);
      return draft;
    },
    async finish(draft, reply) {
      const texts = render(reply.markdown);
      await bring(draft, texts);
      while (draft.messages.length > texts.length) {
        const id = Number(draft.messages.at(-1));
        await api.call('deleteMessage', { chat_id: draft.to.route.chat, message_id: id });
        draft.messages.pop();
        (draft.state.shown as string[]).length = draft.messages.length;
      }
      return { messages: draft.messages };
    },
    async enrich(messages) {
      const texts = await Promise.all(messages.map(textOf));
      return { messages: messages.map((message, n) => ({ ...message, text: message.text + texts[n] })), earlier: [] };
    },
    download,
    async close() {
      for (const key of typing.keys()) stopTyping(key);
    },
  };
}
