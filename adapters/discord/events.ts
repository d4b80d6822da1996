/** From the gateway's events to what is stored: whose they are, where they belong, and in which order. */

import type { Condition, InboundMessage, Ingest, IngestResult } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { BoundedMap } from '../kit/bounded-map.ts';
import type { KeyedQueue } from '../kit/keyed-queue.ts';
import type { LastConversation } from '../kit/last-conversation.ts';
import type { SentMessages } from '../kit/sent-messages.ts';
import type { Checkpoint } from './catch-up/checkpoint.ts';
import type { Identity } from './identity.ts';
import type { Chains } from './receive/chain.ts';
import { textOf } from './receive/content.ts';
import type { Directory } from './receive/directory.ts';
import {
  conditionFor,
  type DiscordMessage,
  mentionsUs,
  type NormalizeSettings,
  repliedTo,
  routeOfMessage,
  toInbound,
  whyIgnored,
} from './receive/normalize.ts';
import { isOurReaction, type ReactionEvent, takeReaction } from './receive/reactions.ts';
import type { WithRoles } from './receive/roles.ts';
import { conversationId, type DiscordRoute, routeOf } from './route.ts';

/** An edit or a deletion concerns what still waits, which is young. */
const MAX_REMEMBERED = 2_000;
/** Ids of messages that the gateway brought; a minute or two of a busy server. */
const MAX_SEEN = 10_000;

/** One message, or several at once. */
interface Deletion {
  id?: string;
  ids?: string[];
  channel_id: string;
}

