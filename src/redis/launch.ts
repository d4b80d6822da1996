import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answering, type Instance, isServerOf, probe } from './instance.ts';

/** The two names that the same server goes by. Valkey is the fork of Redis 7.2 and reads the same configuration. */
const SERVERS = ['redis-server', 'valkey-server'];
/** The server's log is emptied at a start when it has grown past this, in bytes. */
const LOG_LIMIT = 1_000_000;
const POLL_MS = 10;
/** How long a server may take to end by itself, in ms; it only has to flush its file. */
const END_MS = 10_000;

/** A private Redis cannot run here; the message says what to do. */
export class PrivateRedisError extends Error {
  override readonly name = 'PrivateRedisError';
  readonly code = 'PRIVATE_REDIS';
}

/** The path of the first Redis or Valkey server on PATH. @throws PrivateRedisError when there is none */
export function findServer(path = process.env.PATH ?? ''): string {
  for (const name of SERVERS) {
    for (const folder of path.split(delimiter).filter(Boolean)) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not there: look on.
      }
    }
  }
  throw new PrivateRedisError(
    [
      'There is no Redis: neither redis-server nor valkey-server is on the PATH. Install one',
      '(Debian, Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; Alpine: apk add valkey;',
      'Arch: pacman -S valkey; macOS: brew install redis), or set REDIS_URL to a Redis that runs.',
    ].join(' '),
  );
}

/** A free port on loopback. Somebody else may take it before it is used; the caller tries another then. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts the server that the folder's `redis.conf` describes, and waits until it answers.
 * It gets a session of its own, so that Ctrl-C in the terminal reaches us and not it, and it outlives us.
 * @returns its process id
 * @throws PrivateRedisError with the server's last words when it ends before it answers
 */
export async function launch(folder: string, instance: Instance): Promise<number> {
  const binary = findServer();
  const log = await openLog(folder);
  const from = (await log.stat()).size;
  try {
    const child = spawn(binary, [join(folder, 'redis.conf')], {
      cwd: folder,
      // Nothing of our environment, which holds secrets; a locale that every machine has.
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    while (child.exitCode === null && child.signalCode === null) {
      const answering = await loaded(folder, instance);
      if (answering) return answering.pid;
      await sleep(POLL_MS);
    }
  } catch (error) {
    throw new PrivateRedisError(`${binary} could not be started: ${(error as Error).message}`, { cause: error });
  } finally {
    await log.close();
  }
  throw new PrivateRedisError(`${binary} ended at once. Its last words: ${await lastWords(folder, from)}`);
}

/** Waits until the server there has read its file; undefined when none of ours answers. */
export async function loaded(folder: string, instance: Instance): Promise<Answering | undefined> {
  for (let wait = POLL_MS; ; wait = Math.min(wait * 2, 500)) {
    const answering = await probe(folder, instance);
    if (!answering?.loading) return answering;
    await sleep(wait);
  }
}

/**
 * Waits until the server of this folder is gone, after it was told to end or by sending it `signal`. One that does not
 * end by itself is ended by force, which loses nothing: every command that it answered is in its file.
 * @throws PrivateRedisError when even that does not end it
 */
export async function gone(folder: string, pid: number, signal?: NodeJS.Signals): Promise<void> {
  if (signal) send(pid, signal);
  for (const next of ['SIGKILL', undefined] as const) {
    for (const until = Date.now() + END_MS; Date.now() < until; await sleep(POLL_MS)) {
      if (!isServerOf(folder, pid)) return;
    }
    if (next) send(pid, next);
  }
  throw new PrivateRedisError(`The Redis of ${folder} does not end. End process ${pid} and start again.`);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It ended a moment ago: what was wanted.
  }
}

async function openLog(folder: string): Promise<FileHandle> {
  const log = await open(join(folder, 'redis.log'), 'a', 0o600);
  if ((await log.stat()).size > LOG_LIMIT) await log.truncate();
  return log;
}

/** The end of what the server wrote since `from`, in one line. */
async function lastWords(folder: string, from: number): Promise<string> {
  const log = await open(join(folder, 'redis.log'), 'r');
  try {
    const { size } = await log.stat();
    const { buffer, bytesRead } = await log.read({
      position: from,
      buffer: Buffer.alloc(Math.min(size - from, 64_000)),
    });
    const lines = buffer.toString('utf8', 0, bytesRead).trim().split('\n').slice(-4);
    // "12345:M 24 Nov 2026 22:40:01.123 # text" → "text"
    return lines.map((line) => line.replace(/^\d+:\w [^#*-]*[#*-] /, '').trim()).join(' ') || '(none)';
  } finally {
    await log.close();
  }
}
