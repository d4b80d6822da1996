import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisPlace } from '../../config/redis-url.ts';
import type { Logger } from '../log/logger.ts';
import { BoundedCluster } from './cluster.ts';

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
 * A single Redis (by TCP or a Unix socket), the master that Sentinels name, or a Cluster. A Cluster takes the same
 * commands for keys of one hash tag, which is all that Chasqui asks, so everybody else sees a `Redis`.
 */
export function dialRedis(url: string, options: RedisOptions): Redis {
  const place = parseRedisUrl(url);
  if (!place) throw new Error('the address of Redis is none that Chasqui knows');
  const login = loginOf(place);
  if (place.kind === 'cluster') {
    const { retryStrategy } = options;
    const cluster = new BoundedCluster(place.nodes, {
      redisOptions: { ...options, ...login },
      // A certificate names hosts, so the names are dialled and not the addresses behind them.
      ...(place.tls ? { dnsLookup: (host, done) => done(null, host) } : {}),
      lazyConnect: options.lazyConnect ?? false,
      clusterRetryStrategy: retryStrategy as (times: number) => number,
    });
    // Nodes that the cluster names later too; a node is announced before it is dialled.
    if (place.tls) cluster.on('+node', (node: Redis) => void Object.assign(node.options, tlsOf(node.options.host)));
    return cluster as unknown as Redis;
  }
  const { nodes, master, db = 0 } = place;
  if (place.kind === 'sentinel') {
    const tls = place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tlsOf(nodes[0]?.host).tls } : {};
    return new Redis({
      ...options,
      ...login,
      ...tls,
      failoverDetector: true,
      sentinels: nodes,
      name: master as string,
    });
  }
  if (place.path) return new Redis({ ...options, ...login, path: place.path });
  const [node] = nodes;
  return new Redis({ ...options, ...login, ...node, ...(place.tls ? tlsOf(node?.host) : {}), db });
}

function loginOf({ username, password, tls }: RedisPlace): RedisOptions {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}), ...(tls ? { tls: {} } : {}) };
}

/** TLS with the host's name in the ClientHello (SNI), which neither ioredis nor Node sends by itself; an IP is no name. */
function tlsOf(host: string | undefined): { tls: { servername?: string } } {
  return { tls: host && !isIP(host) ? { servername: host } : {} };
}

/** A server that was the primary when we connected, and is a replica now, answers writes so. Lua wraps it in Redis 6. */
const DEMOTED = /^(READONLY|UNBLOCKED|MASTERDOWN)\b|-READONLY\b/;
/** An address that leads to a replica for good is not dialled in a loop; in ms. */
const REDIAL_MS = 1_000;

/**
 * After a failover behind one address the old connection still leads to the old primary: dials anew and asks again.
 * @returns ioredis's answers: 2 = connect anew and send again, 1 = connect anew, false = neither
 */
function redialWhenDemoted(): (error: Error) => 1 | 2 | false {
  let resent = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!DEMOTED.test(error.message)) return false;
    if (performance.now() - resent < REDIAL_MS) return 1;
    resent = performance.now();
    return 2;
  };
}

/**
 * BullMQ reads it from its connection. A queue else asks `INFO` once when it is made, and where that got no answer in time
 * every later call fails with the same error. `npm run doctor` checks the server's version, and so does each worker.
 */
const BULLMQ = { skipVersionCheck: true };

/** The options of both kinds; BullMQ's connections need `maxRetriesPerRequest: null`. */
export function redisOptions(kind: 'ask' | 'wait'): RedisOptions {
  return {
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    reconnectOnError: redialWhenDemoted(),
    ...(kind === 'ask'
      ? { maxRetriesPerRequest: 2, commandTimeout: COMMAND_TIMEOUT_MS, ...BULLMQ }
      : { maxRetriesPerRequest: null }),
  };
}
