/** What was said before we were called in: in a thread its beginning and the newest messages, in a channel the replies above. */
import type { InboundMessage } from '../../../src/contract/index.ts';
import type { DiscordApi } from '../client.ts';
import type { WhoAmI } from '../identity.ts';
import { readAbove, readMessage } from '../receive/chain.ts';
import { attachmentsOf, textOf } from '../receive/content.ts';
import { type DiscordMessage, nameOf } from '../receive/normalize.ts';
import { type DiscordRoute, isLater, routeOf, timeOf } from '../route.ts';

const MOST = 20;
/** discord.com/developers, "Message types": the first message of a thread, which shows the one that it was opened on. */
const THREAD_STARTER = 21;
const WRITTEN = new Set([0, 19]);

export interface Earlier {
  /** All that stood there before, ours as well, oldest first. */
  found: DiscordMessage[];
  /** What people and other apps wrote of it. */
  messages: InboundMessage[];
  /** Names of the people whom it mentions. */
  names: DiscordRoute['names'];
  /** The title of a forum's post, where the asking message is its first one: half of the question stands in it. */
  title: string | null;
}

/** @throws SendError */
export async function readEarlier(deps: { api: DiscordApi; whoAmI: WhoAmI }, first: InboundMessage): Promise<Earlier> {
  const place = routeOf(first.to);
  if (isPost(first.id, place))
    return { found: [], messages: [], names: {}, title: await titleOf(deps.api, place.channel) };
  const found = place.kind === 'thread' ? await thread(deps.api, place, first.id) : await replies(deps.api, place);
  const { botId } = await deps.whoAmI();
  const said = found.filter(({ author, type }) => author && author.id !== botId && WRITTEN.has(type ?? 0));
  const mentioned = said.flatMap((message) => message.mentions ?? []);
  return {
    found,
    messages: said.map((message) => toEarlier(message, first)),
    names: Object.fromEntries(mentioned.map((user) => [user.id, nameOf(user, user.member) ?? user.id])),
    title: null,
  };
}

/** The first message of a forum's post has the id of the post, which is a thread ("Threads", section "Forums"). */
function isPost(id: string, { kind, channel }: DiscordRoute): boolean {
  return kind === 'thread' && id === channel;
}

async function titleOf(api: DiscordApi, post: string): Promise<string | null> {
  return (await api.call<{ name?: string }>('GET', `/channels/${post}`)).name ?? null;
}

async function thread(api: DiscordApi, place: DiscordRoute, asked: string): Promise<DiscordMessage[]> {
  const path = `/channels/${place.channel}/messages` as const;
  const newest = await api.call<DiscordMessage[]>('GET', path, { query: { before: asked, limit: String(MOST) } });
  const oldestFirst = newest.sort((a, b) => (isLater(a.id, b.id) ? 1 : -1));
  const starter = oldestFirst.find((message) => message.type === THREAD_STARTER)?.referenced_message;
  const beginning = starter ?? (await beginningOf(api, place.channel));
  const rest = oldestFirst.filter((message) => message.id !== beginning?.id);
  return beginning && beginning.id !== asked ? [beginning, ...rest.slice(1 - MOST)] : rest;
}

/** The message that a thread was opened on stands in the channel above it; a forum's post in the thread itself. */
async function beginningOf(api: DiscordApi, channel: string): Promise<DiscordMessage | null> {
  const post = await readMessage(api, channel, channel);
  const { parent_id: parent, name } = await api.call<{ parent_id?: string | null; name?: string }>(
    'GET',
    `/channels/${channel}`,
  );
  if (post) return { ...post, content: withTitle(name ?? null, post.content ?? '') };
  return parent ? readMessage(api, parent, channel) : null;
}

/** What somebody asks in a forum: the title, and what stands below it. */
export function withTitle(title: string | null, text: string): string {
  return [title, text].filter(Boolean).join('\n\n');
}

async function replies(api: DiscordApi, place: DiscordRoute): Promise<DiscordMessage[]> {
  if (place.kind !== 'chain' || !place.repliesTo) return [];
  const found: DiscordMessage[] = [];
  let at = await readMessage(api, place.channel, place.repliesTo);
  while (at && found.length < MOST) {
    found.unshift(at);
    at = await readAbove(api, at);
  }
  return found;
}

function toEarlier(message: DiscordMessage, first: InboundMessage): InboundMessage {
  const name = message.author && nameOf(message.author, message.member);
  return {
    v: 1,
    id: message.id,
    author: { id: message.author?.id ?? '', ...(name ? { name } : {}) },
    text: textOf(message),
    attachments: attachmentsOf(message),
    sentAt: timeOf(message.id),
    to: first.to,
  };
}
