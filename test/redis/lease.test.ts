import { Redis } from 'ioredis';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLease, firstClaim, newestClaim } from '../../src/redis/lease.ts';
import { captureLog } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { sharedRedis } from '../support/redis.ts';

function connect() {
  const { url, prefix } = sharedRedis();
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  return { redis, prefix, log: captureLog().log };
}

const leaseKeys = (prefix: string) => ({ owner: `{${prefix}}:owner`, fence: `{${prefix}}:fence` });

test('one process has the lease; whoever lost it is told before it does harm, and the token only grows', async () => {
  const { redis, prefix, log } = connect();
  const keys = leaseKeys(prefix);
  const heard = createRecord<string>();
  const [a, b] = ['a', 'b'].map((name) =>
    createLease({
      claim: firstClaim(redis, keys),
      timing: { lifetimeMs: 60_000, renewEveryMs: 20 },
      onGained: (fence) => heard.add(`${name} has it, ${fence}`),
      onLost: () => heard.add(`${name} lost it`),
      log,
    }),
  ) as [ReturnType<typeof createLease>, ReturnType<typeof createLease>];
  await a.start();
  await b.start();
  expect([a.isOurs(), b.isOurs()]).toEqual([true, false]);
  expect(heard.items).toEqual(['a has it, 1']);

  // It ran out while `a` hung, and somebody else was quicker.
  await redis.set(keys.owner, 'somebody');
  await heard.until((items) => items.includes('a lost it'));
  expect([a.isOurs(), b.isOurs()]).toEqual([false, false]);
  await redis.del(keys.owner);
  await heard.until((items) => items.some((item) => item.endsWith('has it, 2')));
  const [holder, other] = a.isOurs() ? [a, b] : [b, a];
  await holder.stop();
  await heard.until((items) => items.some((item) => item.endsWith('has it, 3')));
  expect([holder.isOurs(), other.isOurs()]).toEqual([false, true]);
  await other.stop();
  expect(await redis.get(keys.owner)).toBeNull();
});

test('a process that cannot renew its lease in time does not take itself for the owner', async () => {
  const { redis, prefix, log } = connect();
  const timing = { lifetimeMs: 1_000, renewEveryMs: 1e8 };
  const lease = createLease({
    claim: firstClaim(redis, leaseKeys(prefix)),
    timing,
    onGained: () => {},
    onLost: () => {},
    log,
  });
  await lease.start();
  expect(lease.isOurs()).toBe(true);
  const later = performance.now() + timing.lifetimeMs;
  vi.spyOn(performance, 'now').mockReturnValue(later);
  expect(lease.isOurs()).toBe(false);
  vi.restoreAllMocks();
  await lease.stop();
});

test('the newest process takes the lease over at once; when it stops, the other has it again', async () => {
  const { redis, prefix, log } = connect();
  const store = {
    get: (key: string) => redis.get(`${prefix}:${key}`),
    set: async (key: string, value: string, seconds: number) =>
      void (await redis.set(`${prefix}:${key}`, value, 'EX', seconds)),
  };
  const heard = createRecord<string>();
  let now = Date.now();
  // Ids sort by the time of their process's start.
  vi.spyOn(Date, 'now').mockImplementation(() => ++now);
  onTestFinished(() => void vi.restoreAllMocks());
  const [old, young] = ['old', 'young'].map((name) =>
    createLease({
      claim: newestClaim(store, 'listener'),
      timing: { lifetimeMs: 60_000, renewEveryMs: 20 },
      onGained: () => heard.add(`${name} has it`),
      onLost: () => heard.add(`${name} lost it`),
      log,
    }),
  ) as [ReturnType<typeof createLease>, ReturnType<typeof createLease>];
  await old.start();
  await young.start();
  await heard.until((items) => items.includes('old lost it'));
  expect([old.isOurs(), young.isOurs()]).toEqual([false, true]);
  await young.stop();
  await heard.until((items) => items.length === 4);
  expect(heard.items).toEqual(['old has it', 'young has it', 'old lost it', 'old has it']);
  await old.stop();
});

test('a lease taken while its process stops is given back', async () => {
  const { redis, prefix, log } = connect();
  const keys = leaseKeys(prefix);
  const timing = { lifetimeMs: 60_000, renewEveryMs: 1e8 };
  const gained: number[] = [];
  const claim = firstClaim(redis, keys);
  const lease = createLease({ claim, timing, onGained: (fence) => gained.push(fence), onLost: () => {}, log });
  const starting = lease.start();
  await lease.stop();
  await starting;
  expect(gained).toEqual([]);
  expect(await redis.get(keys.owner)).toBeNull();
});

test('the start says that Redis does not answer, and the lease is claimed once it does', async () => {
  const { log } = captureLog();
  const answers: (() => number)[] = [
    () => {
      throw new Error('Redis is away');
    },
    () => 1,
  ];
  const gained = createRecord<number>();
  const lease = createLease({
    claim: { take: async () => answers.shift()?.() ?? 1, release: async () => {} },
    timing: { lifetimeMs: 60_000, renewEveryMs: 5 },
    onGained: gained.add,
    onLost: () => {},
    log,
  });
  onTestFinished(lease.stop);
  await expect(lease.start()).rejects.toThrow('Redis is away');
  expect(await gained.until((items) => items.length > 0)).toEqual([1]);
});
