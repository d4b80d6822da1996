import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster, Redis } from 'ioredis';
import { parseRedisUrl } from '../../config/redis-url.ts';
import { dialRedis } from '../redis/connect.ts';
import { missingRights, rightsOf } from '../redis/rights.ts';
import type { Finding, Probe } from './doctor.ts';
import { atLeast } from './version.ts';

/** BullMQ's own recommendation, and the first with all that our Lua scripts use. */
const LEAST_VERSION = '6.2';
/** How long it may take to connect, and to answer, in ms. */
const PATIENCE_MS = 5_000;
/** A message takes about ten calls one after another, so this much makes a tenth of a second. */
const SLOW_MS = 10;
const PINGS = 5;

const area = 'Redis';
const ok = (detail: string): Finding => ({ area, state: 'ok', detail });
const warning = (detail: string, advice: string): Finding => ({ area, state: 'warning', detail, advice });
const wrong = (detail: string, advice?: string): Finding => ({ area, state: 'wrong', detail, advice });

/**
 * Checks the Redis that is used: reached, what its user may do, version, role, append-only file, eviction policy, speed.
 * @param prefix of the keys, `queue.prefix`
 * @param open gives its address; for a private one it starts the server, and its failure is what is found
 * @param binary finds the private server's program, when there is no REDIS_URL
 */
export function redisProbe(options: {
  prefix: string;
  open(): Promise<string>;
  binary?: (() => string) | undefined;
  patienceMs?: number;
}): Probe {
  const { prefix, patienceMs = PATIENCE_MS } = options;
  return {
    area,
    async run() {
      const found = options.binary ? await checkBinary(options.binary()) : [];
      if (found.some(({ state }) => state === 'wrong')) return found;
      return [...found, ...(await checkServer(await options.open(), prefix, patienceMs))];
    },
  };
}

/** The program that a private Redis is started from. */
async function checkBinary(path: string): Promise<Finding[]> {
  const { stdout } = await promisify(execFile)(path, ['--version']);
  // "Redis server v=7.0.15 sha=…", "Valkey server v=8.1.1 sha=…"
  const [, name, version] = /^(\w+) server v=([\d.]+)/m.exec(stdout) ?? [];
  if (!name || !version) return [wrong(`${path} does not tell its version`, 'install Redis or Valkey anew')];
  if (!atLeast(version, LEAST_VERSION)) return [tooOld(`${name} ${version} (${path})`)];
  return [ok(`a private one, ${name} ${version} (${path})`)];
}

function tooOld(what: string): Finding {
  return wrong(`${what} is too old`, `install Redis ${LEAST_VERSION} or newer, or Valkey`);
}

async function checkServer(url: string, prefix: string, patienceMs: number): Promise<Finding[]> {
  const dial = (): Redis =>
    dialRedis(url, {
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: patienceMs,
      commandTimeout: patienceMs,
    });
  const redis = dial();
  // connect() only says "Connection is closed."; the reason comes as an event before it.
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason ??= error;
  });
  const { nodes = [], path, tls = false } = parseRedisUrl(url) ?? {};
  const at = path ?? nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
  try {
    await redis.connect();
    const rights = await checkRights(dial, prefix);
    // Without INFO nothing more can be asked.
    if (rights.some(({ detail }) => /\bcommand info\b/.test(detail))) return rights;
    return [...(await checkSettings(redis, at)), ...rights];
  } catch (error) {
    return [unreachable(at, reason ?? (error as Error), tls)];
  } finally {
    redis.disconnect();
  }
}

