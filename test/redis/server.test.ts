import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRedisUrl } from '../../config/redis-url.ts';
import { createLogger } from '../../src/log/logger.ts';
import { dialRedis } from '../../src/redis/connect.ts';
import { isServerOf } from '../../src/redis/instance.ts';
import { type PrivateRedis, startPrivateRedis } from '../../src/redis/server.ts';

let dataDir: string;
let cleanUps: (() => unknown)[];

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'chasqui data "of" ')));
  cleanUps = [];
});

afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  for (const pid of servers()) process.kill(pid, 'SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

/** The Redis processes of this test's folder. */
function servers(): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter((pid) => isServerOf(join(dataDir, 'redis'), pid));
}

async function start(): Promise<PrivateRedis> {
  const redis = await startPrivateRedis({ dataDir, log: createLogger({ level: 'silent' }) });
  cleanUps.push(() => redis.stop());
  return redis;
}

function client(url: string): Redis {
  const redis = dialRedis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {});
  cleanUps.push(() => redis.disconnect());
  return redis;
}

/** Another process that needs the same Redis; in a process group of its own, as a terminal gives it. */
async function otherProcess(): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'hold.ts'), dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  cleanUps.push(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, ...JSON.parse(line) };
  throw new Error('the other process ended without a word');
}

async function end(child: ChildProcess, how: () => void): Promise<void> {
  const exited = once(child, 'exit');
  how();
  await exited;
}

test('starts, keeps what it is told over a restart, and leaves no process behind', async () => {
  const first = await start();
  expect(servers()).toEqual([first.pid]);
  await client(first.url).set('name', 'Chasqui');
  await first.stop();
  expect(servers()).toEqual([]);

  const second = await start();
  expect(await client(second.url).get('name')).toBe('Chasqui');
  await second.stop();
  await second.stop();
  expect(servers()).toEqual([]);
});

test('is open only to who knows the password, which only this user can read', async () => {
  const { url } = await start();
  const stranger = client(url.replace(/:[^:@]*@/, ''));
  await expect(stranger.get('name')).rejects.toThrow('NOAUTH');
  expect(statSync(join(dataDir, 'redis')).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'redis', 'redis.sock')).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, 'redis', 'redis.conf')).mode & 0o777).toBe(0o600);
});

test('never throws data away, and has every command in its file before it answers', async () => {
  const redis = client((await start()).url);
  const config = async (name: string) => ((await redis.config('GET', name)) as string[])[1];
  expect(await config('maxmemory-policy')).toBe('noeviction');
  expect(await config('appendonly')).toBe('yes');
  // `everysec` answers before it writes while the disk is busy.
  expect(await config('appendfsync')).toBe('no');
});

test('survives the death of the process that started it, and the next takes it over', async () => {
  const killed = await otherProcess();
  await client(killed.url).set('name', 'Chasqui');
  await end(killed.child, () => killed.child.kill('SIGKILL'));
  expect(servers()).toEqual([killed.pid]);

  const next = await start();
  expect({ url: next.url, pid: next.pid }).toEqual({ url: killed.url, pid: killed.pid });
  expect(servers()).toEqual([killed.pid]);
  expect(await client(next.url).get('name')).toBe('Chasqui');
  await next.stop();
  expect(servers()).toEqual([]);
});

test('Ctrl-C in the terminal ends the process, not the server under it', async () => {
  const { child, pid } = await otherProcess();
  await end(child, () => process.kill(-(child.pid as number), 'SIGINT'));
  expect(servers()).toEqual([pid]);
});

test('comes back at the same address with all that it acknowledged when it is killed', async () => {
  const server = await start();
  const redis = client(server.url);
  await redis.set('count', 0);
  const before = server.pid;
  const counted: number[] = [];
  while (counted.length < 2_000) {
    counted.push(await redis.incr('count'));
    if (counted.length === 500) process.kill(before, 'SIGKILL');
  }
  expect(counted.filter((count, at) => at > 0 && count <= (counted[at - 1] as number))).toEqual([]);
  await expect.poll(() => server.pid).not.toBe(before);
  expect(servers()).toEqual([server.pid]);

  // And again, at once: it may be killed as often as one likes.
  const last = Number(await redis.get('count'));
  process.kill(server.pid, 'SIGKILL');
  expect(Number(await redis.get('count'))).toBe(last);
});

