/**
 * A stand-in for api.telegram.org on 127.0.0.1, as strict as it: methods, offsets, texts and refusals as the Bot API
 * describes them. https://core.telegram.org/bots/api
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRecord } from '../../support/gate.ts';
import { documentOf, paramsOf } from './form.ts';
import { HtmlError, readHtml } from './html.ts';
import { bad, Refusal } from './refusal.ts';
import { type Strike, struck } from './strike.ts';

export type { Strike };
export { Refusal };

type Params = Record<string, unknown>;
type Update = { update_id: number } & Params;
interface Posted {
  id: number;
  thread?: number;
  text: string;
  html: string;
  mentions: string[];
  links: string[];
  replyTo?: number;
  file?: string;
}
interface Chat {
  type: 'private' | 'supergroup';
  topics: number[];
  blocked: boolean;
  nextId: number;
  people: Set<number>;
  posted: Posted[];
}

/** What each method may be given; anything else is a mistake of ours. */
const PARAMETERS: Record<string, string[]> = {
  getMe: [],
  getWebhookInfo: [],
  getUpdates: ['offset', 'limit', 'timeout', 'allowed_updates'],
  sendMessage: ['chat_id', 'message_thread_id', 'text', 'parse_mode', 'link_preview_options', 'reply_parameters'],
  editMessageText: ['chat_id', 'message_id', 'text', 'parse_mode', 'link_preview_options'],
  sendDocument: ['chat_id', 'message_thread_id', 'document', 'caption'],
  editMessageMedia: ['chat_id', 'message_id', 'media', 'file'],
  deleteMessage: ['chat_id', 'message_id'],
  sendChatAction: ['chat_id', 'message_thread_id', 'action'],
  getFile: ['file_id'],
};

export const ME = { id: 8765336106, is_bot: true, first_name: 'Chasqui', username: 'chasqui_bot' };
export const ANA = { id: 7527593, is_bot: false, first_name: 'Ana', last_name: 'Quispe', username: 'ana_q' };
export const TOKEN = '8765336106:AAF-a_token_of_the_double';

