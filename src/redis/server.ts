import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import type { Logger } from '../log/logger.ts';
import { withFolderLock } from './folder-lock.ts';
import {
  connectOnce,
  type Instance,
  instanceUrl,
  isServerOf,
  LEASE_NAME,
  probe,
  readInstance,
  readPid,
  writeInstance,
} from './instance.ts';
import { findServer, gone, launch, loaded, PrivateRedisError } from './launch.ts';
import { defaultMaxMemory } from './max-memory.ts';
import { canListen, chooseSocket, removeSocketFolder } from './socket.ts';
import { syncEverySecond } from './sync.ts';

/** Between two attempts to bring back a server that keeps dying, in ms. */
const BACKOFF_MS = { first: 100, most: 5_000 };
/** A server that lived this long is brought back at once, in ms. */
const STEADY_MS = 30_000;

export interface PrivateRedis {
  /** With the password in it. Stays the same while this process runs, also when the server had to be started again. */
  readonly url: string;
  /** The server's process now; another one when it had to be started again. */
  readonly pid: number;
  /** Lets go of the server; the last process that does so ends it. May be called twice. */
  stop(): Promise<void>;
}

/** A server that answers, and the connection that tells it that we need it. */
interface Held {
  instance: Instance;
  pid: number;
  lease: Redis;
}

/**
 * Starts a Redis (or Valkey) of our own in `<dataDir>/redis`: on a Unix socket that only this user can reach, behind a
 * password, with an append-only file.
 * A folder has one server. A second process joins it, and takes over one that a killed run left behind. Each holds a
 * named connection, its lease, which ends with the process however that ends: so the last to stop knows that it is.
 * A server that dies is started again in the same place, by whoever holds a lease.
 * @param options.maxMemory what it may hold, in bytes; it refuses writes beyond. Default: half of this machine's memory
 * @throws PrivateRedisError when there is no server on this machine, or it cannot run in that folder
 */
