/** Which conversation a message in a channel belongs to: the chain of replies that it stands in. */
import { SendError } from '../../../src/contract/index.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import type { DiscordApi } from '../client.ts';
import { conversationId } from '../route.ts';
import { type DiscordMessage, repliedTo } from './normalize.ts';

/** Replies further up are not looked at: what stands there begins the chain then. */
const MAX_STEPS = 25;

export type Chains = ReturnType<typeof createChains>;

export function createChains(deps: { api: DiscordApi; posted: SentMessages }) {
  return {
    /**
     * Goes up the replies to a message of ours, whose conversation is known, or to the first message.
     * @throws SendError when Discord is away; Redis's errors
     */
    async conversationOf(message: DiscordMessage): Promise<string> {
      let at = message;
      for (let step = 0; step < MAX_STEPS; step++) {
        const above = repliedTo(at);
        if (above === null) break;
        const known = await deps.posted.get(above);
        if (known) return known.conversation;
        const next = await readAbove(deps.api, at);
        if (!next) break;
        at = next;
      }
      return conversationId({ kind: 'chain', channel: message.channel_id, user: '' }, at.id);
    },
  };
}

/** The message that this one replies to; null when there is none, or it was deleted or cannot be seen. @throws SendError */
export async function readAbove(api: DiscordApi, message: DiscordMessage): Promise<DiscordMessage | null> {
  const above = repliedTo(message);
  if (above === null || message.referenced_message === null) return null;
  return message.referenced_message ?? (await readMessage(api, message.channel_id, above));
}

/** Null when it is gone or hidden from us. @throws SendError when Discord is away */
export async function readMessage(api: DiscordApi, channel: string, id: string): Promise<DiscordMessage | null> {
  try {
    return await api.call<DiscordMessage>('GET', `/channels/${channel}/messages/${id}`);
  } catch (error) {
    if (error instanceof SendError && (error.kind === 'gone' || error.kind === 'invalid')) return null;
    throw error;
  }
}