/** What the user of REDIS_URL may not do, though Chasqui does it. On a connection of its own, which ends as a subscriber. */
async function checkRights(dial: () => Redis, prefix: string): Promise<Finding[]> {
  const redis = dial();
  redis.on('error', () => {}); // The call that failed tells.
  try {
    await redis.connect();
    const node = redis.isCluster ? (redis as unknown as Cluster).nodes('master')[0] : redis;
    const missing = node ? await missingRights(node, prefix) : [];
    if (missing.length === 0) return [];
    return [
      wrong(
        `its user may not use ${missing.join(', ')}: messages would be lost or stay unanswered`,
        `as an administrator of Redis: ACL SETUSER <its name> ${rightsOf(prefix)}`,
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

async function checkSettings(redis: Redis, at: string): Promise<Finding[]> {
  const info = await redis.info();
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const valkey = field('valkey_version');
  const version = field('redis_version') ?? '0';
  const name = valkey ? `Valkey ${valkey}` : `Redis ${version}`;
  const ms = await medianPing(redis);
  const found = [
    atLeast(version, LEAST_VERSION) ? ok(`${name} at ${at}, answers in ${ms.toFixed(1)} ms`) : tooOld(name),
  ];
  if (ms > SLOW_MS) {
    found.push(
      warning(`each call takes ${ms.toFixed(0)} ms`, 'run Chasqui near its Redis; a message takes about ten calls'),
    );
  }
  if (field('role') === 'slave') found.push(wrong('it is a replica, which takes no writes', 'use its primary'));

  const policy = field('maxmemory_policy');
  if (policy === 'noeviction') found.push(ok('maxmemory-policy noeviction'));
  else {
    found.push(
      wrong(
        `maxmemory-policy is ${policy ?? 'not told'}: messages that wait could be thrown away when memory is short`,
        'set it to noeviction: `redis-cli CONFIG SET maxmemory-policy noeviction` and in redis.conf (hosted: in its settings)',
      ),
    );
  }
  // Only what is told: some hosts keep their limit to themselves.
  if (field('maxmemory') === '0') {
    found.push(
      warning(
        'no maxmemory: it grows until the system ends it, and the web chat cannot close before that',
        'set it, such as `redis-cli CONFIG SET maxmemory 512mb`, and in redis.conf',
      ),
    );
  }
  if (field('aof_enabled') === '1') found.push(ok('append-only file on'));
  else {
    found.push(
      warning(
        'append-only file off: when Redis stops, all since its last snapshot is lost: waiting messages, running answers, history',
        'turn it on: `redis-cli CONFIG SET appendonly yes` and in redis.conf (hosted: "persistence" in its settings)',
      ),
    );
  }
  return found;
}

async function medianPing(redis: Redis): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < PINGS; i++) {
    const start = performance.now();
    await redis.ping();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(PINGS / 2)] as number;
}

/** What is told by the error, and what to do. */
function unreachable(at: string, error: Error, tls: boolean): Finding {
  const otherWay = tls ? 'without TLS it is redis://' : 'with TLS it is rediss://';
  const text = `${(error as NodeJS.ErrnoException).code ?? ''} ${error.message}`;
  const advices: [RegExp, string][] = [
    [
      /ECONNREFUSED/,
      'nothing listens there: start it, or correct REDIS_URL; without REDIS_URL Chasqui starts one of its own',
    ],
    [/ENOTFOUND|EAI_AGAIN/, 'nobody knows this host: correct REDIS_URL'],
    [/WRONGPASS|invalid password/i, 'correct user and password in REDIS_URL'],
    [/NOAUTH/, 'it wants a password: put :password@ or user:password@ before the host in REDIS_URL'],
    [/NOPERM/, 'this user may not use INFO and PING: let it, or use another user'],
    [/certificate|self.signed|CERT/i, 'its certificate is not trusted: set NODE_EXTRA_CA_CERTS to its authority'],
    [/ETIMEDOUT|timed out/i, `correct host and port in REDIS_URL; ${otherWay}; is a firewall between?`],
    [/SSL|TLS|wrong version number|ECONNRESET|EPIPE|closed/i, `is it a Redis? Correct REDIS_URL; ${otherWay}`],
  ];
  const advice = advices.find(([form]) => form.test(text))?.[1] ?? 'correct REDIS_URL';
  return wrong(`${at}: ${error.message || (error as NodeJS.ErrnoException).code}`, advice);
}
