/**
 * How a reply gets into Slack: streamed while the workspace's budget lasts, else whole, or posted and edited when it is
 * slow. However it began, `finish` brings what is there to exactly the final text.
 */
import type { Draft, Reply, Sender } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { REST_IN_FILE, REST_LEFT_OUT } from '../../src/markdown/limit-messages.ts';
import type { SentMessages } from '../kit/sent-messages.ts';
import type { Part, SlackApi } from './api.ts';
import type { WhoAmI } from './identity.ts';
import { plainPieces } from './render/plain.ts';
import { renderSlack, type SlackPiece, streamPieces } from './render/render.ts';
import { routeOf, type SlackRoute, toAddress } from './route.ts';
import {
  continues,
  isStreamOver,
  restate,
  type SlackState,
  shown,
  stateOf,
  unsureOf,
  withState,
} from './send/draft.ts';
import type { createEnrich } from './send/enrich.ts';
import type { Overflow } from './send/overflow.ts';
import type { SessionStatus } from './send/session-status.ts';

/** Between two updates of one reply: three streams at once then stay inside Tier 4's 100 appends a minute for a while. */
const UPDATE_EVERY_MS = 800;
/** A reply that is whole by then is posted in one call; else its beginning can be seen within 100 ms of the first word. */
const FIRST_UPDATE_AFTER_MS = 60;
/** Without a stream, nothing is shown before this; then it is posted and edited. */
const SLOW_AFTER_MS = 6_000;
const EDIT_EVERY_MS = 3_000;

/** Of a text that grows, more than the first message can hold: what follows is not looked at again with each update. */
const FIRST_MESSAGE = 30_000;

