import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../log/logger.ts';

/** An ingest call must fail before the platform's own deadline (Slack: 3 s), so that the platform delivers again. */
const COMMAND_TIMEOUT_MS = 2_500;

/**
 * Opens a connection to Redis that comes back by itself.
 * - `ask`: for calls that somebody waits for; a call fails when Redis does not answer in time.
 * - `wait`: for workers and subscribers; a call waits until Redis is back.
 */
export function connectRedis(options: { url: string; log: Logger; kind: 'ask' | 'wait'; name: string }): Redis {
  const { log, name } = options;
  const redis = new Redis(options.url, { ...redisOptions(options.kind), connectionName: `chasqui:${name}` });
  let away = false;
  redis.on('error', (error) => {
    if (away) return;
    away = true;
    log.error({ redis: name, reason: error.message }, 'Redis is away; trying again until it is back');
  });
  redis.on('ready', () => {
    if (away) log.info({ redis: name }, 'Redis is back');
    away = false;
  });
  return redis;
}

/** The options of both kinds; BullMQ's connections need `maxRetriesPerRequest: null`. */
export function redisOptions(kind: 'ask' | 'wait'): RedisOptions {
  return {
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    ...(kind === 'ask'
      ? { maxRetriesPerRequest: 2, commandTimeout: COMMAND_TIMEOUT_MS }
      : { maxRetriesPerRequest: null }),
  };
}
