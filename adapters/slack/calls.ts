/** The Web API calls that make up a reply, each within Slack's limits and the workspace's budget. */
import type { KnownBlock, MessageMetadata } from '@slack/web-api';
import { cutText } from '../../src/text/clean.ts';
import type { Limits } from '../contract.ts';
import { SendError } from '../contract.ts';
import type { SlackApi } from './client.ts';
import { feedbackBlock } from './feedback.ts';
import type { Place } from './place.ts';
import type { SlackPiece } from './render.ts';

/** Marks our messages, so that they are found again when the answer to a call was lost. */
export const METADATA_TYPE = 'chasqui_reply';

/**
 * Calls a minute and workspace (docs.slack.dev, "Rate limits"; each method's page names its tier): chat.startStream and
 * chat.stopStream Tier 2, chat.update and agents.sessions.* Tier 3, chat.appendStream Tier 4.
 */
const BUDGET = { start: 20, update: 50, append: 100, session: 50 } as const;
/** chat.postMessage: about one a second and channel, short bursts allowed. */
const POSTS_A_MINUTE = 60;
const POST_BURST = 5;
/** `text` of chat.update (docs.slack.dev, "chat.update": 4,000 characters); only notifications show it here. */
const FALLBACK_CHARS = 3_000;

export interface Part {
  /** The turn's id. */
  key: string;
  /** Which of the reply's messages this is, from 0. */
  part: number;
  feedback: boolean;
}

export type Calls = ReturnType<typeof createCalls>;

/** Every call throws a `SendError`; `rate-limited` also when our own budget is spent. */
export function createCalls(deps: { api: SlackApi; limits: Limits }) {
  const { api, limits } = deps;

  /** True if the workspace's budget for this kind of call has room; takes one. */
  async function mayCall(kind: keyof typeof BUDGET, place: Place): Promise<boolean> {
    return (await limits.take(`${kind}:${place.team}`, BUDGET[kind])) === 0;
  }

  return {
    mayCall,

    async post(place: Place, piece: SlackPiece, part: Part): Promise<string> {
      const wait = await limits.take(`post:${place.channel}`, POSTS_A_MINUTE, POST_BURST);
      if (wait > 0) throw new SendError('rate-limited', 'paced', 'one post a second', { retryAfterMs: wait });
      const answer = await api.call('chat.postMessage', (client) =>
        client.chat.postMessage({
          channel: place.channel,
          ...(place.thread ? { thread_ts: place.thread } : {}),
          ...content(piece, part),
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return answer.ts as string;
    },

    async update(place: Place, ts: string, piece: SlackPiece, part: Part): Promise<void> {
      await api.call('chat.update', (client) =>
        client.chat.update({ channel: place.channel, ts, ...content(piece, part) }),
      );
    },

    async startStream(place: Place, markdown: string): Promise<string> {
      const answer = await api.call('chat.startStream', (client) =>
        client.chat.startStream({
          channel: place.channel,
          thread_ts: place.thread as string,
          markdown_text: markdown,
          recipient_user_id: place.user,
          recipient_team_id: place.team,
        }),
      );
      return answer.ts as string;
    },

    async appendStream(place: Place, ts: string, markdown: string): Promise<void> {
      await api.call('chat.appendStream', (client) =>
        client.chat.appendStream({ channel: place.channel, ts, markdown_text: markdown }),
      );
    },

    /** Ends a stream; the session's status becomes `active` with it (docs.slack.dev, "chat.stopStream"). */
    async stopStream(place: Place, ts: string, markdown: string, part: Part): Promise<void> {
      await api.call('chat.stopStream', (client) =>
        client.chat.stopStream({
          channel: place.channel,
          ts,
          ...(markdown ? { markdown_text: markdown } : {}),
          ...(part.feedback ? { blocks: [feedbackBlock()] } : {}),
          metadata: metadataOf(part),
        }),
      );
    },

    /**
     * Our own messages in this place since the question, oldest first: `part` by the key they carry, null for a message
     * that carries none (a stream that is still open).
     */
    async ownMessages(
      place: Place,
      me: { userId: string },
      key: string,
    ): Promise<{ ts: string; part: number | null }[]> {
      const { channel, thread, asked } = place;
      const common = { channel, oldest: asked, include_all_metadata: true, limit: 200 };
      const answer = thread
        ? await api.call('conversations.replies', (client) => client.conversations.replies({ ...common, ts: thread }))
        : await api.call('conversations.history', (client) => client.conversations.history(common));
      const own = (answer.messages ?? []).filter((message) => message.user === me.userId && (message.ts ?? '') > asked);
      return own
        .map((message) => ({ ts: message.ts as string, part: partOf(message.metadata as MessageMetadata, key) }))
        .filter((message): message is { ts: string; part: number | null } => message.part !== undefined)
        .sort((a, b) => (a.ts < b.ts ? -1 : 1));
    },
  };
}

function content(piece: SlackPiece, part: Part): { text: string; blocks: KnownBlock[]; metadata: MessageMetadata } {
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
function partOf(metadata: MessageMetadata | undefined, key: string): number | null | undefined {
  if (!metadata?.event_type) return null;
  const { event_type, event_payload } = metadata;
  if (event_type !== METADATA_TYPE || event_payload?.key !== key) return undefined;
  return Number(event_payload.part);
}
