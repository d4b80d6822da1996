import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Redis } from 'ioredis';
import { isTrusted } from './socket.ts';

/**
 * Where a private Redis is reached: its Unix socket, or the port on loopback that older releases used.
 * Kept in its own `redis.conf`, which only this user can read.
 */
export type Instance = { password: string } & ({ socket: string } | { port: number });

/** Names the connection that each Chasqui process holds for as long as it needs the server. */
export const LEASE_NAME = 'chasqui-lease';

/** How long an answer of a server on loopback may take, in ms; a save by a slow disk can hold one up. */
const ANSWER_MS = 5_000;

/** Its address in the form of `REDIS_URL`. */
export function instanceUrl(instance: Instance): string {
  if ('port' in instance) return `redis://:${instance.password}@127.0.0.1:${instance.port}`;
  return `unix://:${instance.password}@${instance.socket.split('/').map(encodeURIComponent).join('/')}`;
}

/** What the last run wrote in this folder; undefined when there is nothing, or nothing that makes sense. */
export function readInstance(folder: string): Instance | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'redis.conf'), 'utf8');
  } catch {
    return undefined; // No run before this one.
  }
  const password = /^requirepass ([\w-]{20,})$/m.exec(text)?.[1];
  const socket = /^unixsocket "(.+)"$/m.exec(text)?.[1];
  const port = Number(/^port (\d{1,5})$/m.exec(text)?.[1]);
  if (password && socket) return { socket: unquote(socket), password };
  return password && port > 0 && port < 65_536 ? { port, password } : undefined;
}

/**
 * Writes the server's configuration, whole or not at all. Only directives that Redis 6 and Valkey know as well.
 * With `appendfsync no` every command is in the file (`write(2)`) before it is answered, so that the death of the server
 * loses nothing; `sync.ts` brings the file to the disk.
 * @param maxMemory in bytes; 0 for no limit
 */
export async function writeInstance(folder: string, instance: Instance, maxMemory: number): Promise<void> {
  const lines = [
    '# Written by Chasqui at every start.',
    ...('port' in instance
      ? [`port ${instance.port}`, 'bind 127.0.0.1']
      : ['port 0', `unixsocket ${quote(instance.socket)}`, 'unixsocketperm 700']),
    `requirepass ${instance.password}`,
    `dir ${quote(folder)}`,
    'pidfile redis.pid',
    'daemonize no',
    'databases 1',
    'loglevel warning',
    'save ""',
    'appendonly yes',
    'appendfsync no',
    'aof-load-truncated yes',
    'auto-aof-rewrite-min-size 16mb',
    `maxmemory ${maxMemory}`,
    'maxmemory-policy noeviction',
  ];
  const path = join(folder, 'redis.conf');
  await writeFile(`${path}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** A value in double quotes as redis.conf reads it. */
function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

function unquote(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter));
}

/** The process id that the server in this folder wrote down, whether or not it still lives. */
export function readPid(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, 'redis.pid'), 'utf8').trim());
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined; // No server wrote one.
  }
}

/** Is this living process the Redis server of this folder? A process id alone proves nothing: they are used again. */
export function isServerOf(folder: string, pid: number): boolean {
  try {
    // Redis makes its data folder its current folder. A process that ended but was not yet collected has none.
    return (
      readlinkSync(`/proc/${pid}/cwd`) === folder && /redis|valkey/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'))
    );
  } catch {
    if (process.platform === 'linux') return false;
  }
  try {
    const command = execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' });
    const instance = readInstance(folder);
    if (!instance || !/redis-server|valkey-server/.test(command)) return false;
    return command.includes('port' in instance ? `:${instance.port}` : instance.socket);
  } catch {
    return false; // `ps` ends with 1 when there is no such process.
  }
}

export interface Answering {
  pid: number;
  /** Still reads its append-only file; answers nothing else until it is done. */
  loading: boolean;
}

/** Asks whether the server of this folder listens there and takes our password; undefined when it is not so. */
export async function probe(folder: string, instance: Instance): Promise<Answering | undefined> {
  if (!mayBeAsked(folder, instance)) return undefined;
  const redis = connectOnce(instance, 'chasqui-probe');
  try {
    await redis.connect();
    const info = await redis.info();
    const [, dir] = (await redis.call('CONFIG', 'GET', 'dir')) as string[];
    if (dir !== folder) return undefined;
    return { pid: Number(/^process_id:(\d+)/m.exec(info)?.[1]), loading: /^loading:1/m.test(info) };
  } catch {
    return undefined; // Refused, another's server, or a wrong password: in each case not ours.
  } finally {
    redis.disconnect();
  }
}

/** Whoever listens there is told the password, so it must be this folder's server, and not another user's program. */
function mayBeAsked(folder: string, instance: Instance): boolean {
  if ('socket' in instance) return isTrusted(folder, instance.socket);
  // Anybody can listen on a port that is free. The folder's own server holds the one in its configuration.
  const pid = readPid(folder);
  return isDeepStrictEqual(readInstance(folder), instance) && pid !== undefined && isServerOf(folder, pid);
}

/** A connection that is not opened again when it ends. */
export function connectOnce(instance: Instance, name: string): Redis {
  const redis = new Redis({
    ...('port' in instance ? { host: '127.0.0.1', port: instance.port } : { path: instance.socket }),
    ...{ password: instance.password, connectionName: name },
    ...{ lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null, maxRetriesPerRequest: 0 },
    ...{ connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS },
  });
  // What fails is told by the call that failed; ioredis wants a listener none the less.
  redis.on('error', () => {});
  return redis;
}