/** @param options.longestPollMs a long poll is answered with nothing after this time, whatever `timeout` asks for */
export async function startTelegramDouble(options: { longestPollMs?: number } = {}) {
  const { longestPollMs = 100 } = options;
  const chats = new Map<number, Chat>();
  const files = new Map<string, Buffer>();
  const calls = createRecord<{ method: string; params: Params }>();
  const polls = createRecord<{ offset: number | undefined; given: number[] }>();
  /** Updates that are not confirmed. */
  let queue: Update[] = [];
  let last: Update | undefined;
  let updates = 1_000;
  let polling: symbol | undefined;
  let wake = () => {};
  const faults: ({ method: string } & Strike)[] = [];
  const state = { webhook: '', held: false };
  /** Asked at every call for which no fault is armed. */
  let judge: ((method: string, params: Params) => Strike | undefined) | undefined;

  function addChat(id: number, more: Partial<Chat> = {}): Chat {
    const type = id < 0 ? 'supergroup' : 'private';
    const chat: Chat = { type, topics: [], blocked: false, nextId: 100, people: new Set(), posted: [], ...more };
    chats.set(id, chat);
    return chat;
  }

  function chatOf(params: Params): Chat {
    const chat = chats.get(params.chat_id as number);
    if (!chat) throw bad('chat not found');
    if (chat.blocked) throw new Refusal(403, 'Forbidden: bot was blocked by the user');
    const thread = params.message_thread_id as number | undefined;
    if (thread !== undefined && !chat.topics.includes(thread)) throw bad('message thread not found');
    return chat;
  }

  function look({ text, parse_mode }: Params): Pick<Posted, 'text' | 'html' | 'mentions' | 'links'> {
    if (typeof text !== 'string' || !text.isWellFormed()) throw bad('strings must be encoded in UTF-8');
    if (parse_mode !== 'HTML') throw bad('unsupported parse_mode');
    try {
      const read = readHtml(text);
      if (read.text === '') throw bad('message text is empty');
      if (read.text.length > 4_096) throw bad('message is too long');
      return { ...read, html: text };
    } catch (error) {
      throw error instanceof HtmlError ? bad(`can't parse entities: ${error.message}`) : error;
    }
  }

  function postedIn(chat: Chat, id: unknown, verb: string): number {
    const at = chat.posted.findIndex((message) => message.id === id);
    if (at < 0) throw bad(`message to ${verb} not found`);
    return at;
  }

  async function getUpdates({ offset, allowed_updates: allowed, timeout }: Params): Promise<Update[]> {
    const turn = Symbol('poll');
    wake();
    polling = turn;
    const from = (offset as number | undefined) ?? 0;
    queue = queue.filter((update) => update.update_id >= from);
    const ready = () =>
      state.held
        ? []
        : queue.filter((update) => Object.keys(update).some((key) => (allowed as string[] | undefined)?.includes(key)));
    if (ready().length === 0 && timeout) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.min((timeout as number) * 1_000, longestPollMs));
      wake = resolve;
      await promise;
      clearTimeout(timer);
      if (polling !== turn) throw new Refusal(409, 'Conflict: terminated by other getUpdates request');
    }
    const given = ready();
    polls.add({ offset: offset as number | undefined, given: given.map((update) => update.update_id) });
    return given;
  }

  async function run(method: string, params: Params): Promise<unknown> {
    const known = PARAMETERS[method];
    if (!known) throw new Refusal(404, 'Not Found');
    const stray = Object.keys(params).find((name) => !known.includes(name));
    if (stray) throw bad(`unknown parameter ${stray}`);
    if (method === 'getMe') return ME;
    if (method === 'getWebhookInfo') return { url: state.webhook, pending_update_count: queue.length };
    if (method === 'getUpdates') {
      if (state.webhook) throw new Refusal(409, "Conflict: can't use getUpdates method while webhook is active");
      return getUpdates(params);
    }
    if (method === 'getFile') {
      const file = files.get(params.file_id as string);
      if (!file) throw bad('wrong file_id or the file is temporarily unavailable');
      if (file.length > 20_000_000) throw bad('file is too big');
      return { file_id: params.file_id, file_size: file.length, file_path: `documents/${params.file_id}` };
    }
    const chat = chatOf(params);
    if (method === 'sendChatAction') {
      if (params.action !== 'typing') throw bad('wrong parameter action in request');
      return true;
    }
    if (method === 'deleteMessage') {
      chat.posted.splice(postedIn(chat, params.message_id, 'delete'), 1);
      return true;
    }
    if (method === 'editMessageText') {
      const message = chat.posted[postedIn(chat, params.message_id, 'edit')] as Posted;
      const next = look(params);
      if (next.html === message.html) throw bad('message is not modified: new content and markup are exactly the same');
      Object.assign(message, next);
      return { message_id: message.id };
    }
    if (method === 'editMessageMedia') {
      const message = chat.posted[postedIn(chat, params.message_id, 'edit')] as Posted;
      const { type, media, caption } = JSON.parse(String(params.media)) as Params;
      if (type !== 'document' || media !== 'attach://file') throw bad('wrong file identifier/HTTP URL specified');
      Object.assign(message, await documentOf(params.file, caption));
      return { message_id: message.id };
    }
    if (method === 'sendDocument') {
      const document = await documentOf(params.document, params.caption);
      const id = ++chat.nextId;
      chat.posted.push({ id, thread: params.message_thread_id as number | undefined, ...document });
      return { message_id: id, date: Math.floor(Date.now() / 1_000), chat: { id: params.chat_id, type: chat.type } };
    }
    const reply = params.reply_parameters as { message_id: number; allow_sending_without_reply?: boolean } | undefined;
    if (reply && !chat.people.has(reply.message_id) && !reply.allow_sending_without_reply)
      throw bad('message to be replied not found');
    const id = ++chat.nextId;
    const thread = params.message_thread_id as number | undefined;
    chat.posted.push({ id, thread, ...look(params), ...(reply ? { replyTo: reply.message_id } : {}) });
    return { message_id: id, date: Math.floor(Date.now() / 1_000), chat: { id: params.chat_id, type: chat.type } };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    const file = files.get(decodeURIComponent(path.slice(`/file/bot${TOKEN}/documents/`.length)));
    if (path.startsWith(`/file/bot${TOKEN}/`)) return void response.writeHead(file ? 200 : 404).end(file ?? '');
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? [];
    const answer = (status: number, body: Params) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      if (token !== TOKEN) throw new Refusal(401, 'Unauthorized');
      const params = await paramsOf(request.headers['content-type'] ?? '', Buffer.concat(chunks));
      calls.add({ method, params });
      const at = faults.findIndex((fault) => fault.method === method);
      const [fault] = at < 0 ? [] : faults.splice(at, 1);
      const strike = fault ?? judge?.(method, params);
      if (strike && (await struck(strike, request, response))) return;
      const result = await run(method, params);
      if (strike && 'lost' in strike) request.socket.destroy();
      else if (strike && 'falseError' in strike)
        response.writeHead(strike.falseError).end('<html>Internal Server Error</html>');
      else answer(200, { ok: true, result });
    } catch (error) {
      const { code = 500, message, parameters } = error as Refusal;
      answer(code, { ok: false, error_code: code, description: message, ...(parameters ? { parameters } : {}) });
    }
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function push(update: Params): number {
    last = { update_id: ++updates, ...update };
    queue.push(last);
    wake();
    return last.update_id;
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    polls,
    faults,
    state,
    judgeCalls(next: typeof judge): void {
      judge = next;
    },
    /** Updates are kept back until `release`. */
    hold(): void {
      state.held = true;
    },
    release(): void {
      state.held = false;
      wake();
    },
    chats,
    addChat,
    push,
    /** A person writes; `entities` are found as the apps find them. @returns ids of the update and the message */
    says(chatId: number, text: string, more: Params = {}) {
      const chat = chats.get(chatId) as Chat;
      const message_id = ++chat.nextId;
      chat.people.add(message_id);
      const entities = [...text.matchAll(/(?<!\w)@\w+|^\/\w+(@\w+)?/g)].map((found) => {
        return {
          type: found[0].startsWith('@') ? 'mention' : 'bot_command',
          offset: found.index,
          length: found[0].length,
        };
      });
      const date = Math.floor(Date.now() / 1_000);
      const message = { message_id, from: ANA, chat: { id: chatId, type: chat.type }, date, text, entities, ...more };
      return { update: push({ message }), message: message_id };
    },
    edits(chatId: number, message_id: number, text: string, more: Params = {}) {
      const chat = { id: chatId, type: chats.get(chatId)?.type };
      return push({ edited_message: { message_id, from: ANA, chat, date: 1, edit_date: 2, text, ...more } });
    },
    reacts(chatId: number, message_id: number, ...emoji: string[]) {
      const new_reaction = emoji.map((one) => ({ type: 'emoji', emoji: one }));
      const chat = { id: chatId, type: chats.get(chatId)?.type };
      return push({ message_reaction: { chat, message_id, user: ANA, date: 1, old_reaction: [], new_reaction } });
    },
    addFile(content: string | Buffer): string {
      const id = `file-${files.size + 1}`;
      files.set(id, Buffer.from(content));
      return id;
    },
    /** Gives the last update once more, as after a receiver that died before it could confirm. */
    redeliver(): void {
      if (last && !queue.includes(last)) queue.push(last);
      wake();
    },
    /** Resolves when the update is confirmed, or was given so many times in vain. */
    async confirmed(update: number, times = 2): Promise<void> {
      await polls.until(
        (items) =>
          items.some(({ offset = 0 }) => offset > update) ||
          items.filter(({ given }) => given.includes(update)).length >= times,
      );
    },
    isConfirmed: (update: number) => !queue.some(({ update_id }) => update_id === update),
    shown: (chatId: number, thread?: number) => chats.get(chatId)?.posted.filter((one) => one.thread === thread) ?? [],
    async close(): Promise<void> {
      wake();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