export async function startPrivateRedis(options: {
  dataDir: string;
  log: Logger;
  maxMemory?: number | undefined;
}): Promise<PrivateRedis> {
  const { dataDir, log, maxMemory = defaultMaxMemory() } = options;
  const folder = await prepareFolder(resolve(dataDir, 'redis'));
  const stopping = new AbortController();
  let recovering: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let wait = 0;

  let held = watch(await withFolderLock(folder, () => joinOrStart(folder, maxMemory, log)));
  const { instance } = held;
  const endSync = syncEverySecond(folder, log);

  function watch(next: Held): Held {
    const since = Date.now();
    next.lease.once('end', () => {
      if (stopping.signal.aborted) return;
      if (Date.now() - since > STEADY_MS) wait = 0;
      recovering = recover();
    });
    return next;
  }

  async function recover(): Promise<void> {
    log.error({ pid: held.pid }, 'The private Redis ended; starting it again');
    while (!stopping.signal.aborted) {
      try {
        await sleep(wait, undefined, { signal: stopping.signal });
        wait = Math.min(Math.max(wait * 2, BACKOFF_MS.first), BACKOFF_MS.most);
        held = watch(await withFolderLock(folder, () => startAgain(folder, instance, maxMemory)));
        log.info({ pid: held.pid }, 'The private Redis is back');
        return;
      } catch (error) {
        if (!stopping.signal.aborted) log.error({ err: error }, 'The private Redis did not come back; trying again');
      }
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await recovering;
    endSync();
    await withFolderLock(folder, () => letGo(folder, held, log));
  }

  return {
    url: instanceUrl(instance),
    get pid() {
      return held.pid;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** @returns the folder's real path, as the server itself will name it */
async function prepareFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    return await realpath(folder);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

function cannotWrite(folder: string, error: unknown): PrivateRedisError {
  const { message } = error as Error;
  return new PrivateRedisError(
    `The private Redis cannot keep its data in ${folder} (${message}). Make room there, give this user the right to write, or set DATA_DIR to another folder.`,
    { cause: error },
  );
}

/** The server that runs in this folder already, or a new one on the data that is there. */
async function joinOrStart(folder: string, maxMemory: number, log: Logger): Promise<Held> {
  const known = readInstance(folder);
  const held = known && (await hold(folder, known));
  const others = held ? (await leases(held)) - 1 : 0;
  if (held && (others > 0 || 'socket' in held.instance)) {
    await held.lease.config('SET', 'maxmemory', maxMemory);
    log.info({ pid: held.pid }, others ? 'Joined the private Redis' : 'Took over the private Redis of an earlier run');
    return held;
  }
  findServer();
  // An older release left it behind on a port, which every user of this machine can reach.
  if (held) await shutDown(folder, held);
  await endLeftover(folder);
  // The same place as before, for a process that lost its server a moment ago and waits for it there.
  const kept = known && 'socket' in known && (await canListen(folder, known.socket));
  const started = await start(folder, kept ? known : await newInstance(folder), maxMemory);
  log.info({ pid: started.pid }, 'Started a private Redis');
  return started;
}

async function newInstance(folder: string): Promise<Instance> {
  const socket = await chooseSocket(folder).catch((error) => {
    throw new PrivateRedisError(
      `The private Redis has no place for its Unix socket: the path of ${folder} is too long, and so it is elsewhere (${error.message}). Set DATA_DIR to a folder with a shorter path, or REDIS_URL.`,
      { cause: error },
    );
  });
  return { socket, password: randomBytes(24).toString('base64url') };
}

/** Brings the server back to where it was; another process that needs it may have done so already. */
async function startAgain(folder: string, instance: Instance, maxMemory: number): Promise<Held> {
  const held = await hold(folder, instance);
  if (held) return held;
  const now = readInstance(folder);
  // Ending it would make two processes end each other's server for ever.
  if (now && !isDeepStrictEqual(now, instance) && (await probe(folder, now))) {
    throw new PrivateRedisError(`The Redis in ${folder} is at another address now. Restart this process.`);
  }
  await endLeftover(folder);
  return start(folder, instance, maxMemory);
}

async function start(folder: string, instance: Instance, maxMemory: number): Promise<Held> {
  if ('socket' in instance && !(await canListen(folder, instance.socket))) {
    throw new PrivateRedisError(`Others can reach ${instance.socket}, or it is no place for a socket any more.`);
  }
  await writeInstance(folder, instance, maxMemory).catch((error) => {
    throw cannotWrite(folder, error);
  });
  await launch(folder, instance);
  const held = await hold(folder, instance);
  if (!held) throw new PrivateRedisError(`The Redis in ${folder} started and went away; see redis.log there.`);
  return held;
}

/** Takes a lease on the server of this folder, once it has read its file; undefined when none answers there. */
async function hold(folder: string, instance: Instance): Promise<Held | undefined> {
  const answering = await loaded(folder, instance);
  if (!answering) return undefined;
  const lease = connectOnce(instance, LEASE_NAME);
  await lease.connect();
  return { instance, pid: answering.pid, lease };
}

/** How many processes hold a lease, this one included. */
async function leases({ lease }: Held): Promise<number> {
  const clients = String(await lease.call('CLIENT', 'LIST'));
  return clients.split('\n').filter((line) => line.includes(` name=${LEASE_NAME} `)).length;
}

/** Ends a server of this folder that does not let us in; two must never write the same file. */
async function endLeftover(folder: string): Promise<void> {
  const pid = readPid(folder);
  if (pid === undefined || !isServerOf(folder, pid)) return;
  await gone(folder, pid, 'SIGTERM');
}

async function letGo(folder: string, held: Held, log: Logger): Promise<void> {
  const { lease, pid } = held;
  if (lease.status !== 'ready') return; // It died, and was not brought back since we are stopping.
  const all = await leases(held).catch(() => undefined);
  if (all === undefined) return; // It died while it was asked.
  const others = all - 1;
  if (others > 0) {
    await lease.quit();
    log.info({ pid, others }, 'The private Redis stays for the processes that still use it');
    return;
  }
  await shutDown(folder, held);
  if ('socket' in held.instance) await removeSocketFolder(folder, held.instance.socket);
}

async function shutDown(folder: string, { lease, pid }: Held): Promise<void> {
  // The answer to SHUTDOWN is the end of the connection, which ioredis reports as an error.
  await lease.call('SHUTDOWN').catch(() => {});
  lease.disconnect();
  await gone(folder, pid);
}
