import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisPlace } from '../../config/redis-url.ts';
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
  const redis = dialRedis(options.url, { ...redisOptions(options.kind), connectionName: `chasqui:${name}` });
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

/**
 * A single Redis, the master that Sentinels name, or a Cluster. A Cluster takes the same commands for keys of one hash
 * tag, which is all that Chasqui asks, so everybody else sees a `Redis`.
 */
export function dialRedis(url: string, options: RedisOptions): Redis {
  const place = parseRedisUrl(url);
  if (!place) throw new Error('the address of Redis is none that Chasqui knows');
  const login = loginOf(place);
  if (place.kind === 'cluster') {
    const { retryStrategy } = options;
    const cluster = new Cluster(place.nodes, {
      redisOptions: { ...options, ...login },
      lazyConnect: options.lazyConnect ?? false,
      clusterRetryStrategy: retryStrategy as (times: number) => number,
    });
    return cluster as unknown as Redis;
  }
  const { nodes, master, db = 0 } = place;
  if (place.kind === 'sentinel') {
    const failover = { failoverDetector: true, enableTLSForSentinelMode: place.tls };
    return new Redis({ ...options, ...login, ...failover, sentinels: nodes, name: master as string });
  }
  return new Redis({ ...options, ...login, ...nodes[0], db });
}

function loginOf({ username, password, tls }: RedisPlace): RedisOptions {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}), ...(tls ? { tls: {} } : {}) };
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
