import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';

/** The longest path of a Unix socket in bytes: 107 on Linux, 103 on macOS (`sun_path` in `<sys/un.h>`, less the NUL). */
const PATH_LIMIT = 103;
const NAME = 'redis.sock';

/**
 * The path of a new socket: in the data folder, or where that path is too long, in a new folder of this user only.
 * @param folder the data folder, as a real path
 * @throws when every folder for temporary files has too long a path, or cannot be written
 */
export async function chooseSocket(folder: string): Promise<string> {
  const inFolder = join(folder, NAME);
  if (fits(inFolder)) return inFolder;
  let reason: unknown = new Error(`it may have ${PATH_LIMIT} bytes`);
  for (const base of [process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp']) {
    if (!base || !isAbsolute(base) || !fits(join(base, `${prefixOf(folder)}123456`, NAME))) continue;
    try {
      // mkdtemp makes it with mode 0700, under a name that nobody could take before.
      return join(await mkdtemp(join(base, prefixOf(folder))), NAME);
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

/**
 * May the data folder's server listen at this path? Not where a copied `redis.conf` names another folder's socket, nor in
 * a folder that others can enter. A folder that was cleaned away is made again.
 */
export async function canListen(folder: string, socket: string): Promise<boolean> {
  if (!belongs(folder, socket) || !fits(socket)) return false;
  if (dirname(socket) === folder) return true;
  await mkdir(dirname(socket), { mode: 0o700 }).catch(() => {}); // It is there: looked at below.
  return isPrivate(dirname(socket));
}

/** Is this the data folder's socket, in a folder that only this user can enter? Asked before a password is sent there. */
export function isTrusted(folder: string, socket: string): boolean {
  return belongs(folder, socket) && isPrivate(dirname(socket));
}

/** Removes the folder that was made for a socket; the server removed the socket itself. */
export async function removeSocketFolder(folder: string, socket: string): Promise<void> {
  if (dirname(socket) === folder || !belongs(folder, socket)) return;
  await rmdir(dirname(socket)).catch(() => {}); // Gone, or not empty: it is in nobody's way.
}

function fits(socket: string): boolean {
  return Buffer.byteLength(socket) <= PATH_LIMIT;
}

function belongs(folder: string, socket: string): boolean {
  const place = dirname(socket);
  return place === folder || basename(place).startsWith(prefixOf(folder));
}

/** Names the data folder, so that two of them never share a socket. */
function prefixOf(folder: string): string {
  return `chasqui-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}-`;
}

function isPrivate(place: string): boolean {
  try {
    const found = lstatSync(place);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
  } catch {
    return false; // Not there.
  }
}
