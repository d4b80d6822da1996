/**
 * How a reply gets into Discord: typing until there is text, then a message that grows by edits as fast as the channel's
 * limits allow, continued in further ones. However it began, `finish` brings what is there to exactly the final text.
 */
import { createHash } from 'node:crypto';
import { type Draft, type Reply, SendError, type Sender } from '../../src/contract/index.ts';
import { isPassing } from '../kit/retry.ts';
import type { Api } from './api.ts';
import { plainDiscord } from './render/plain.ts';
import { type DiscordPiece, renderDiscord, streamDiscord } from './render/render.ts';
import { noticeAddress, routeOf } from './route.ts';
import { type createDelivery, stateOf } from './send/delivery.ts';
import { type Names, withNames } from './send/names.ts';
import type { DiscordTyping } from './send/typing.ts';
import type { Waiting } from './send/waiting.ts';

/** Between two updates of one reply; the channel's bucket has one every 1.7 s. */
const UPDATE_EVERY_MS = 1_700;
/** A reply that is whole by then is posted in one call. */
const FIRST_UPDATE_AFTER_MS = 100;

export function createDiscordSender(deps: {
  posts: Api;
  delivery: ReturnType<typeof createDelivery>;
  typing: DiscordTyping;
  names: Names;
  waiting: Waiting;
  enrich: Sender['enrich'];
  download: Sender['download'];
  settings: { streaming: boolean };
}): Sender {
  const { posts, delivery, typing, waiting, settings } = deps;
  /** Turns that show the sign of a long wait. */
  const waits = new Set<string>();

  /** A deferred interaction says "is thinking" by itself. */
  function showTyping(to: Draft['to'], key: string): void {
    const { interaction, channel } = routeOf(to);
    if (!interaction) typing.begin(channel, key);
  }

  async function begin(to: Draft['to'], key: string): Promise<Draft> {
    showTyping(to, key);
    return { to, key, messages: [], unverified: false, state: { shown: [] } };
  }

  /** One call at most: the last message as far as it goes, or the next one. */
  async function update(draft: Draft, markdown: string): Promise<Draft> {
    if (!settings.streaming) return draft;
    if (draft.unverified) await adopt(draft);
    const place = routeOf(draft.to);
    const pieces = delivery.fitGrowing(place, streamDiscord(await withNames(deps.names, markdown, place)));
    const last = Math.min(draft.messages.length, pieces.length) - 1;
    const next = last >= 0 && isShown(draft, last, pieces[last] as DiscordPiece) ? last + 1 : Math.max(0, last);
    const piece = pieces[next];
    if (!piece) return draft;
    const kind = next < draft.messages.length ? 'edits' : 'posts';
    if (!(await posts.hasRoom(kind, place.channel))) return draft;
    await show(draft, next, piece);
    return draft;
  }

  async function finish(draft: Draft, reply: Reply): Promise<void> {
    // Another worker may have shown it.
    if (draft.unverified) waits.add(draft.key);
    if (draft.unverified) await adopt(draft);
    const place = routeOf(draft.to);
    const markdown = await withNames(deps.names, reply.markdown, place);
    const pieces = delivery.fit(place, (reply.plain ? plainDiscord : renderDiscord)(markdown), markdown);
    for (const [n, piece] of pieces.entries()) {
      if (isShown(draft, n, piece)) continue;
      if (n >= draft.messages.length) await posts.throttle(place.channel);
      await show(draft, n, piece);
    }
    // Another text than the one that was shown may need fewer messages.
    for (let id = draft.messages[pieces.length]; id !== undefined; id = draft.messages[pieces.length]) {
      await delivery.remove(draft, id);
      draft.messages.splice(pieces.length, 1);
    }
    await end(draft);
  }

  /** Nothing more is being written. */
  async function end(draft: Draft): Promise<void> {
    await typing.end(draft.key);
    if (waits.delete(draft.key)) await waiting.hide(draft);
  }

  /** Api or edits the n-th message. What a failed call left there is unknown, and is written again. */
  async function show(draft: Draft, n: number, piece: DiscordPiece): Promise<void> {
    const { shown } = stateOf(draft);
    const id = draft.messages[n];
    shown[n] = '';
    // First: an indicator that overtakes the message would be shown after it.
    await typing.end(draft.key);
    try {
      if (id === undefined) draft.messages[n] = await delivery.post(draft, n, piece);
      else await delivery.edit(draft, id, n, piece);
    } catch (error) {
      if (error instanceof SendError && error.kind === 'rate-limited') showTyping(draft.to, draft.key);
      throw error;
    }
    shown[n] = digestOf(piece);
  }

  /** Finds what an earlier attempt posted without living to save it. */
  async function adopt(draft: Draft): Promise<void> {
    draft.messages.push(...(await delivery.find(draft)));
    draft.unverified = false;
  }

  return {
    capabilities: {
      streaming: settings.streaming ? 'edit' : 'none',
      updateEveryMs: UPDATE_EVERY_MS,
      firstUpdateAfterMs: FIRST_UPDATE_AFTER_MS,
    },
    begin,
    update,
    async finish(draft, reply) {
      try {
        return await finish(draft, reply);
      } catch (error) {
        // What has to wait a moment is still being written.
        if (!isPassing(error)) await end(draft);
        else if ((error as SendError).kind !== 'rate-limited') await typing.end(draft.key);
        throw error;
      }
    },
    async showWaiting(draft, waitMs) {
      if (waits.has(draft.key)) return;
      waits.add(draft.key);
      await waiting.show(draft, waitMs);
    },
    enrich: deps.enrich,
    download: deps.download,
    noticeTo: async (channel) => noticeAddress(channel),
    close: async () => typing.close(),
  };
}

function isShown(draft: Draft, n: number, piece: DiscordPiece): boolean {
  return draft.messages[n] !== undefined && stateOf(draft).shown[n] === digestOf(piece);
}

function digestOf(piece: DiscordPiece): string {
  return createHash('sha1').update(JSON.stringify(piece)).digest('base64url').slice(0, 12);
}
