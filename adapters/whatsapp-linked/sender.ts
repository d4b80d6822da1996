/**
 * How a reply gets into a chat of the linked account: whole, or by edits where that is set. There is no idempotency key;
 * after a lost result the chat's own messages are looked through for the same text (posts.ts).
 */
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
import { type MessageOps, reconcileAll, reconcileOne } from '../kit/reconcile.ts';
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

/** What the draft keeps between calls, and between workers, beside the kit's own. */
interface LinkedState {
  /** The reply begins by saying who answers; undecided until the first message. */
  introduces?: boolean;
}

/** One message: a text, or the whole answer as a file. */
type Piece = string | { rest: string };

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

  const stateOf = (draft: Draft): LinkedState => draft.state as LinkedState;

  async function introduced(draft: Draft, pieces: string[]): Promise<string[]> {
    const state = stateOf(draft);
    state.introduces ??= await introduction.isNeeded(draft.to.conversation);
    const [first, ...rest] = pieces;
    return state.introduces && first !== undefined ? [`${introduction.text}\n\n${first}`, ...rest] : pieces;
  }

  function opsOn(draft: Draft): MessageOps<Piece> {
    const { chat, group, asked, askedAt: since } = routeOf(draft.to);

    async function post(piece: Piece, part: number): Promise<string> {
      const text = typeof piece === 'string' ? piece : REST_IN_FILE;
      const quoted = part === 0 && (group || (await sentMessages.wasOvertaken(draft.to.conversation, asked)));
      await throttle.message();
      sentMessages.noteTurn(draft.key, draft.to);
      const { id, text: shown } = await rpc('post', {
        chat,
        text,
        ...(typeof piece === 'string' ? {} : { file: await requestOf(answerFile(piece.rest)) }),
        ...(quoted ? { quotes: asked } : {}),
        turn: draft.key,
        part,
        doubt: draft.unverified,
        since,
        // An earlier attempt may have seen the introduction as needed, or not.
        accepts: [text, `${introduction.text}\n\n${text}`, text.replace(`${introduction.text}\n\n`, '')],
        partly: streaming && part === 0,
        known: draft.messages,
      });
      // An earlier attempt's message, found while it grew.
      return shown.trim() === text.trim() ? id : edit(id, piece, part);
    }

    /** @returns the message's id: one that is too old to be edited is followed by a whole one */
    async function edit(id: string, piece: Piece, part: number): Promise<string> {
      if (!streaming || typeof piece !== 'string' || (await rpc('edit', { id, text: piece })).done) return id;
      const again = await rpc('post', {
        chat,
        text: piece,
        turn: `${draft.key}:again`,
        part,
        doubt: draft.unverified,
        since,
        accepts: [piece],
        partly: false,
        known: draft.messages,
      });
      return again.id;
    }

    return {
      post,
      async edit(id, piece, part) {
        draft.messages[part] = await edit(id, piece, part);
      },
      remove: async () => {},
    };
  }

  async function update(draft: Draft, markdown: string): Promise<Draft> {
    if (!streaming) return draft;
    const [text] = await introduced(draft, streamWhatsApp(markdown));
    if (text === undefined) return draft;
    // An earlier attempt's words are not known; `finish` looks for its message by the final text.
    if (draft.messages.length === 0) await typing.end(draft.key);
    else if (!(await throttle.mayEdit())) return draft;
    await reconcileOne(draft, [text], opsOn(draft));
    return draft;
  }

  async function finish(draft: Draft, reply: Reply): Promise<void> {
    const { texts, rest } = renderFew(reply.markdown, deps.most);
    const pieces = await introduced(draft, reply.plain ? texts.map(plainWhatsApp) : texts);
    await typing.end(draft.key);
    const ops = opsOn(draft);
    try {
      await reconcileAll<Piece>(draft, rest === undefined ? pieces : [...pieces, { rest }], ops);
    } catch (error) {
      if (rest === undefined || !(error instanceof SendError && error.code === 'upload')) throw error;
      deps.log.warn({ err: error }, 'the rest of a long answer cannot be sent as a file');
      await reconcileAll<Piece>(draft, [...pieces, LEFT_OUT], ops);
    }
    draft.unverified = false;
    if (stateOf(draft).introduces) await introduction.made(draft.to.conversation);
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

async function requestOf(file: File): Promise<NonNullable<PostRequest['file']>> {
  return { name: file.name, type: file.type, data: Buffer.from(await file.arrayBuffer()).toString('base64') };
}
