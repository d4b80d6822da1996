/**
 * What operators have paused beside the whole queue: a platform, a conversation. What arrives there waits in its inbox;
 * workers put such a turn off, and look again when something is said to go on. A running answer is not interrupted.
 */
import type { Redis } from 'ioredis';
import { hashed } from '../analytics/turn-record.ts';
import type { Logger } from '../log/logger.ts';
import type { PauseView } from '../ops-api/index.ts';
import { createScript, mayPublish } from '../redis/script.ts';

/**
 * Notes or clears what is paused, and announces it. KEYS pauses. ARGV channel, field, value (none: cleared).
 * Returns 1 when the field was new, or was there to be cleared.
 */
const change = createScript(`${mayPublish('ARGV[1]')}
local changed = ARGV[3] and redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) or redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return changed`);

/** If the announcement of a change was missed. */
const READ_EVERY_MS = 2_000;

interface Pause {
  by: string;
  at: number;
}

/** Who pauses and goes on. `name`: a platform's, or a conversation's id; empty for all. */
export function createPauses(options: { redis: Redis; prefix: string }) {
  const { redis } = options;
  /** Hash: what is paused → by whom and since when. */
  const pauses = `${options.prefix}:{ops}:pauses`;
  /** Channel on which a change is announced. */
  const pausesChanged = `${options.prefix}:{ops}:pauses-changed`;
  const fieldOf = (scope: PauseView['scope'], name: string): string => `${scope}|${name}`;

  return {
    async set(scope: PauseView['scope'], name: string, by: string): Promise<void> {
      const pause: Pause = { by, at: Date.now() };
      await change(redis, [pauses], [pausesChanged, fieldOf(scope, name), JSON.stringify(pause)]);
    },
    /** False: it was not paused. */
    async clear(scope: PauseView['scope'], name: string): Promise<boolean> {
      return (await change(redis, [pauses], [pausesChanged, fieldOf(scope, name)])) === 1;
    },
    /** The newest first; `id` names the conversation itself, and stays on the server. */
    async list(): Promise<(PauseView & { id: string })[]> {
      const all = Object.entries(await redis.hgetall(pauses));
      const list = all.map(([field, json]) => {
        const [scope, id] = split(field);
        return { scope, id, name: scope === 'conversation' ? hashed(id) : id, ...(JSON.parse(json) as Pause) };
      });
      return list.sort((a, b) => b.at - a.at);
    },
  };
}

/** What a worker knows of it, without asking Redis for each turn. */
export function watchPauses(options: { redis: Redis; subscriber: Redis; prefix: string; log: Logger }) {
  const { redis, subscriber, log } = options;
  /** Hash: what is paused → by whom and since when. */
  const pauses = `${options.prefix}:{ops}:pauses`;
  /** Channel on which a change is announced. */
  const pausesChanged = `${options.prefix}:{ops}:pauses-changed`;
  let paused: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    try {
      paused = new Set(await redis.hkeys(pauses));
    } catch (error) {
      // As long as Redis is away no turn begins either.
      log.debug({ err: error }, 'what is paused could not be read');
    }
  }
  subscriber.on('message', (channel) => {
    if (channel === pausesChanged) void read();
  });

  return {
    async start(): Promise<void> {
      await subscriber.subscribe(pausesChanged);
      await read();
      timer = setInterval(() => void read(), READ_EVERY_MS);
      timer.unref();
    },
    stop: (): void => clearInterval(timer),
    holds(conversation: string): boolean {
      if (paused.size === 0) return false;
      const platform = conversation.slice(0, conversation.indexOf(':'));
      return paused.has(`platform|${platform}`) || paused.has(`conversation|${conversation}`);
    },
  };
}

function split(field: string): [PauseView['scope'], string] {
  const bar = field.indexOf('|');
  return [field.slice(0, bar) as PauseView['scope'], field.slice(bar + 1)];
}
