/** "… is typing": shown by Discord for ten seconds or until a message comes (discord.com/developers, "Trigger Typing Indicator"). */
import type { Logger } from '../../src/log/logger.ts';
import type { DiscordApi } from './client.ts';

/** A reply that is there sooner needs no sign. */
const SIGN_AFTER_MS = 150;
const AGAIN_EVERY_MS = 8_000;
/** A sign that stays for ever would be a lie: a worker may lose its turn without a word. */
const MOST_SIGNS = 40;

export type Typing = ReturnType<typeof createTyping>;

export function createTyping(deps: { api: DiscordApi; log: Logger }) {
  /** By the turn's id. */
  const timers = new Map<string, NodeJS.Timeout>();

  function plan(channel: string, key: string, signs: number, ms: number): void {
    timers.set(
      key,
      setTimeout(() => {
        deps.api
          .call('POST', `/channels/${channel}/typing`)
          .catch((error) => deps.log.debug({ err: error }, 'typing not shown'));
        if (signs > 1 && timers.has(key)) plan(channel, key, signs - 1, AGAIN_EVERY_MS);
        else timers.delete(key);
      }, ms).unref(),
    );
  }

  return {
    begin(channel: string, key: string): void {
      this.end(key);
      plan(channel, key, MOST_SIGNS, SIGN_AFTER_MS);
    },
    end(key: string): void {
      clearTimeout(timers.get(key));
      timers.delete(key);
    },
    close(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
