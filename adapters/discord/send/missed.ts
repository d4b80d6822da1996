/** Which of the messages that stand before a question are for us, and came by no event yet. */
import type { InboundMessage, Store } from '../../../src/contract/index.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import { readSaved } from '../catch-up/checkpoint.ts';
import { UNNOTICED_MS } from '../catch-up/scan.ts';
import type { DiscordApi } from '../client.ts';
import type { WhoAmI } from '../identity.ts';
import {
  conditionFor,
  type DiscordMessage,
  type NormalizeSettings,
  repliedTo,
  routeOfMessage,
  toInbound,
  whyIgnored,
} from '../receive/normalize.ts';
import type { WithRoles } from '../receive/roles.ts';
import { type DiscordRoute, isLater, routeOf, timeOf } from '../route.ts';

export type FindMissed = ReturnType<typeof createFindMissed>;

/** @param deps.maxAgeMs older messages are left alone, as by catch-up */
export function createFindMissed(deps: {
  api: DiscordApi;
  whoAmI: WhoAmI;
  store: Store;
  posted: SentMessages;
  settings: NormalizeSettings;
  withRoles: WithRoles;
  maxAgeMs: number;
}) {
  const { api, store, settings } = deps;

  /** People mention our role in place of us. @throws SendError */
  async function ourRole(guild: string, botId: string): Promise<string | undefined> {
    const { roles = [] } = await api.call<{ roles?: { id: string; tags?: { bot_id?: string } }[] }>(
      'GET',
      `/guilds/${guild}`,
    );
    return roles.find(({ tags }) => tags?.bot_id === botId)?.id;
  }

  /** What is older was heard, or is too old to be answered; what was taken waits or is answered. */
  async function isNew(place: DiscordRoute, conversation: string, found: DiscordMessage[], botId: string) {
    const [saved, last] = await Promise.all([readSaved(store), deps.posted.last(conversation)]);
    const since = Math.max(Date.now() - deps.maxAgeMs, (saved?.seen ?? 0) - UNNOTICED_MS);
    const taken = new Set(saved?.taken?.map(({ id }) => id));
    const ours = found.filter(({ author }) => author?.id === botId).map(({ id }) => id);
    const answered = [...ours, ...(last ? [last] : [])].reduce((a, b) => (isLater(b, a) ? b : a), '0');
    return ({ id, channel_id: channel }: DiscordMessage) =>
      channel === place.channel && timeOf(id) > since && !taken.has(id) && isLater(id, answered);
  }

  /**
   * @param found what stands before the asking messages, oldest first
   * @param asking their ids
   * @returns as their events would have brought them @throws SendError; Redis's errors
   */
  return async (
    found: DiscordMessage[],
    first: InboundMessage,
    asking: ReadonlySet<string>,
  ): Promise<InboundMessage[]> => {
    const place = routeOf(first.to);
    if (found.length === 0 || place.kind === 'private') return [];
    const me = await deps.whoAmI();
    const thread = place.kind === 'thread';
    const fresh = await isNew(place, first.to.conversation, found, me.botId);
    const candidates = found
      .filter((message) => !asking.has(message.id) && fresh(message))
      // REST does not name it.
      .map((message) => (place.guild ? { ...message, guild_id: place.guild } : message))
      .filter((message) => whyIgnored(message, me, settings) === null);
    const byRole = place.guild !== null && candidates.some((message) => message.mention_roles?.length);
    const role = byRole ? await ourRole(place.guild as string, me.botId) : undefined;
    const missed = candidates.flatMap((message) => {
      const repliesToUs = repliedTo(message) !== null && message.referenced_message?.author?.id === me.botId;
      const around = { me, ourRole: role, thread, repliesToUs };
      if (conditionFor(message, around, settings) !== 'always') return [];
      const own = routeOfMessage(message, thread, settings);
      // It is answered in a thread of its own.
      return own.open ? [] : [toInbound(message, own, first.to.conversation, around)];
    });
    return Promise.all(missed.map(deps.withRoles));
  };
}
