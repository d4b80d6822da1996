import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log/logger.ts';

const EVERY_MS = 1_000;

/**
 * Once a second, has the system put on the disk what Redis has written to its append-only file.
 * Redis's own `appendfsync everysec` holds back writes while such a call is under way and answers all the same, so its
 * death just then loses what it had acknowledged. With `no`, and this, its death loses nothing, and a loss of
 * power at most the last second or so. (docs/decisions/0003-append-only-file.md)
 * @returns ends it
 */
export function syncEverySecond(folder: string, log: Logger): () => void {
  let synced = '';
  let failing = false;
  let timer = setTimeout(tick, EVERY_MS).unref();
  let ended = false;

  async function tick(): Promise<void> {
    try {
      synced = await syncChanges(folder, synced);
      failing = false;
    } catch (error) {
      if (!failing) log.error({ err: error }, 'The append-only file of the private Redis cannot be put on the disk');
      failing = true;
    }
    if (!ended) timer = setTimeout(tick, EVERY_MS).unref();
  }

  return () => {
    ended = true;
    clearTimeout(timer);
  };
}

/** Syncs the file that Redis appends to, unless it is as it was. @returns its state, to be given to the next call */
async function syncChanges(folder: string, synced: string): Promise<string> {
  const path = await appendedFile(folder);
  if (!path) return '';
  const file = await open(path, 'r');
  try {
    const { ino, size } = await file.stat();
    const state = `${ino}:${size}`;
    if (state !== synced) await file.datasync();
    return state;
  } finally {
    await file.close();
  }
}

/** Since Redis 7 the file has parts, numbered upwards, and only the last is appended to; before, there was one. */
async function appendedFile(folder: string): Promise<string | undefined> {
  const [parts, names] = await Promise.all([namesIn(join(folder, 'appendonlydir')), namesIn(folder)]);
  const sequence = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
  const last = parts.filter((name) => sequence(name) > 0).sort((a, b) => sequence(b) - sequence(a))[0];
  if (last) return join(folder, 'appendonlydir', last);
  return names.includes('appendonly.aof') ? join(folder, 'appendonly.aof') : undefined;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
