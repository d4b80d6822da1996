/**
 * How a reply gets into WhatsApp by the Cloud API: whole, since nothing that was sent can be changed. There is no key by
 * which a lost answer could be found again, but each message carries a mark that comes back with its statuses.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Draft,
  type Enriched,
  type InboundMessage,
  type Reply,
  SendError,
  type SendErrorKind,
  type Sender,
} from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { REST_IN_FILE } from '../../src/markdown/limit-messages.ts';
import type { Typing } from '../kit/typing.ts';
import { answerFile } from '../whatsapp/answer-file.ts';
import { plainWhatsApp } from '../whatsapp/render/plain.ts';
import { LEFT_OUT, readWhatsApp, renderFew } from '../whatsapp/render/render.ts';
import type { CloudApi } from './api.ts';
import { type CloudRoute, routeOf } from './route.ts';
import type { CloudSentMessages } from './sent-messages.ts';

/** A status comes within a second or two; one that is later than this is not waited for. */
export const STATUS_PATIENCE_MS = 4_000;
const LOOK_EVERY_MS = 200;
/** The reply is tried again. Anything else means that no file can be sent here. */
const PASSING: ReadonlySet<SendErrorKind> = new Set(['rate-limited', 'unavailable', 'unknown-outcome', 'auth']);

export function createWhatsAppSender(deps: {
  api: CloudApi;
  typing: Typing<CloudRoute>;
  sentMessages: CloudSentMessages;
  fileTexts(message: Pick<InboundMessage, 'attachments'>): Promise<string>;
  withQuote(message: InboundMessage, together: readonly InboundMessage[]): Promise<InboundMessage>;
  download: Sender['download'];
  statusPatienceMs: number;
  /** Messages of one answer. */
  most: number;
  /** US dollars for each; 0: nothing, or not known. */
  messageUsd: number;
  log: Logger;
}): Sender {
  const { api, typing, sentMessages } = deps;

  async function finish(draft: Draft, reply: Reply): Promise<void> {
    const route = routeOf(draft.to);
    const { texts, rest } = renderFew(reply.markdown, deps.most);
    // Cut in the same places, since a part may be there already.
    const parts: (string | { rest: string })[] = reply.plain ? texts.map(plainWhatsApp) : texts;
    if (rest !== undefined) parts.push({ rest });
    sentMessages.noteTurn(draft.key, draft.to);
    if (draft.unverified) await adopt(draft, parts.length);
    await typing.end(draft.key);
    for (let n = draft.messages.length; n < parts.length; n++) {
      const quotes =
        n === 0 && (await sentMessages.wasOvertaken(draft.to.conversation, route.asked)) ? route.asked : undefined;
      const options = { mark: markOf(draft, n), ...(quotes ? { quotes } : {}) };
      const part = parts[n] as string | { rest: string };
      // Saved with the draft as it grows, so that a later attempt does not post a part again.
      const id = await (typeof part === 'string'
        ? api.post(route, part, options)
        : postRest(route, part.rest, options));
      noteOurs(draft, id);
      draft.messages.push(id);
    }
  }

  /** The whole answer as a file; a line in its place where WhatsApp takes none. */
  async function postRest(route: CloudRoute, markdown: string, options: { mark: string }): Promise<string> {
    try {
      return await api.postFile(route, { file: answerFile(markdown), caption: REST_IN_FILE }, options);
    } catch (error) {
      if (!(error instanceof SendError) || PASSING.has(error.kind)) throw error;
      deps.log.warn({ err: error }, 'the rest of a long answer cannot be sent as a file');
      return api.post(route, LEFT_OUT, options);
    }
  }

  /** Before it joins the draft's messages. */
  function noteOurs(draft: Draft, id: string): void {
    sentMessages.noteOurs(id, draft.key);
    sentMessages.notePart(id, draft.messages.length);
  }

  /**
   * Finds what an earlier attempt sent without learning its id, by the statuses that came for it. Parts go out one after
   * another, so only the first may be one whose status is still on its way.
   */
  async function adopt(draft: Draft, parts: number): Promise<void> {
    for (let patience = deps.statusPatienceMs; draft.messages.length < parts; patience = 0) {
      const id = await sentAs(markOf(draft, draft.messages.length), patience);
      if (id === null) break;
      noteOurs(draft, id);
      draft.messages.push(id);
    }
    draft.unverified = false;
  }

  async function sentAs(mark: string, patienceMs: number): Promise<string | null> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const id = await sentMessages.sentAs(mark);
      if (id !== null || performance.now() >= deadline) return id;
      await sleep(LOOK_EVERY_MS);
    }
  }

  async function enrich(messages: InboundMessage[]): Promise<Enriched> {
    const read = messages.map(async (message) => {
      const { text, ...rest } = await deps.withQuote({ ...message, text: readWhatsApp(message.text) }, messages);
      return { ...rest, text: text + (await deps.fileTexts(message)) };
    });
    return { messages: await Promise.all(read), earlier: [] };
  }

  return {
    capabilities: {
      streaming: 'none',
      updateEveryMs: 1_000,
      firstUpdateAfterMs: 0,
      ...(deps.messageUsd > 0 ? { messageUsd: deps.messageUsd } : {}),
    },
    async begin(to, key) {
      typing.begin(routeOf(to), key);
      return { to, key, messages: [], unverified: false, state: {} };
    },
    update: async (draft) => draft,
    finish,
    /** Reading and “typing…” are no messages: the limits on those leave them alone. */
    async showWaiting(draft, waitMs) {
      typing.begin(routeOf(draft.to), draft.key, waitMs);
    },
    enrich,
    download: deps.download,
    close: async () => typing.close(),
  };
}

/** Comes back with every status of the message. */
function markOf(draft: Draft, part: number): string {
  return `${draft.key}:${part}`;
}
