import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseRedisUrl } from '../../config/redis-url.ts';
import { createLogger } from '../../src/log/logger.ts';
import { dialRedis } from '../../src/redis/connect.ts';
import { instanceUrl, isServerOf, LEASE_NAME, readInstance, writeInstance } from '../../src/redis/instance.ts';
import { freePort, launch } from '../../src/redis/launch.ts';
import { type PrivateRedis, startPrivateRedis } from '../../src/redis/server.ts';

const PASSWORD = 'a-password-of-an-older-release';
let dataDir: string;
let cleanUps: (() => unknown)[];

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'chasqui-socket-')));
  cleanUps = [];
});

afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  for (const pid of processes()) if (isServerOf(join(dataDir, 'redis'), pid)) process.kill(pid, 'SIGKILL');
  vi.unstubAllEnvs();
  await rm(dataDir, { recursive: true, force: true });
});

const processes = (): number[] => readdirSync('/proc').map(Number).filter(Number.isInteger);

async function start(folder = dataDir, maxMemory?: number): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ dataDir: folder, log: createLogger({ level: 'silent' }), maxMemory });
  cleanUps.push(() => redis.stop());
  return redis;
}

function client(url: string, name = 'test'): Redis {
  const redis = dialRedis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20, connectionName: name });
  redis.on('error', () => {}); // Some tests take the server away.
  cleanUps.push(() => redis.disconnect());
  return redis;
}

const socketOf = (url: string): string => parseRedisUrl(url)?.path as string;

/** The TCP sockets that a process listens on, by the inodes of its open files. */
function listening(pid: number): string[] {
  const inodes = readFileSync(`/proc/${pid}/net/tcp`, 'utf8') + readFileSync(`/proc/${pid}/net/tcp6`, 'utf8');
  const own = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [/socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? ''];
    } catch {
      return []; // Closed meanwhile.
    }
  });
  const rows = inodes.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.filter((row) => row[3] === '0A' && own.includes(row[9] as string)).map((row) => row[1] as string);
}

/** What an older release leaves: a server on a port, with the folder's data. */
async function olderRelease(): Promise<{ url: string; pid: number; port: number }> {
  const folder = join(dataDir, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const instance = { port: await freePort(), password: PASSWORD };
  await writeInstance(folder, instance, 0);
  return { url: instanceUrl(instance), pid: await launch(folder, instance), port: instance.port };
}

test('listens on a socket in the data folder and on no port', async () => {
  const { pid, url } = await start();
  expect(socketOf(url)).toBe(join(dataDir, 'redis', 'redis.sock'));
  expect(listening(pid)).toEqual([]);
});

test('a path that is too long for a socket: one in a folder of its own, which goes with the server', async () => {
  const runtime = await mkdtemp(join(tmpdir(), 'run-'));
  cleanUps.push(() => rm(runtime, { recursive: true }));
  vi.stubEnv('XDG_RUNTIME_DIR', runtime);
  const long = join(dataDir, 'ä'.repeat(50), 'data');
  const first = await start(long);
  const place = dirname(socketOf(first.url));
  expect(dirname(place)).toBe(runtime);
  expect(statSync(place).mode & 0o777).toBe(0o700);
  await client(first.url).set('name', 'Chasqui');
  // A second process finds it, also without the variable.
  vi.stubEnv('XDG_RUNTIME_DIR', '');
  const second = await start(long);
  expect({ url: second.url, pid: second.pid }).toEqual({ url: first.url, pid: first.pid });
  await first.stop();
  await second.stop();
  expect(existsSync(place)).toBe(false);
  const third = await start(long);
  expect(await client(third.url).get('name')).toBe('Chasqui');
});

test('a socket folder that others can enter is not used again', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', dataDir);
  const long = join(dataDir, 'x'.repeat(60), 'x'.repeat(60));
  const first = await start(long);
  const place = dirname(socketOf(first.url));
  await first.stop();
  mkdirSync(place);
  chmodSync(place, 0o755);
  const second = await start(long);
  expect(socketOf(second.url)).not.toBe(socketOf(first.url));
  expect(parseRedisUrl(second.url)?.password).not.toBe(parseRedisUrl(first.url)?.password);
});