export function createSlackSender(deps: {
  api: SlackApi;
  status: SessionStatus;
  sentMessages: SentMessages;
  whoAmI: WhoAmI;
  overflow: Overflow;
  enrich: ReturnType<typeof createEnrich>;
  download: Sender['download'];
  /** `most`: messages of one answer. */
  settings: { streaming: boolean; feedback: boolean; most: number };
  log: Logger;
}): Sender {
  const { api, status, sentMessages, whoAmI, overflow, settings, log } = deps;

  async function begin(to: Draft['to'], key: string): Promise<Draft> {
    status.begin(routeOf(to), key);
    return { to, key, messages: [], unverified: false, state: { since: Date.now() } };
  }

  async function update(draft: Draft, markdown: string): Promise<Draft> {
    const route = routeOf(draft.to);
    if (draft.unverified) await adopt(draft, route);
    const state = stateOf(draft);
    // A stream is one message; what does not fit into it is posted at the end.
    const [text] = streamPieces(markdown.slice(0, FIRST_MESSAGE));
    if (!text) return draft;
    const fresh = !state.mode && !state.unstreamed && draft.messages.length === 0;
    if (fresh && settings.streaming && route.thread && (await api.mayCall('start', route))) {
      const ts = await startStream(draft, route, text);
      if (ts) return began(draft, route, ts, { ...state, mode: 'stream', ...shown(text) });
    }
    return state.mode === 'stream' ? append(draft, route, text) : edit(draft, route, markdown);
  }

  /** The first of the answer can be seen. */
  function began(draft: Draft, route: SlackRoute, ts: string, state: SlackState): Draft {
    // In the background: only the stop by a reaction hangs on it.
    sentMessages
      .note(`${route.channel}:${ts}`, { conversation: draft.to.conversation, user: route.user })
      .catch((error) => log.debug({ err: error }, 'could not note a growing answer'));
    return withState(draft, state, [ts]);
  }

  /** Null: Slack does not stream here; the reply is shown by other means. */
  async function startStream(draft: Draft, route: SlackRoute, text: string): Promise<string | null> {
    try {
      return await api.startStream(route, text);
    } catch (error) {
      if (!(error instanceof SendError) || (error.kind !== 'invalid' && error.kind !== 'rate-limited')) throw error;
      if (error.kind === 'invalid') stateOf(draft).unstreamed = true;
      return null;
    }
  }

  async function append(draft: Draft, route: SlackRoute, text: string): Promise<Draft> {
    const state = stateOf(draft);
    const ts = draft.messages[0] as string;
    if (!continues(text, state)) {
      // Another text than the one that is shown (a new attempt): Slack can only append, so the stream ends here.
      await endStream(route, ts, '', partOf(draft, 0, false));
      return edit(withState(draft, { since: state.since, mode: 'edit' }), route, text);
    }
    const more = text.slice(state.shown);
    if (more === '' || !(await api.mayCall('append', route))) return draft;
    try {
      await api.appendStream(route, ts, more);
    } catch (error) {
      // Slack closed it: idle for minutes, or the person pressed stop. `finish` brings the rest.
      if (!isStreamOver(error)) throw unsureOf(draft, error);
      return withState(draft, { since: state.since, mode: 'edit' });
    }
    return withState(draft, { ...state, ...shown(text) });
  }

  async function edit(draft: Draft, route: SlackRoute, markdown: string): Promise<Draft> {
    const state = stateOf(draft);
    const now = Date.now();
    const early =
      state.mode === 'edit' ? now < (state.editedAt ?? 0) + EDIT_EVERY_MS : now < state.since + SLOW_AFTER_MS;
    const [piece] = early ? [] : renderSlack(markdown.slice(0, FIRST_MESSAGE));
    if (!piece) return draft;
    const next = { since: state.since, mode: 'edit' as const, editedAt: now };
    const [ts] = draft.messages;
    if (ts === undefined) return began(draft, route, await api.post(route, piece, partOf(draft, 0, false)), next);
    if (await api.mayCall('update', route)) await api.update(route, ts, piece, partOf(draft, 0, false));
    return withState(draft, next);
  }

  async function finish(draft: Draft, reply: Reply): Promise<void> {
    const route = routeOf(draft.to);
    if (draft.unverified) await adopt(draft, route);
    const plain = reply.plain === true;
    const render = plain ? plainPieces : renderSlack;
    let pieces = render(reply.markdown);
    let file: string | undefined;
    if (pieces.length > settings.most) {
      // Known before the parts are posted, since the last of them says where the rest is.
      file = await overflow.prepare(draft, reply.markdown);
      pieces = render(reply.markdown, settings.most, file === undefined ? REST_LEFT_OUT : REST_IN_FILE);
    }
    const feedback = !plain && settings.feedback && reply.outcome === 'answered' && reply.model !== undefined;
    let clearedAt: number | undefined;
    for (const [n, piece] of pieces.entries()) {
      const part = { ...partOf(draft, n, feedback && n === pieces.length - 1), plain };
      const ts = draft.messages[n];
      // Saved with the draft as it grows, so that a later attempt does not post a part again.
      if (ts === undefined) draft.messages.push(await api.post(route, piece, part));
      else if (n === 0 && stateOf(draft).mode === 'stream') {
        const at = performance.now();
        if (await closeStream(draft, route, piece, part)) clearedAt = at;
      } else draft.messages[n] = await api.revise(route, ts, piece, part);
    }
    if (file !== undefined && !(await overflow.share(draft, route, file))) {
      const n = pieces.length - 1;
      const piece = render(reply.markdown, settings.most, REST_LEFT_OUT)[n] as SlackPiece;
      draft.messages[n] = await api.revise(route, draft.messages[n] as string, piece, {
        ...partOf(draft, n, feedback),
        plain,
      });
    }
    await status.end(route, draft.key, {
      ...(clearedAt === undefined ? {} : { clearedAt }),
      ...(reply.title ? { title: reply.title } : {}),
    });
  }

  /** Appends what is missing and closes; where that cannot be, closes and edits. True if the stop was ours. */
  async function closeStream(draft: Draft, route: SlackRoute, piece: SlackPiece, part: Part): Promise<boolean> {
    const state = stateOf(draft);
    const ts = draft.messages[0] as string;
    const exact = !part.plain && continues(piece.markdown, state);
    const rest = exact ? piece.markdown.slice(state.shown) : '';
    try {
      const stopped = await endStream(route, ts, rest, part);
      if (!stopped || !exact) draft.messages[0] = await api.revise(route, ts, piece, part);
      restate(draft, 'edit');
      return stopped;
    } catch (error) {
      throw unsureOf(draft, error);
    }
  }

  /** False: Slack had closed it already. */
  async function endStream(route: SlackRoute, ts: string, rest: string, part: Part): Promise<boolean> {
    try {
      await api.stopStream(route, ts, rest, part);
      return true;
    } catch (error) {
      if (isStreamOver(error)) return false;
      throw error;
    }
  }

  /** Finds what an earlier attempt posted without living to save it. A message without our mark is a stream left open. */
  async function adopt(draft: Draft, route: SlackRoute): Promise<void> {
    status.resumed(draft.key);
    const found = await api.ownMessages(route, await whoAmI(), draft.key);
    const stream = found.find((message) => message.part === null);
    for (const { ts, part } of found) if (typeof part === 'number') draft.messages[part] = ts;
    if (draft.messages[0] === undefined && stream) draft.messages[0] = stream.ts;
    const first = found.find(({ ts }) => ts === draft.messages[0]);
    // What has a mark is no stream, or none any more. What a stream shows is not known: more than was saved, perhaps.
    if (first) restate(draft, first.part === null ? 'stream' : 'edit');
    if (found.some(({ part }) => part === 'file')) overflow.found(draft);
    draft.messages = draft.messages.filter((ts) => ts !== undefined);
    draft.unverified = false;
  }

  return {
    capabilities: {
      streaming: settings.streaming ? 'native' : 'edit',
      updateEveryMs: UPDATE_EVERY_MS,
      firstUpdateAfterMs: FIRST_UPDATE_AFTER_MS,
    },
    begin,
    update,
    finish,
    enrich: deps.enrich,
    download: deps.download,
    async noticeTo(channel, since) {
      const { teamId: team } = await whoAmI();
      return toAddress({ team, channel, thread: null, user: '', asked: (since / 1_000).toFixed(6) });
    },
    showWaiting: async (draft) => status.waiting(routeOf(draft.to), draft.key),
    close: async () => status.close(),
  };
}

function partOf(draft: Draft, part: number, feedback: boolean): Part {
  return { key: draft.key, part, feedback };
}
