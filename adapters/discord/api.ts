/** The calls that make up a reply, by the two ways there are: as the bot in a channel, and by an interaction's token. */
import { createHash } from 'node:crypto';
import type { Limits } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import { type Budget, hasRoom, throttle } from '../kit/throttle.ts';
import type { DiscordApi } from './client.ts';
import { type DiscordMessage, repliedTo } from './receive/normalize.ts';
import type { DiscordPiece } from './render/render.ts';
import { isLater } from './route.ts';

/**
 * About five posts and five edits in five seconds a channel, shared with nobody but our own processes
 * (discord.com/developers, "Rate Limits": to be read from the headers; seen for years). A bucket of 36 a minute and two at
 * once stays inside it in every five seconds.
 */
const CALLS_A_MINUTE = 36;
const BURST = { posts: 2, edits: 1 } as const;
/** discord.com/developers, "Message", section "Message flags": links show no previews. */
const SUPPRESS_EMBEDS = 4;
const DEFAULT = 0;

/** One message of a reply. */
export interface Part {
  /** The turn's id. */
  key: string;
  /** Which of the reply's messages, from 0. */
  n: number;
  /** The message that it replies to. */
  repliesTo: string | null;
}

export interface Token {
  app: string;
  token: string;
}

export type Api = ReturnType<typeof createApi>;

/** Every call throws a `SendError`. */
export function createApi(deps: { api: DiscordApi; limits: Limits }) {
  const { api, limits } = deps;

  return {
    /** Takes one call if the channel has room for it. */
    hasRoom: (kind: keyof typeof BURST, channel: string): Promise<boolean> => hasRoom(limits, budgetOf(kind, channel)),

    /** Takes one post. @throws SendError `rate-limited` when the channel has no room for it */
    throttle: (channel: string): Promise<void> => throttle(limits, budgetOf('posts', channel)),

    /** Within minutes, the same part is posted once: Discord then answers with the first ("Create Message", enforce_nonce). */
    async post(channel: string, piece: DiscordPiece, part: Part): Promise<string> {
      const made = await api.call<DiscordMessage>('POST', `/channels/${channel}/messages`, {
        ...withFile(piece, {
          ...content(piece, part.n),
          nonce: nonceOf(part),
          enforce_nonce: true,
          ...(part.repliesTo ? { message_reference: { message_id: part.repliesTo, fail_if_not_exists: false } } : {}),
        }),
      });
      return made.id;
    },

    async edit(channel: string, id: string, piece: DiscordPiece, n: number): Promise<void> {
      await api.call('PATCH', `/channels/${channel}/messages/${id}`, withFile(piece, content(piece, n), true));
    },

    async remove(channel: string, id: string): Promise<void> {
      await api.call('DELETE', `/channels/${channel}/messages/${id}`);
    },

    async postByToken({ app, token }: Token, piece: DiscordPiece, n: number): Promise<string> {
      const request = withFile(piece, content(piece, n));
      return (await api.call<DiscordMessage>('POST', `/webhooks/${app}/${token}`, { ...request, auth: false })).id;
    },

    /** @param id `@original` for the deferred answer. @returns its real id */
    async editByToken({ app, token }: Token, id: string, piece: DiscordPiece, n: number): Promise<string> {
      const request = withFile(piece, content(piece, n), true);
      const path = `/webhooks/${app}/${token}/messages/${id}` as const;
      return (await api.call<DiscordMessage>('PATCH', path, { ...request, auth: false })).id;
    },

    async removeByToken({ app, token }: Token, id: string): Promise<void> {
      await api.call('DELETE', `/webhooks/${app}/${token}/messages/${id}`, { auth: false });
    },

    /**
     * Our messages that follow each other as replies, beginning with the one that replies to `first`; null: with our
     * first that replies to nothing. Oldest first; read from what stands after `since`.
     */
    async chain(channel: string, me: string, since: string, first: string | null): Promise<string[]> {
      const found = await api.call<DiscordMessage[]>('GET', `/channels/${channel}/messages`, {
        query: { after: since, limit: '100' },
      });
      const own = found.filter(({ author }) => author?.id === me).sort((a, b) => (isLater(a.id, b.id) ? 1 : -1));
      const ids: string[] = [];
      for (let above = first, next: DiscordMessage | undefined; ; above = next.id) {
        next = own.find((message) =>
          above === null
            ? (message.type ?? DEFAULT) === DEFAULT && repliedTo(message) === null
            : repliedTo(message) === above,
        );
        if (!next) return ids;
        ids.push(next.id);
      }
    },

    /** An archived thread takes no edits ("Threads"); whoever may write there may wake it, unless a moderator locked it. */
    async wake(thread: string): Promise<void> {
      await api.call('PATCH', `/channels/${thread}`, { body: { archived: false } });
    },

    /** Opens a thread on a message; its id is the message's ("Start Thread from Message"). */
    async openThread(channel: string, message: string, name: string): Promise<void> {
      try {
        await api.call('POST', `/channels/${channel}/messages/${message}/threads`, { body: { name } });
      } catch (error) {
        // 160004: it is there already.
        if (!(error instanceof SendError && error.code === '160004')) throw error;
      }
    },
  };
}

function budgetOf(kind: keyof typeof BURST, channel: string): Budget {
  return { bucket: `${kind}:${channel}`, perMinute: CALLS_A_MINUTE, burst: BURST[kind] };
}

/** Only the person answered may be notified, whatever the text says; notified once, not by every part. */
function content(piece: DiscordPiece, n: number) {
  return { content: piece.content, flags: SUPPRESS_EMBEDS, allowed_mentions: { parse: [], replied_user: n === 0 } };
}

/** @param replaces an edit: files that are not named go */
function withFile(piece: DiscordPiece, body: object, replaces = false) {
  if (!piece.file) return { body: replaces ? { ...body, attachments: [] } : body };
  const { name, text } = piece.file;
  return {
    body: { ...body, attachments: [{ id: '0', filename: name }] },
    files: [{ name, data: Buffer.from(text), contentType: 'text/plain; charset=utf-8' }],
  };
}

/** At most 25 characters. */
export function nonceOf({ key, n }: Pick<Part, 'key' | 'n'>): string {
  return createHash('sha256').update(`${key}:${n}`).digest('base64url').slice(0, 25);
}