test('a socket that a killed server left behind is in nobody’s way', async () => {
  const first = await start();
  process.kill(first.pid, 'SIGKILL');
  await first.stop();
  expect(existsSync(socketOf(first.url))).toBe(true);
  const second = await start();
  expect(await client(second.url).ping()).toBe('PONG');
});

test('a copied data folder has a server of its own', async () => {
  const first = await start();
  await client(first.url).set('name', 'Chasqui');
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'chasqui-copy-')));
  cleanUps.unshift(() => rm(copy, { recursive: true, force: true }));
  cpSync(join(dataDir, 'redis'), join(copy, 'redis'), { recursive: true, filter: (path) => !path.endsWith('.sock') });
  const second = await start(copy);
  expect(second.pid).not.toBe(first.pid);
  expect(socketOf(second.url)).toBe(join(copy, 'redis', 'redis.sock'));
  expect(await client(second.url).get('name')).toBe('Chasqui');
  expect(await client(first.url).ping()).toBe('PONG');
});

test('an older release still runs: its server on a port is shared, and replaced once nobody needs it', async () => {
  const old = await olderRelease();
  const oldLease = client(old.url, LEASE_NAME);
  await oldLease.set('name', 'Chasqui');
  const joined = await start();
  expect({ url: joined.url, pid: joined.pid }).toEqual({ url: old.url, pid: old.pid });
  await joined.stop();
  expect(await oldLease.ping()).toBe('PONG');

  oldLease.disconnect();
  await expect.poll(async () => (await client(old.url).client('LIST')) as string).not.toContain(LEASE_NAME);
  const next = await start();
  expect(socketOf(next.url)).toBe(join(dataDir, 'redis', 'redis.sock'));
  expect(await client(next.url).get('name')).toBe('Chasqui');
  expect(listening(next.pid)).toEqual([]);
});

test('who listens on the old port is not told the password', async () => {
  const old = await olderRelease();
  const gone = client(old.url);
  await gone.set('name', 'Chasqui');
  gone.disconnect();
  process.kill(old.pid, 'SIGKILL');
  const heard: string[] = [];
  const thief = createServer((socket) => {
    socket.on('data', (data) => heard.push(String(data)));
    socket.end('-ERR not yours\r\n');
  });
  const listen = async (): Promise<boolean> => {
    const up = once(thief, 'listening');
    thief.listen(old.port, '127.0.0.1');
    return up.then(
      () => true,
      () => false, // The killed server has not let go of it yet.
    );
  };
  await expect.poll(listen).toBe(true);
  cleanUps.push(() => thief.close());

  const next = await start();
  expect(await client(next.url).get('name')).toBe('Chasqui');
  expect(parseRedisUrl(next.url)?.password).not.toBe(PASSWORD);
  expect(heard).toEqual([]);
});

test('may hold half of the memory, or what is set, and never throws anything away for it', async () => {
  const limit = async ({ url }: PrivateRedis): Promise<number> =>
    Number(((await client(url).config('GET', 'maxmemory')) as string[])[1]);
  const first = await start();
  expect(await limit(first)).toBeGreaterThan(32 * 2 ** 20);
  expect(await limit(first)).toBeLessThanOrEqual(totalmem() / 2);
  const second = await start(dataDir, 64 * 2 ** 20);
  expect(await limit(second)).toBe(64 * 2 ** 20);
  await first.stop();
  await second.stop();
  expect(await limit(await start(dataDir, 96 * 2 ** 20))).toBe(96 * 2 ** 20);
  expect(readInstance(join(dataDir, 'redis'))).toMatchObject({ socket: expect.any(String) });
});
