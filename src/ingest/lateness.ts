import type { Redis } from 'ioredis';
import type { InboundMessage } from '../contract/index.ts';
import { createScript } from '../redis/script.ts';

/** How long the least age that was seen counts for the difference of the clocks; then for as long as the one before it. */
const WINDOW_MS = 15 * 60_000;
/** With nothing to compare it with, a message that looks older than this is believed to be old; an hour is a wrong time zone. */
const BELIEVED_MS = 90 * 60_000;
const KEPT_MS = 30 * 86_400_000;

/**
 * KEYS clock. ARGV sentAt, window, believed, kept for (all ms). The key holds `least before since`: the least age of this
 * window and of the one before it, which lasts through an outage in which nothing came. A clock that was set back shows in
 * the next message; one that was set forward when both windows are over.
 */
const measure = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local age = now - tonumber(ARGV[1])
local least, before, since = string.match(redis.call('GET', KEYS[1]) or '', '(%S+) (%S+) (%S+)')
local late = 0
if not least then
  least, before, since = age, age, now
  if age > tonumber(ARGV[3]) then late = age end
else
  least, before, since = tonumber(least), tonumber(before), tonumber(since)
  if now < since or now - since > tonumber(ARGV[2]) then least, before, since = age, least, now end
  least = math.min(least, age)
  late = age - math.min(least, before)
end
redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f', least, before, since), 'PX', ARGV[4])
return late`);

export type Lateness = ReturnType<typeof createLateness>;

/**
 * How late messages come from their platforms. A platform's time cannot be compared with Redis's clock as it is, since
 * either may be wrong: the least difference of late is taken for the difference of the clocks, and what is more for the
 * wait. One Redis call a message.
 */
export function createLateness({ redis, prefix }: { redis: Redis; prefix: string }) {
  return {
    /** @returns ms between the sending of this message and now; 0 where the platform does not tell when it was sent */
    async of({ sentAt, timed, to }: InboundMessage): Promise<number> {
      if (timed === false || !Number.isFinite(sentAt)) return 0;
      const key = `${prefix}:clock:${to.platform}`;
      return (await measure(redis, [key], [Math.round(sentAt), WINDOW_MS, BELIEVED_MS, KEPT_MS])) as number;
    },
  };
}
