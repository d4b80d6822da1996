/** Called where we may not write: the person is told so elsewhere, once for each question. */
import type { Logger } from '../../../src/log/logger.ts';
import { nonceOf } from '../api.ts';
import type { DiscordApi } from '../client.ts';
import type { DiscordRoute } from '../route.ts';

/** Missing access; missing permissions. */
const FORBIDDEN = new Set(['50001', '50013']);
/** A thread that moderators locked: no new message; no edit, since it is archived as well. */
const LOCKED = new Set(['160005', '50083']);
const SPEECHLESS = '🔇';

/** Whether an error says that we may not write here. */
export function isForbidden(error: { code: string }): boolean {
  return FORBIDDEN.has(error.code) || LOCKED.has(error.code);
}

/** By direct message; a reaction where the person takes none. Never throws. */
export function createRefusedNote(deps: { api: DiscordApi; log: Logger }) {
  const { api, log } = deps;

  async function tell(place: DiscordRoute, key: string, why: string): Promise<void> {
    const dm = await api.call<{ id: string }>('POST', '/users/@me/channels', { body: { recipient_id: place.user } });
    await api.call('POST', `/channels/${dm.id}/messages`, {
      body: {
        content: `You called me in <#${place.channel}>, but I may not answer there: ${why}. You can also ask me here.`,
        allowed_mentions: { parse: [] },
        nonce: nonceOf({ key: `refused:${key}`, n: 0 }),
        enforce_nonce: true,
      },
    });
  }

  return async (place: DiscordRoute, key: string, error: { code: string }): Promise<void> => {
    log.warn({ channel: place.channel, guild: place.guild, code: error.code }, 'not allowed to answer in this channel');
    try {
      await tell(place, key, reasonOf(place, error));
    } catch (refused) {
      log.debug({ err: refused }, 'no direct message either');
      if (!place.asked) return;
      const path =
        `/channels/${place.channel}/messages/${place.asked}/reactions/${encodeURIComponent(SPEECHLESS)}/@me` as const;
      await api.call('PUT', path).catch((again) => log.debug({ err: again }, 'no reaction either'));
    }
  };
}

function reasonOf({ kind }: DiscordRoute, { code }: { code: string }): string {
  if (LOCKED.has(code)) return 'the thread is locked, so that only moderators can write in it';
  const needed = kind === 'thread' ? '“Send Messages in Threads”' : '“Send Messages”';
  return `I need the permissions “View Channel” and ${needed}, which someone who manages the server can give me`;
}
