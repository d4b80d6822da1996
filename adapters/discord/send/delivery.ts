/** Which way a message of a reply goes: by the interaction's token while it is good, else into the channel or the thread. */

import { type Draft, SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import type { Api } from '../api.ts';
import type { WhoAmI } from '../identity.ts';
import { type DiscordPiece, fewPieces } from '../render/render.ts';
import { type DiscordRoute, type InteractionRoute, routeOf } from '../route.ts';
import { type createRefusedNote, isForbidden } from './refused.ts';

/** discord.com/developers, "Create Followup Message": five where the app is installed by the user only. */
const MAX_PRIVATE = 6;
const MAX_THREAD_NAME = 90;
/** The token is good no longer, or was never taken. */
const TOKEN_OVER = new Set(['50027', '10015', '10062', '10008']);
/** "Cannot reply without permission to read message history". */
const NO_HISTORY = '160002';
const ARCHIVED = '50083';
/** AutoMod blocks the name of a thread. */
const TITLE_BLOCKED = '200001';
const PLAIN_NAME = 'Question';

/** What the draft keeps between calls, and between workers. */
interface DiscordState {
  /** Digests of what each message shows; empty where that is not known. */
  shown: string[];
  /** The channel that is written in, once it is settled: an opened thread, or the channel where none could be opened. */
  channel?: string;
}

export function stateOf(draft: Draft): DiscordState {
  return draft.state as unknown as DiscordState;
}

export function createDelivery(deps: {
  posts: Api;
  posted: SentMessages;
  whoAmI: WhoAmI;
  note: ReturnType<typeof createRefusedNote>;
  /** Messages of one answer. */
  most: number;
  log: Logger;
}) {
  const { posts, posted, log } = deps;

  const mostFor = (place: DiscordRoute) => (place.kind === 'private' ? Math.min(deps.most, MAX_PRIVATE) : deps.most);

  async function post(draft: Draft, n: number, piece: DiscordPiece): Promise<string> {
    const place = routeOf(draft.to);
    const id = (await byToken(place, n, piece)) ?? (await asBot(draft, place, n, piece));
    // A reply to it, or a reaction, must find its way; if that cannot be noted, the chain is read from Discord.
    const { conversation } = draft.to;
    await Promise.all([posted.note(id, { conversation, user: place.user }), posted.noteLast(conversation, id)]).catch(
      (error) => log.debug({ err: error }, 'a posted message is not noted'),
    );
    return id;
  }

  /** Null: not by a token. Where we are no member it is the only way. @throws SendError */
  async function byToken(place: DiscordRoute, n: number, piece: DiscordPiece): Promise<string | null> {
    const { interaction: token, kind } = place;
    if (!token || (n > 0 && kind !== 'private')) return null;
    if (!isGood(token)) return orGone(kind, new SendError('gone', 'interaction_over', 'the 15 minutes are over'));
    try {
      return n === 0 ? await posts.editByToken(token, '@original', piece, n) : await posts.postByToken(token, piece, n);
    } catch (error) {
      if (error instanceof SendError && TOKEN_OVER.has(error.code)) return orGone(kind, error);
      throw error;
    }
  }

  function orGone(kind: DiscordRoute['kind'], error: SendError): null {
    if (kind === 'private') throw error;
    log.debug({ code: error.code }, 'the interaction is over; answering in the channel');
    return null;
  }

  async function asBot(draft: Draft, place: DiscordRoute, n: number, piece: DiscordPiece): Promise<string> {
    const channel = await settleChannel(draft, place);
    const part = { key: draft.key, n, repliesTo: above(draft, place, channel) };
    try {
      return await posts.post(channel, piece, part);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      if (error.code === NO_HISTORY || isReferenceRefused(error))
        return posts.post(channel, piece, { ...part, repliesTo: null });
      if (!isForbidden(error)) throw error;
      const { interaction: token } = place;
      if (token && isGood(token)) return posts.postByToken(token, piece, n);
      if (piece.file) return asBot(draft, place, n, withoutFile(piece));
      if (place.guild && n === 0) await deps.note(place, draft.key, error);
      throw error;
    }
  }

  /** An edit does not wake an archived thread, as a post does. @throws SendError */
  async function editAsBot(draft: Draft, id: string, n: number, piece: DiscordPiece): Promise<void> {
    const channel = channelOf(draft);
    try {
      await posts.edit(channel, id, piece, n);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      const woken = error.code === ARCHIVED && (await wake(channel));
      if (woken) return posts.edit(channel, id, piece, n);
      if (isForbidden(error)) await deps.note(routeOf(draft.to), draft.key, error);
      throw error;
    }
  }

  /** @throws SendError when Discord is away */
  async function wake(thread: string): Promise<boolean> {
    try {
      await posts.wake(thread);
      return true;
    } catch (error) {
      if (error instanceof SendError && (error.kind === 'gone' || error.kind === 'invalid')) return false;
      throw error;
    }
  }

  /** What the next message replies to: the one before it; the first one to the question. */
  function above(draft: Draft, place: DiscordRoute, channel: string): string | null {
    const before = draft.messages.at(-1);
    if (before) return before;
    // The question stands outside the thread that was opened on it.
    return channel === place.channel ? (place.asked ?? place.interaction?.response ?? null) : null;
  }

  /** Opens the thread if one is wanted; where none can be opened, the answer is a reply in the channel. */
  async function settleChannel(draft: Draft, place: DiscordRoute): Promise<string> {
    const state = stateOf(draft);
    if (!place.open || !place.asked) return place.channel;
    if (state.channel) return state.channel;
    try {
      await openThread(place.channel, place.asked, threadName(place));
      state.channel = place.asked;
    } catch (error) {
      if (!(error instanceof SendError) || (error.kind !== 'gone' && error.kind !== 'invalid')) throw error;
      log.debug({ err: error }, 'no thread can be opened here');
      state.channel = place.channel;
    }
    return state.channel;
  }

  /** @throws SendError */
  async function openThread(channel: string, asked: string, name: string): Promise<void> {
    try {
      await posts.openThread(channel, asked, name);
    } catch (error) {
      if (!(error instanceof SendError) || error.code !== TITLE_BLOCKED || name === PLAIN_NAME) throw error;
      await posts.openThread(channel, asked, PLAIN_NAME);
    }
  }

  function channelOf(draft: Draft): string {
    return stateOf(draft).channel ?? routeOf(draft.to).channel;
  }

  return {
    /** Api the n-th message of a reply, or puts it in the place of "is thinking". @throws SendError */
    post,

    /** @throws SendError */
    async edit(draft: Draft, id: string, n: number, piece: DiscordPiece): Promise<void> {
      const place = routeOf(draft.to);
      const { interaction: token, kind } = place;
      if (token && isGood(token) && (kind === 'private' || n === 0)) {
        try {
          await posts.editByToken(token, id, piece, n);
          return;
        } catch (error) {
          if (kind === 'private' || !(error instanceof SendError && TOKEN_OVER.has(error.code))) throw error;
        }
      }
      await editAsBot(draft, id, n, piece);
    },

    /** @throws SendError unless it is gone already */
    async remove(draft: Draft, id: string): Promise<void> {
      const { interaction: token, kind } = routeOf(draft.to);
      const done = token && kind === 'private' ? posts.removeByToken(token, id) : posts.remove(channelOf(draft), id);
      await done.catch((error) => {
        if (!(error instanceof SendError) || error.kind !== 'gone') throw error;
      });
    },

    /** Messages of this reply beyond those that the draft names. @throws SendError */
    async find(draft: Draft): Promise<string[]> {
      const place = routeOf(draft.to);
      // There nobody but the token reads; its answer is edited, and so never twice.
      if (place.kind === 'private') return [];
      const { botId } = await deps.whoAmI();
      const channel = place.open ? await settleChannel(draft, place) : place.channel;
      const since = draft.messages[0] ?? place.asked ?? place.interaction?.response;
      if (!since) return [];
      const found = await posts.chain(channel, botId, since, above(draft, place, channel));
      const response = place.interaction?.response;
      // The deferred answer is the first message, and the others follow it.
      return response && draft.messages.length === 0 && found.length > 0 && isGood(place.interaction)
        ? [response, ...found]
        : found;
    },

    /** Pieces that the place can take; the whole answer is a file where they are more. */
    fit(place: DiscordRoute, pieces: DiscordPiece[], markdown: string): DiscordPiece[] {
      if (pieces.length === 0 && place.interaction) return [{ content: '…' }];
      return fewPieces(pieces, mostFor(place), markdown);
    },

    /** Those of a growing answer that will stay, however long it gets. */
    fitGrowing(place: DiscordRoute, pieces: DiscordPiece[]): DiscordPiece[] {
      return pieces.slice(0, Math.max(1, mostFor(place) - 1));
    },
  };
}

function isGood(token: InteractionRoute | null): boolean {
  return token !== null && Date.now() < token.until;
}

/** "Create Message": to a system message, for one, nobody can reply. The error names the field. */
function isReferenceRefused({ code, message }: SendError): boolean {
  return code === '50035' && message.includes('message_reference');
}

function withoutFile({ content }: DiscordPiece): DiscordPiece {
  const note = '\n-# I may not attach files here: I need the permission “Attach Files”.';
  return { content: content.slice(0, 2_000 - note.length) + note };
}

/** What was asked, as a thread's name: never empty, at most 100 characters. */
function threadName(place: DiscordRoute): string {
  const title = place.title?.replace(/\s+/g, ' ').trim() ?? '';
  const short = title.length > MAX_THREAD_NAME ? `${Array.from(title).slice(0, MAX_THREAD_NAME).join('')}…` : title;
  return short || PLAIN_NAME;
}