test('when the one who started it is killed, and then the server too, another process brings it back', async () => {
  const starter = await otherProcess();
  const joined = await start();
  await client(joined.url).set('name', 'Chasqui');
  await end(starter.child, () => starter.child.kill('SIGKILL'));
  process.kill(starter.pid, 'SIGKILL');
  expect(await client(joined.url).get('name')).toBe('Chasqui');
  await expect.poll(() => joined.pid).not.toBe(starter.pid);
  expect(servers()).toEqual([joined.pid]);
});

test('several that start at the same time share one server; the last to stop ends it', async () => {
  const [here, a, b] = await Promise.all([start(), otherProcess(), otherProcess()]);
  expect(new Set([here.url, a.url, b.url]).size).toBe(1);
  expect(servers()).toEqual([here.pid]);

  await end(a.child, () => a.child.stdin?.end());
  await here.stop();
  expect(await client(b.url).ping()).toBe('PONG');
  await end(b.child, () => b.child.stdin?.end());
  expect(servers()).toEqual([]);
});

test('a process id that now is somebody else’s is left alone', async () => {
  const first = await start();
  await client(first.url).set('name', 'Chasqui');
  await first.stop();
  const stranger = spawn('sleep', ['60'], { cwd: join(dataDir, 'redis'), stdio: 'ignore' });
  cleanUps.push(() => stranger.kill());
  writeFileSync(join(dataDir, 'redis', 'redis.pid'), `${stranger.pid}\n`);

  const second = await start();
  expect(await client(second.url).get('name')).toBe('Chasqui');
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('a server that was left behind and cannot be talked to is replaced, with its data', async () => {
  const killed = await otherProcess();
  await client(killed.url).set('name', 'Chasqui');
  await end(killed.child, () => killed.child.kill('SIGKILL'));
  writeFileSync(join(dataDir, 'redis', 'redis.conf'), 'no configuration at all\n');

  const next = await start();
  expect(servers()).toEqual([next.pid]);
  expect(next.pid).not.toBe(killed.pid);
  expect(await client(next.url).get('name')).toBe('Chasqui');
});

test('starts on a file whose last command was cut off by a loss of power', async () => {
  const first = await start();
  await client(first.url).set('name', 'Chasqui');
  await first.stop();
  const folder = join(dataDir, 'redis', 'appendonlydir');
  const file = readdirSync(folder).find((name) => name.endsWith('.incr.aof')) as string;
  appendFileSync(join(folder, file), '*3\r\n$3\r\nSET\r\n$4\r\nname\r\n$9\r\nhalf');

  const second = await start();
  expect(await client(second.url).get('name')).toBe('Chasqui');
});

test('says in Redis’s own words why it cannot start', async () => {
  mkdirSync(join(dataDir, 'redis', 'appendonlydir', 'appendonly.aof.manifest'), { recursive: true });
  await expect(start()).rejects.toThrow(/redis-server ended at once.*appendonly\.aof\.manifest/s);
  expect(servers()).toEqual([]);
});

test('says what to do when there is no place to write', async () => {
  writeFileSync(join(dataDir, 'redis'), 'a file where the folder should be');
  await expect(start()).rejects.toThrow(/cannot keep its data in .*redis.*DATA_DIR/s);
});

test('says what to install when there is neither Redis nor Valkey', async () => {
  const path = process.env.PATH;
  cleanUps.push(() => {
    process.env.PATH = path;
  });
  process.env.PATH = dataDir;
  await expect(start()).rejects.toThrow(/neither redis-server nor valkey-server.*apt-get install redis-server/s);
});

test('gives the server none of our secrets', async () => {
  process.env.SLACK_BOT_TOKEN = 'xoxb-secret';
  cleanUps.push(() => {
    delete process.env.SLACK_BOT_TOKEN;
  });
  const { pid, url } = await start();
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('xoxb-secret');
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(parseRedisUrl(url)?.password);
});
