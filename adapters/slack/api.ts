/** The Web API calls that make up a reply, each within Slack's limits and the workspace's budget. */
import type { KnownBlock, MessageMetadata, WebClient } from '@slack/web-api';
import type { Limits } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import { cutText } from '../../src/text/clean.ts';
import { hasRoom, throttle } from '../kit/throttle.ts';
import { createWaits } from '../kit/waits.ts';
import type { SlackClient } from './client.ts';
import type { SlackPiece } from './render/render.ts';
import type { SlackRoute } from './route.ts';
import { feedbackBlock } from './send/feedback.ts';
import { overflowName } from './send/overflow.ts';

/** Marks our messages, so that they are found again when the answer to a call was lost. */
export const METADATA_TYPE = 'chasqui_reply';

/**
 * SlackApi a minute and workspace (docs.slack.dev, "Rate limits"; each method's page names its tier): chat.startStream and
 * chat.stopStream Tier 2, chat.update and agents.sessions.* Tier 3, chat.appendStream Tier 4.
 */
const BUDGET = { start: 20, update: 50, append: 100, session: 50 } as const;
const METHODS: { [kind in keyof typeof BUDGET]?: string } = {
  start: 'chat.startStream',
  update: 'chat.update',
  append: 'chat.appendStream',
};
/** chat.postMessage: about one a second and channel, short bursts allowed. */
const POSTS = { perMinute: 60, burst: 5 };
/** `text` of chat.update (docs.slack.dev, "chat.update": 4,000 characters); only notifications show it here. */
const FALLBACK_CHARS = 3_000;

/** "chat.update": too old for the workspace's rule, or deleted meanwhile. */
const UNEDITABLE = new Set(['edit_window_closed', 'cant_update_message', 'message_not_found']);

export interface Part {
  /** The turn's id. */
  key: string;
  /** Which of the reply's messages this is, from 0. */
  part: number;
  feedback: boolean;
  /** `text` alone, without blocks: Slack refused them. */
  plain?: boolean;
}

/** Which message of a reply one of ours is. */
type OwnPart = number | 'file' | null;

export type SlackApi = ReturnType<typeof createSlackApi>;

/** Every call throws a `SendError`; `rate-limited` also when our own budget is spent. */
export function createSlackApi(deps: { client: SlackClient; limits: Limits }) {
  const { client, limits } = deps;

  /** By method, in one channel or workspace. */
  const waits = createWaits('Slack');

  const call = <T>(method: string, scope: string, run: (client: WebClient) => Promise<T>): Promise<T> =>
    waits.call(`${method}:${scope}`, () => client.call(method, run));

  /** True if the workspace's budget for this kind of call has room, and Slack has not asked to wait; takes one. */
  async function mayCall(kind: keyof typeof BUDGET, route: SlackRoute): Promise<boolean> {
    const method = METHODS[kind];
    if (method && waits.left(`${method}:${route.team}`) > 0) return false;
    return hasRoom(limits, { bucket: `${kind}:${route.team}`, perMinute: BUDGET[kind] });
  }

  return {
    mayCall,

    async post(route: SlackRoute, piece: SlackPiece, part: Part): Promise<string> {
      await throttle(limits, { bucket: `post:${route.channel}`, ...POSTS });
      const answer = await call('chat.postMessage', route.channel, (client) =>
        client.chat.postMessage({
          channel: route.channel,
          ...(route.thread ? { thread_ts: route.thread } : {}),
          ...content(piece, part),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return answer.ts as string;
    },

    async update(route: SlackRoute, ts: string, piece: SlackPiece, part: Part): Promise<void> {
      await call('chat.update', route.team, (client) =>
        client.chat.update({ channel: route.channel, ts, ...content(piece, part) }),
      );
    },

    /** Edits a message; where that cannot be done any more, the part is posted anew. @returns its `ts` */
    async revise(route: SlackRoute, ts: string, piece: SlackPiece, part: Part): Promise<string> {
      try {
        await this.update(route, ts, piece, part);
        return ts;
      } catch (error) {
        if (!(error instanceof SendError && UNEDITABLE.has(error.code))) throw error;
        return this.post(route, piece, part);
      }
    },

    async startStream(route: SlackRoute, markdown: string): Promise<string> {
      const answer = await call('chat.startStream', route.team, (client) =>
        client.chat.startStream({
          channel: route.channel,
          thread_ts: route.thread as string,
          markdown_text: markdown,
          recipient_user_id: route.user,
          recipient_team_id: route.team,
        }),
      );
      return answer.ts as string;
    },

    async appendStream(route: SlackRoute, ts: string, markdown: string): Promise<void> {
      await call('chat.appendStream', route.team, (client) =>
        client.chat.appendStream({ channel: route.channel, ts, markdown_text: markdown }),
      );
    },

    /** Ends a stream; the session's status becomes `active` with it (docs.slack.dev, "chat.stopStream"). */
    async stopStream(route: SlackRoute, ts: string, markdown: string, part: Part): Promise<void> {
      await call('chat.stopStream', route.team, (client) =>
        client.chat.stopStream({
          channel: route.channel,
          ts,
          ...(markdown ? { markdown_text: markdown } : {}),
          ...(part.feedback ? { blocks: [feedbackBlock()] } : {}),
          metadata: metadataOf(part),
        }),
      );
    },

    /**
     * Our own messages in this place since the question, oldest first: `part` by the key they carry, null for a message
     * that carries none (a stream that is still open), `file` for the file of a long answer.
     */
    async ownMessages(
      route: SlackRoute,
      me: { userId: string },
      key: string,
    ): Promise<{ ts: string; part: OwnPart }[]> {
      const { channel, thread, asked } = route;
      const common = { channel, oldest: asked, include_all_metadata: true, limit: 200 };
      const answer = thread
        ? await client.call('conversations.replies', (client) =>
            client.conversations.replies({ ...common, ts: thread }),
          )
        : await client.call('conversations.history', (client) => client.conversations.history(common));
      const own = (answer.messages ?? []).filter((message) => message.user === me.userId && (message.ts ?? '') > asked);
      return own
        .map((message) => ({ ts: message.ts as string, part: partOf(message, key) }))
        .filter((message): message is { ts: string; part: OwnPart } => message.part !== undefined)
        .sort((a, b) => (a.ts < b.ts ? -1 : 1));
    },
  };
}

function content(piece: SlackPiece, part: Part): { text: string; blocks: KnownBlock[]; metadata: MessageMetadata } {
  // The empty list takes away the blocks that an edited message had.
  if (part.plain) return { text: piece.text, blocks: [], metadata: metadataOf(part) };
  return {
    text: cutText(piece.text, FALLBACK_CHARS),
    blocks: [{ type: 'markdown', text: piece.markdown }, ...(part.feedback ? [feedbackBlock()] : [])],
    metadata: metadataOf(part),
  };
}

function metadataOf({ key, part }: Part): MessageMetadata {
  return { event_type: METADATA_TYPE, event_payload: { key, part } };
}

/** Undefined: another turn's message, or a note. */
function partOf(message: { metadata?: unknown; files?: { name?: string }[] }, key: string): OwnPart | undefined {
  if (message.files?.length) return message.files.some(({ name }) => name === overflowName(key)) ? 'file' : undefined;
  const metadata = message.metadata as MessageMetadata | undefined;
  if (!metadata?.event_type) return null;
  const { event_type, event_payload } = metadata;
  if (event_type !== METADATA_TYPE || event_payload?.key !== key) return undefined;
  return Number(event_payload.part);
}
