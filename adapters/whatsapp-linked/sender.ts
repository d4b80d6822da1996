/**
 * How a reply gets into a chat of the linked account: whole, or by edits where that is set. There is no idempotency key;
 * after a lost result the chat's own messages are looked through for the same text (posts.ts).
 */
import { createHash } from 'node:crypto';
import {
  type Draft,
  type Enriched,
  type InboundMessage,
  type Reply,
  SendError,
  type Sender,
} from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { REST_IN_FILE } from '../../src/markdown/limit-messages.ts';
import type { Typing } from '../kit/typing.ts';
import { answerFile } from '../whatsapp/answer-file.ts';
import { quoteOf } from '../whatsapp/quote.ts';
import { plainWhatsApp } from '../whatsapp/render/plain.ts';
import { LEFT_OUT, readWhatsApp, renderFew, streamWhatsApp } from '../whatsapp/render/render.ts';
import type { SentMessages } from '../whatsapp/sent-messages.ts';
import { routeOf } from './route.ts';
import type { PostRequest, Rpc } from './rpc/rpc.ts';
import type { Introduction } from './send/introduction.ts';
import type { Throttle } from './send/throttle.ts';

/** Edits cost as much attention as messages do: few, and only for answers that take long. */
const EDIT_EVERY_MS = 3_000;
const FIRST_SHOWN_AFTER_MS = 2_000;

/** What the draft keeps between calls, and between workers. */
interface WebState {
  /** The reply begins by saying who answers; undecided until the first message. */
  introduces?: boolean;
  /** Digests of what the messages show, in their order. */
  shown?: string[];
}

