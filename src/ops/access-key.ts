/** The key that opens the operators' pages where no password is set, as Jupyter's does. */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from '../log/logger.ts';

const FILE = 'ops-key';
const FORM = /^[\w-]{43}$/;

/**
 * Reads the key from `<dataDir>/ops-key`, or makes it at the first start. Processes that share the folder share the key,
 * also when they start at once. Where the folder cannot keep it, the key is good for this process alone, and the log says so.
 */
export async function readAccessKey(dataDir: string, log: Logger): Promise<string> {
  const path = join(resolve(dataDir), FILE);
  const fresh = randomBytes(32).toString('base64url');
  try {
    return (await readKey(path)) ?? (await keep(path, fresh));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    log.warn(
      `the operators' key cannot be kept in ${path} (${code}): the link of this start ends with this process. ` +
        'Make the folder writable for this user, set DATA_DIR to one that is, or set OPS_PASSWORD',
    );
    return fresh;
  }
}

/** @returns null when there is none, or what stands there is no key (a disk that was full) */
async function readKey(path: string): Promise<string | null> {
  try {
    const key = (await readFile(path, 'utf8')).trim();
    // Others of this machine may have been let in by a copy or a backup.
    if ((await stat(path)).mode & 0o077) await chmod(path, 0o600);
    return FORM.test(key) ? key : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The first process's key stays: a link is made in one step, whole, and never over another. */
async function keep(path: string, key: string): Promise<string> {
  await mkdir(resolve(path, '..'), { recursive: true, mode: 0o700 });
  const written = `${path}.${process.pid}-${key.slice(0, 6)}`;
  try {
    await writeFile(written, `${key}\n`, { mode: 0o600, flag: 'wx' });
    await link(written, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      // Another process was first; or what stands there is no key.
      if ((await readKey(path)) === null) await rename(written, path);
    });
  } finally {
    await rm(written, { force: true });
  }
  return (await readKey(path)) ?? key;
}
