import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Finding, runDoctor } from '../../src/doctor/doctor.ts';
import { redisProbe } from '../../src/doctor/redis.ts';
import { PrivateRedisError } from '../../src/redis/launch.ts';
import { freePort, startRedis, type TestRedis } from '../support/redis.ts';

let server: TestRedis;
let admin: Redis;
const folder = mkdtempSync(join(tmpdir(), 'chasqui-doctor-'));
beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
  await admin.config('SET', 'maxmemory', '512mb');
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
  rmSync(folder, { recursive: true });
});

const look = (url: string, binary?: () => string): Promise<Finding[]> =>
  runDoctor({ probes: [redisProbe({ prefix: 'chasqui', open: async () => url, binary, patienceMs: 1_000 })] });
const states = (findings: Finding[]) => findings.map(({ state }) => state);

test('a Redis as it should be', async () => {
  const findings = await look(server.url);
  expect(states(findings)).toEqual(['ok', 'ok', 'ok']);
  expect(findings[0]?.detail).toMatch(
    new RegExp(`^(Redis|Valkey) [\\d.]+ at 127.0.0.1:${server.port}, answers in [\\d.]+ ms$`),
  );
});

test('one that may throw messages away, and forgets them when it stops', async () => {
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await admin.config('SET', 'appendonly', 'no');
  try {
    const [, policy, aof] = await look(server.url);
    expect(policy).toMatchObject({
      state: 'wrong',
      detail: expect.stringContaining('maxmemory-policy is allkeys-lru'),
      advice: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
    });
    expect(aof).toMatchObject({ state: 'warning', detail: expect.stringContaining('since its last snapshot is lost') });
  } finally {
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'appendonly', 'yes');
  }
});

test('one without a limit grows until the system ends it', async () => {
  await admin.config('SET', 'maxmemory', 0);
  try {
    expect(await look(server.url)).toContainEqual(
      expect.objectContaining({ state: 'warning', advice: expect.stringContaining('CONFIG SET maxmemory 512mb') }),
    );
  } finally {
    await admin.config('SET', 'maxmemory', '512mb');
  }
});

test('a replica takes no writes', async () => {
  await admin.call('REPLICAOF', '127.0.0.1', '1');
  try {
    expect(await look(server.url)).toContainEqual(
      expect.objectContaining({ state: 'wrong', advice: 'use its primary' }),
    );
  } finally {
    await admin.call('REPLICAOF', 'NO', 'ONE');
  }
});

describe('one that cannot be reached', () => {
  test('nothing listens', async () => {
    const [found, ...more] = await look(`redis://127.0.0.1:${await freePort()}`);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ state: 'wrong', advice: expect.stringContaining('nothing listens there') });
  });

  test('a password is missing or wrong, and is not shown', async () => {
    await admin.config('SET', 'requirepass', 'a-password');
    try {
      const [missing] = await look(server.url);
      expect(missing).toMatchObject({ state: 'wrong', advice: expect.stringContaining('it wants a password') });
      const [wrong] = await look(`redis://:not-this@127.0.0.1:${server.port}`);
      expect(wrong).toMatchObject({ state: 'wrong', advice: 'correct user and password in REDIS_URL' });
      expect(JSON.stringify(wrong)).not.toContain('not-this');
    } finally {
      await admin.config('SET', 'requirepass', '');
    }
  });

  test('TLS where there is none', async () => {
    const [found] = await look(`rediss://127.0.0.1:${server.port}`);
    expect(found).toMatchObject({ state: 'wrong', advice: expect.stringContaining('without TLS it is redis://') });
  });

  test('something else hangs up', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    expect(await look(`redis://127.0.0.1:${port}`)).toMatchObject([
      { state: 'wrong', advice: 'is it a Redis? Correct REDIS_URL; with TLS it is rediss://' },
    ]);
    other.close();
  });
});

describe('a private one', () => {
  /** A program that says it is a Redis of this version. */
  function fake(says: string): string {
    const path = join(folder, `server-${says.length}-${says.replace(/\W/g, '')}`);
    writeFileSync(path, `#!/bin/sh\necho '${says}'\n`);
    chmodSync(path, 0o755);
    return path;
  }

  test.each(['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc', 'Valkey server v=8.1.1 sha=00000000:0'])(
    '%s will do',
    async (says) => {
      const path = fake(says);
      const [found] = await look(server.url, () => path);
      expect(found).toMatchObject({ state: 'ok', detail: expect.stringContaining(path) });
    },
  );

  test('one that is too old is not started', async () => {
    const path = fake('Redis server v=6.0.16 sha=00000000:0');
    expect(await look('redis://127.0.0.1:1', () => path)).toMatchObject([
      { state: 'wrong', advice: 'install Redis 6.2 or newer, or Valkey' },
    ]);
  });

  test('there is none, or it does not start', async () => {
    const none = () => {
      throw new PrivateRedisError('There is no Redis: install one');
    };
    expect(await look(server.url, none)).toMatchObject([{ state: 'wrong', detail: 'There is no Redis: install one' }]);
    const probe = redisProbe({ prefix: 'chasqui', open: () => Promise.reject(new PrivateRedisError('ended at once')) });
    expect(await runDoctor({ probes: [probe] })).toMatchObject([{ state: 'wrong', detail: 'ended at once' }]);
  });
});
