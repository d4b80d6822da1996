/**
 * The browser profile that holds the linked device's session. After a SIGKILL of this process Chromium lives on, linked,
 * swallowing messages, and a new one refuses the profile; so whoever holds it is ended first.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from '../../../src/log/logger.ts';

const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 50;
/** Chromium's own lock: a link to `<host>-<pid>`. */
const LOCK = 'SingletonLock';

/** LocalAuth keeps the profile under this name in its folder. */
export const profileIn = (folder: string): string => resolve(folder, 'session');

/**
 * Makes the folder and the profile in it, for this user alone: the session in it is as good as the phone. Also narrows
 * what an earlier release made with wider rights.
 */
export async function keepPrivate(folder: string): Promise<void> {
  for (const path of [folder, profileIn(folder)]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  }
}

/** Ends every browser that runs with this profile, and removes the locks that a dead one left. */
export async function freeProfile(profile: string, log: Logger): Promise<void> {
  const holders = await holdersOf(profile);
  for (const pid of holders) {
    log.warn({ pid }, 'a browser that an earlier run left behind is ended');
    await end(pid);
  }
  for (const name of [LOCK, 'SingletonCookie', 'SingletonSocket']) await rm(join(profile, name), { force: true });
}

/** Main processes of browsers with this profile, by the profile's lock and by what runs on this machine. */
async function holdersOf(profile: string): Promise<number[]> {
  const running = await browsersWith(profile);
  const locked = await lockHolder(profile);
  // A process that has the lock's pid by chance is not the browser.
  if (locked !== null && !running.includes(locked) && (await commandOf(locked)).includes(profile)) running.push(locked);
  return running.filter((pid) => pid !== process.pid);
}

async function lockHolder(profile: string): Promise<number | null> {
  // No lock, no holder.
  const target = await readlink(join(profile, LOCK)).catch(() => '');
  const [, host, pid] = /^(.*)-(\d+)$/.exec(target) ?? [];
  return host === hostname() && pid !== undefined ? Number(pid) : null;
}

async function browsersWith(profile: string): Promise<number[]> {
  const wanted = `--user-data-dir=${profile}`;
  const commands = await processes();
  return commands
    .filter(({ command }) => command.includes(wanted) && !command.some((argument) => argument.startsWith('--type=')))
    .map(({ pid }) => pid);
}

async function processes(): Promise<{ pid: number; command: string[] }[]> {
  const entries = await readdir('/proc').catch(() => null);
  if (entries === null) return fromPs();
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  return Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) })));
}

/** Where there is no /proc (macOS). */
async function fromPs(): Promise<{ pid: number; command: string[] }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,args='], { maxBuffer: 16_777_216 });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), command: (command as string).split(/\s+(?=-)/) }];
  });
}

/** Empty when the process has ended, or is another user's. */
async function commandOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
}

/** Asks first, so that the session is written down; does not wait for long. */
async function end(pid: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return;
  for (const until = Date.now() + GRACE_MS; Date.now() < until; ) {
    if (!(await isAlive(pid))) return;
    await sleep(LOOK_EVERY_MS);
  }
  signal(pid, 'SIGKILL');
  for (const until = Date.now() + GRACE_MS; Date.now() < until && (await isAlive(pid)); ) await sleep(LOOK_EVERY_MS);
}

/** A dead process that nobody has waited for (a container without an init) still has its pid, but no command. */
async function isAlive(pid: number): Promise<boolean> {
  if (!signal(pid, 0)) return false;
  return process.platform !== 'linux' || (await commandOf(pid)).join('') !== '';
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    // Gone already.
    return false;
  }
}
