/** "… is typing": shown by Discord for ten seconds or until a message comes (discord.com/developers, "Trigger Typing Indicator"). */
import type { Logger } from '../../../src/log/logger.ts';
import { createTyping, type Typing } from '../../kit/typing.ts';
import type { DiscordApi } from '../client.ts';

/** By channel. */
export type DiscordTyping = Typing<string>;

export function createDiscordTyping({ api, log }: { api: DiscordApi; log: Logger }): DiscordTyping {
  const show = (channel: string) => api.call('POST', `/channels/${channel}/typing`);
  return createTyping({ show, everyMs: 8_000, afterMs: 150, log });
}
