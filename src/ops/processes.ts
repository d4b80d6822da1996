/** Chasqui's processes tell each second that they live, and how; whoever has died is seen by its silence. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Redis } from 'ioredis';
import type { Logger } from '../log/logger.ts';
import type { ProcessView } from '../ops-api/index.ts';
import { createScript } from '../redis/script.ts';
import { opsKeys } from './keys.ts';

const BEAT_EVERY_MS = 1_000;
/** Three missed beats; the page shows it a second later, well within five. */
const SILENT_AFTER_MS = 3_000;
/** The silent ones are shown for a day. */
const FORGOTTEN_AFTER_MS = 86_400_000;
const DELAY_WINDOW_BEATS = 5;

type Said = Omit<ProcessView, 'at' | 'state'>;

/** By Redis's own clock, so that machines need not agree. KEYS processes heartbeats. ARGV id, JSON. */
const beat = createScript(`
local now = redis.call('TIME')
redis.call('ZADD', KEYS[2], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`);

/** KEYS processes heartbeats. ARGV forgotten after (ms). Returns { now, id, JSON, at, … } */
const list = createScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[1]))) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[1], id)
end
local out = { now }
local beats = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
for i = 1, #beats, 2 do
  out[#out + 1] = beats[i]
  out[#out + 1] = redis.call('HGET', KEYS[1], beats[i]) or ''
  out[#out + 1] = beats[i + 1]
end
return out`);

/** This process's name, for operators, over all machines. */
export const processName = (): string => `${hostname()}/${process.pid}`;

export function createHeartbeat(options: {
  redis: Redis;
  prefix: string;
  version: string;
  roles: readonly string[];
  log: Logger;
  status(): Pick<ProcessView, 'running' | 'leftOut' | 'receivers' | 'settingsProblem'>;
}) {
  const { redis, log } = options;
  const { processes, heartbeats } = opsKeys(options.prefix);
  const id = randomUUID();
  const startedAt = Date.now();
  const delay = monitorEventLoopDelay({ resolution: 50 });
  let timer: NodeJS.Timeout | undefined;
  let beats = 0;
  let eventLoopMs = 0;

  async function tell(): Promise<void> {
    if (beats++ % DELAY_WINDOW_BEATS === 0) {
      // What is measured holds the timer's own 50 ms.
      eventLoopMs = Math.max(0, Math.round(delay.percentile(99) / 1e6 - 50));
      delay.reset();
    }
    const said: Said = {
      id,
      host: hostname(),
      pid: process.pid,
      version: options.version,
      roles: [...options.roles],
      startedAt,
      rssBytes: process.memoryUsage.rss(),
      eventLoopMs,
      ...options.status(),
    };
    await beat(redis, [processes, heartbeats], [id, JSON.stringify(said)]);
  }

  return {
    start(): void {
      delay.enable();
      const once = (): void =>
        void tell().catch((error) => log.debug({ err: error }, 'the heartbeat did not reach Redis'));
      once();
      timer = setInterval(once, BEAT_EVERY_MS);
      timer.unref();
    },
    /** Who stops in good order is not missed. */
    async stop(): Promise<void> {
      clearInterval(timer);
      delay.disable();
      await forgetProcess(redis, options.prefix, id).catch((error) =>
        log.debug({ err: error }, 'Redis could not be told that this process ends'),
      );
    },
  };
}

/** The longest running first. */
export async function readProcesses(redis: Redis, prefix: string): Promise<ProcessView[]> {
  const { processes, heartbeats } = opsKeys(prefix);
  const [now, ...rest] = (await list(redis, [processes, heartbeats], [FORGOTTEN_AFTER_MS])) as [number, ...string[]];
  const found: ProcessView[] = [];
  for (let n = 0; n + 2 < rest.length; n += 3) {
    const [, json = '', at = '0'] = rest.slice(n, n + 3);
    if (json === '') continue;
    const state = now - Number(at) > SILENT_AFTER_MS ? 'silent' : 'running';
    // In this process's time, as all else on the page.
    found.push({ ...(JSON.parse(json) as Said), at: Date.now() - (now - Number(at)), state });
  }
  return found.sort((a, b) => a.startedAt - b.startedAt);
}

export async function forgetProcess(redis: Redis, prefix: string, id: string): Promise<boolean> {
  const { processes, heartbeats } = opsKeys(prefix);
  await redis.zrem(heartbeats, id);
  return (await redis.hdel(processes, id)) === 1;
}
