/** How a reply gets into Telegram: posted and edited as it grows; the rest of a long one as a file. */
import {
  type AdapterContext,
  type Address,
  type Draft,
  type InboundMessage,
  SendError,
  type Sender,
} from '../../src/contract/index.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import { createEditingSender } from '../kit/editing-sender.ts';
import type { MessageOps } from '../kit/reconcile.ts';
import { isPassing } from '../kit/retry.ts';
import { throttle } from '../kit/throttle.ts';
import { createTyping } from '../kit/typing.ts';
import { createWaits, type Waits } from '../kit/waits.ts';
import type { Api } from './api.ts';
import { postedKey } from './events.ts';
import { type Quote, quoteLines } from './receive/quote.ts';
import { LEFT_OUT, renderFew, renderGrowing, type TelegramPiece } from './render/render.ts';
import { routeOf } from './route.ts';

type Context = Pick<AdapterContext, 'limits' | 'store' | 'log' | 'maxReplyMessages'> & { maxFileChars: number };

/**
 * A message a second in a chat, 20 a minute in a group, 30 a second in all. Updates get a part of it, and leave the rest to
 * what must arrive. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const PRIVATE = { updates: 40, chat: { perMinute: 60, burst: 3 } };
const GROUP = { updates: 10, chat: { perMinute: 20, burst: 5 } };
const OVERALL = { bucket: 'all', perMinute: 1_800, burst: 30 };
/** The status is shown for 5 seconds. https://core.telegram.org/bots/api#sendchataction */
const TYPING = { everyMs: 4_500, afterMs: 150 };
const REMEMBER_POSTED_SECONDS = 7 * 86_400;

/** Telegram finds no message by a key, and lists none: what was lost cannot be looked up, hence no `find`. */
export function createTelegramSender(context: Context, api: Api): Sender {
  const { log } = context;
  /** By chat. */
  const waits = createWaits('Telegram');
  const showTyping = (to: Address) =>
    waits.call(String(to.route.chat), () => api.call('sendChatAction', { ...routeOf(to), action: 'typing' }));
  return createEditingSender<TelegramPiece>({
    capabilities: { updateEveryMs: 1_500, firstUpdateAfterMs: 1_000 },
    typing: createTyping({ ...TYPING, show: showTyping, log }),
    render: (markdown) => renderFew(markdown, context.maxReplyMessages),
    renderGrowing: (markdown) => renderGrowing(markdown).slice(0, Math.max(1, context.maxReplyMessages - 1)),
    // Without tags; what is escaped stays so.
    plain: (piece) => (typeof piece === 'string' ? piece.replace(/<[^>]*>/g, '') : piece),
    ops: (draft, updating) => createMessageOps({ ...context, waits }, api, draft, updating),
    enrich: createEnrich(context, api),
    download: api.download,
  });
}

function createMessageOps(
  { limits, store, log, waits }: Context & { waits: Waits },
  api: Api,
  { to }: Draft,
  updating: boolean,
): MessageOps<TelegramPiece> {
  const { chat: chat_id, thread, replyTo } = to.route;
  const { updates, chat } = Number(chat_id) < 0 ? GROUP : PRIVATE;
  const own = updating ? [{ bucket: `updates:${chat_id}`, perMinute: updates }] : [];
  const take = () => throttle(limits, ...own, { bucket: `chat:${chat_id}`, ...chat }, OVERALL);
  /** `retry_after` counts for the chat, whatever is asked there. */
  const call = <T>(method: string, body: object): Promise<T> =>
    waits.call(String(chat_id), () => api.call<T>(method, body));
  const look = (text: string) => ({ text, parse_mode: 'HTML', link_preview_options: { is_disabled: true } });
  async function send(piece: TelegramPiece, n: number): Promise<{ message_id: number }> {
    await take();
    if (typeof piece !== 'string') {
      const { file, caption } = piece;
      return call('sendDocument', formOf({ ...routeOf(to), caption, document: markdownFile(file) }));
    }
    const reply = n === 0 && replyTo ? { message_id: replyTo, allow_sending_without_reply: true } : undefined;
    return call('sendMessage', { ...routeOf(to), ...look(piece), reply_parameters: reply });
  }

  return {
    async post(piece, n) {
      const sent = send(piece, n);
      // Where no file may be posted (a group's permissions, mostly), its place is taken by a line that says so.
      const { message_id: id } = await (typeof piece === 'string'
        ? sent
        : sent.catch((error) => {
            if (!(error instanceof SendError) || error.kind === 'auth' || isPassing(error)) throw error;
            log.warn({ err: error }, 'the rest of a long answer cannot be posted as a file');
            return send(LEFT_OUT, n);
          }));
      // Only a judgement of this message hangs on it; the post itself stands.
      await store.set(postedKey(chat_id, id), String(thread ?? 0), REMEMBER_POSTED_SECONDS).catch(() => {});
      return String(id);
    },
    async edit(id, piece) {
      await take();
      const message = { chat_id, message_id: Number(id) };
      if (typeof piece === 'string') return void (await call('editMessageText', { ...message, ...look(piece) }));
      const media = JSON.stringify({ type: 'document', media: 'attach://file', caption: piece.caption });
      await call('editMessageMedia', formOf({ ...message, media, file: markdownFile(piece.file) }));
    },
    remove: (id) => call('deleteMessage', { chat_id, message_id: Number(id) }),
  };
}

/** Files go by multipart/form-data. https://core.telegram.org/bots/api#sending-files */
function formOf(fields: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (value instanceof File) form.set(name, value);
    else if (value !== undefined) form.set(name, String(value));
  return form;
}

function markdownFile(markdown: string): File {
  return new File([markdown.toWellFormed()], 'answer.md', { type: 'text/markdown' });
}

function createEnrich({ maxFileChars, log }: Context, { download }: Api): Sender['enrich'] {
  const textOf = createTextFiles({ download, maxFileChars, log });
  async function read(message: InboundMessage): Promise<InboundMessage> {
    const quote = message.to.route.quote as unknown as Quote | undefined;
    const [above, files] = quote ? [quoteLines(quote), await textOf({ attachments: quote.files })] : ['', ''];
    return { ...message, text: above + message.text + files + (await textOf(message)) };
  }
  return async (messages) => ({ messages: await Promise.all(messages.map(read)), earlier: [] });
}