export function createLinkedSender(deps: {
  rpc: Rpc;
  typing: Typing<string>;
  sentMessages: SentMessages;
  introduction: Introduction;
  throttle: Throttle;
  fileTexts(message: Pick<InboundMessage, 'attachments'>): Promise<string>;
  download: Sender['download'];
  streaming: boolean;
  /** Messages of one answer. */
  most: number;
  log: Logger;
}): Sender {
  const { rpc, typing, sentMessages, introduction, throttle, streaming } = deps;

  const stateOf = (draft: Draft): WebState => draft.state as WebState;

  async function introduced(draft: Draft, pieces: string[]): Promise<string[]> {
    const state = stateOf(draft);
    state.introduces ??= await introduction.isNeeded(draft.to.conversation);
    const [first, ...rest] = pieces;
    return state.introduces && first !== undefined ? [`${introduction.text}\n\n${first}`, ...rest] : pieces;
  }

  async function post(draft: Draft, part: number, text: string, file?: PostRequest['file']): Promise<void> {
    const { chat, group, asked, askedAt } = routeOf(draft.to);
    const quoted = part === 0 && (group || (await sentMessages.wasOvertaken(draft.to.conversation, asked)));
    await throttle.message();
    sentMessages.noteTurn(draft.key, draft.to);
    const { id, text: shown } = await rpc('post', {
      chat,
      text,
      ...(file ? { file } : {}),
      ...(quoted ? { quotes: asked } : {}),
      turn: draft.key,
      part,
      doubt: draft.unverified,
      since: askedAt,
      // An earlier attempt may have seen the introduction as needed, or not.
      accepts: [text, `${introduction.text}\n\n${text}`, text.replace(`${introduction.text}\n\n`, '')],
      partly: streaming && part === 0,
      known: draft.messages,
    });
    draft.messages.push(id);
    const state = stateOf(draft);
    state.shown = [...(state.shown ?? []), digestOf(shown.trim() === text.trim() ? text : shown)];
    await correct(draft, part, text);
  }

  /** Brings a message that is there to this text; one that is too old to be edited is followed by a whole one. */
  async function correct(draft: Draft, part: number, text: string): Promise<void> {
    const shown = stateOf(draft).shown ?? [];
    if (!streaming || shown[part] === digestOf(text)) return;
    const { done } = await rpc('edit', { id: draft.messages[part] as string, text });
    if (done) shown[part] = digestOf(text);
    else {
      const { id } = await rpc('post', {
        chat: routeOf(draft.to).chat,
        text,
        turn: `${draft.key}:again`,
        part,
        doubt: draft.unverified,
        since: routeOf(draft.to).askedAt,
        accepts: [text],
        partly: false,
        known: draft.messages,
      });
      draft.messages[part] = id;
      shown[part] = digestOf(text);
    }
  }

  async function update(draft: Draft, markdown: string): Promise<Draft> {
    if (!streaming) return draft;
    const next: Draft = { ...draft, messages: [...draft.messages], state: { ...draft.state } };
    const [text] = await introduced(next, streamWhatsApp(markdown));
    if (text === undefined) return draft;
    if (next.messages.length === 0) {
      // An earlier attempt's words are not known; `finish` looks for its message by the final text.
      await typing.end(next.key);
      await post(next, 0, text);
    } else if (await throttle.mayEdit()) await correct(next, 0, text);
    return next;
  }

  async function finish(draft: Draft, reply: Reply): Promise<void> {
    const { texts, rest } = renderFew(reply.markdown, deps.most);
    const pieces = await introduced(draft, reply.plain ? texts.map(plainWhatsApp) : texts);
    await typing.end(draft.key);
    for (const [part, text] of pieces.entries()) {
      // Saved with the draft as it grows, so that a later attempt does not post a part again.
      if (draft.messages[part] === undefined) await post(draft, part, text);
      else await correct(draft, part, text);
    }
    if (rest !== undefined && draft.messages[pieces.length] === undefined) await postRest(draft, pieces.length, rest);
    draft.unverified = false;
    if (stateOf(draft).introduces) await introduction.made(draft.to.conversation);
  }

  /** The whole answer as a file; a line in its place where WhatsApp takes none. */
  async function postRest(draft: Draft, part: number, markdown: string): Promise<void> {
    const file = answerFile(markdown);
    const data = Buffer.from(await file.arrayBuffer()).toString('base64');
    try {
      await post(draft, part, REST_IN_FILE, { name: file.name, type: file.type, data });
    } catch (error) {
      if (!(error instanceof SendError && error.code === 'upload')) throw error;
      deps.log.warn({ err: error }, 'the rest of a long answer cannot be sent as a file');
      await post(draft, part, LEFT_OUT);
    }
  }

  /** What a reply refers to stands above it, as in the chat, without our introduction; a command stays a command. */
  async function withQuote(message: InboundMessage): Promise<string> {
    const { quote = '', quotedFile } = routeOf(message.to);
    const text = readWhatsApp(message.text);
    const above = quoteOf(
      readWhatsApp(quote.replace(introduction.text, '').trim()),
      quotedFile ? [quotedFile.name] : [],
    );
    if (above === '' || /^\s*[!/]/.test(text)) return text;
    return `${above}\n\n${text}${quotedFile ? await deps.fileTexts({ attachments: [quotedFile] }) : ''}`;
  }

  async function enrich(messages: InboundMessage[]): Promise<Enriched> {
    const read = messages.map(async (message) => ({
      ...message,
      text: (await withQuote(message)) + (await deps.fileTexts(message)),
    }));
    return { messages: await Promise.all(read), earlier: [] };
  }

  return {
    capabilities: {
      streaming: streaming ? 'edit' : 'none',
      updateEveryMs: EDIT_EVERY_MS,
      firstUpdateAfterMs: FIRST_SHOWN_AFTER_MS,
    },
    async begin(to, key) {
      typing.begin(routeOf(to).chat, key);
      return { to, key, messages: [], unverified: false, state: {} };
    },
    update,
    finish,
    async showWaiting(draft, waitMs) {
      typing.begin(routeOf(draft.to).chat, draft.key, waitMs);
    },
    enrich,
    download: deps.download,
    close: async () => typing.close(),
  };
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 12);
}