export function createEvents(deps: {
  ingest: Ingest;
  directory: Directory;
  chains: Chains;
  queue: KeyedQueue;
  posted: SentMessages;
  recent: LastConversation;
  checkpoint: Checkpoint;
  settings: NormalizeSettings;
  withRoles: WithRoles;
  me(): Identity;
  /** An event of this channel found no room, and has to be fetched. */
  onOverflow(channel: string): void;
  /** Whether something may be missing in this channel, which its queue waits for. */
  hasGap(channel: string): boolean;
  log: Logger;
}) {
  const { ingest, directory, queue, posted, checkpoint, settings } = deps;
  const conversations = new BoundedMap<string, string>({ max: MAX_REMEMBERED });
  const seen = new BoundedMap<string, true>({ max: MAX_SEEN });

  /** Most of what is said in channels is not for us, and must not cost a call to Redis. */
  function mayBeForUs(message: DiscordMessage): boolean {
    if (whyIgnored(message, deps.me(), settings) !== null) return false;
    if (!message.guild_id || repliedTo(message) !== null || mentions(message)) return true;
    const thread = directory.isThread(message.channel_id, message.channel_type);
    return thread !== false && settings.threadReplies === 'always';
  }

  function mentions(message: DiscordMessage): boolean {
    return mentionsUs(message, { me: deps.me(), ourRole: directory.ourRole(message.guild_id) });
  }

  async function repliesToUs(message: DiscordMessage): Promise<boolean> {
    const above = repliedTo(message);
    if (above === null) return false;
    const author = message.referenced_message?.author?.id;
    // Deleted, or not told: only our notes know whose it was.
    return author === undefined ? (await posted.get(above)) !== null : author === deps.me().botId;
  }

  async function isThread(message: DiscordMessage): Promise<boolean> {
    if (message.guild_id === undefined) return false;
    const known = directory.isThread(message.channel_id, message.channel_type);
    return known ?? directory.askIsThread(message.channel_id);
  }

  async function take(message: DiscordMessage): Promise<boolean> {
    if (!mayBeForUs(message)) return false;
    const [thread, reply] = await Promise.all([isThread(message), repliesToUs(message)]);
    const around = { me: deps.me(), ourRole: directory.ourRole(message.guild_id), thread, repliesToUs: reply };
    const condition = conditionFor(message, around, settings);
    if (condition === null) return false;
    const place = routeOfMessage(message, thread, settings);
    const conversation = await conversationOf(message, place);
    conversations.set(message.id, conversation);
    const inbound = toInbound(message, place, conversation, around);
    const result = await store(inbound, condition);
    if (result !== 'ignored') checkpoint.took({ id: message.id, channel: message.channel_id, conversation });
    // It may wait in the text that it had when it came the first time.
    if (result === 'duplicate' && message.edited_timestamp) await ingest.amend(conversation, message.id, inbound.text);
    return result === 'accepted';
  }

  function conversationOf(message: DiscordMessage, place: DiscordRoute): Promise<string> | string {
    // A thread has the id of the message that it was opened on ("Threads").
    if (place.open) return conversationId({ ...place, kind: 'thread', channel: message.id });
    return place.kind === 'chain' ? deps.chains.conversationOf(message) : conversationId(place);
  }

  async function store(message: InboundMessage, condition: Condition = 'always'): Promise<IngestResult> {
    const { conversation } = message.to;
    const place = routeOf(message.to);
    const { channel, kind, user } = place;
    // Discord lists no direct channels: one that nobody noted could not be caught up with.
    if (kind === 'dm') await checkpoint.meet(channel);
    const result = await ingest.message(await deps.withRoles(message), condition);
    if (result !== 'ignored') checkpoint.talked(place);
    if (kind === 'chain' && result === 'accepted') deps.recent.note(channel, user, conversation);
    return result;
  }

  /** Behind the message itself, which may still be waiting in the same queue. */
  function amend(id: string, channel: string, text: string | null): void {
    enqueue(channel, async () => {
      const known = conversations.get(id) ?? checkpoint.conversationOf(id);
      if (known !== undefined) await ingest.amend(known, id, text);
    });
  }

  function enqueue(channel: string, run: () => Promise<void>, key = channel): boolean {
    const fits = queue.add(key, run);
    if (!fits) deps.onOverflow(channel);
    return fits;
  }

  /** The channel's; but what begins a conversation of its own does not wait for what is missing in others. */
  function keyOf(message: DiscordMessage): string {
    const { id, channel_id: channel } = message;
    if (!message.guild_id || repliedTo(message) !== null || !deps.hasGap(channel)) return channel;
    return directory.isThread(channel, message.channel_type) === false ? `new:${id}` : channel;
  }

  /** What a message says; null: without the intent the text of most messages is empty. */
  function textNow(message: DiscordMessage): string | null {
    const text = textOf(message, { me: deps.me(), ourRole: directory.ourRole(message.guild_id) });
    const hidden = message.guild_id !== undefined && !deps.me().messageContent && !mentions(message);
    return text === '' && hidden ? null : text;
  }

  function onMessage(message: DiscordMessage): void {
    const store = () => take(message).then(() => {});
    if (mayBeForUs(message) && !enqueue(message.channel_id, store, keyOf(message))) return;
    seen.set(message.id, true);
  }

  function onDelete({ id, ids, channel_id: channel }: Deletion): void {
    for (const gone of ids ?? [id as string]) amend(gone, channel, null);
  }

  function onEdit(message: DiscordMessage): void {
    // Previews of links change a message too, without its being edited.
    if (!message.edited_timestamp || whyIgnored(message, deps.me(), settings) !== null) return;
    const text = textNow(message);
    if (text !== null) amend(message.id, message.channel_id, text);
  }

  function onReaction(reaction: ReactionEvent, added: boolean): void {
    if (reaction.user_id === deps.me().botId || !isOurReaction(reaction)) return;
    // Not behind the channel's messages: a stop must not wait.
    queue.add(`reactions:${reaction.message_id}`, () => takeReaction(reaction, added, { ingest, posted }));
  }

  return {
    /**
     * Stores a message if it is for us; true if it was and is new.
     * @throws while it cannot be stored, or Discord does not tell where it stands
     */
    take,
    mayBeForUs,

    /** Tries again until its conversation has room. */
    takeLater: (message: DiscordMessage): void => void enqueue(message.channel_id, () => take(message).then(() => {})),

    textOf: textNow,

    /** Whether the gateway brought this message; whatever was to be done with it is done, or waits. */
    hasSeen: (id: string): boolean => seen.has(id),

    /** Stores what an interaction asked; goes on until it is stored. */
    keep(message: InboundMessage): void {
      queue.add(routeOf(message.to).channel, () => store(message).then(() => {}), { always: true });
    },

    /** Takes an event of the gateway; what is nothing of ours is passed over. */
    onEvent(event: string, data: unknown): void {
      if (event === 'MESSAGE_CREATE') onMessage(data as DiscordMessage);
      else if (event === 'MESSAGE_UPDATE') onEdit(data as DiscordMessage);
      else if (event === 'MESSAGE_DELETE' || event === 'MESSAGE_DELETE_BULK') onDelete(data as Deletion);
      else if (event === 'MESSAGE_REACTION_ADD') onReaction(data as ReactionEvent, true);
      else if (event === 'MESSAGE_REACTION_REMOVE') onReaction(data as ReactionEvent, false);
    },
  };
}
