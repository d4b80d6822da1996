/**
 * The browser at the other end of a page's socket, found by the connection itself (Linux, /proc): a test can crash its tab
 * or kill it without holding it. Only processes of that very browser are ever touched.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
};

const processes = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
// Processes that Chromium forks write their command line anew, with spaces between the arguments.
const commandOf = (pid: number) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
/** `renderer`, `utility`, …; the main process has no type. */
const typeOf = (pid: number) => / --type=(\S+)/.exec(commandOf(pid))?.[1];

const portHex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');

/** The inode of the socket on this machine that has these two ports. */
function inodeOf(local: number, remote: number): string | undefined {
  const lines = `${read('/proc/net/tcp')}\n${read('/proc/net/tcp6')}`.split('\n');
  const line = lines
    .map((text) => text.trim().split(/\s+/))
    .find((parts) => parts[1]?.endsWith(`:${portHex(local)}`) && parts[2]?.endsWith(`:${portHex(remote)}`));
  return line?.[9];
}

function holds(pid: number, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // ended meanwhile, or another user's
  }
}

/**
 * @param ports of the browser's end and of the server's
 * @returns the browser's main process and those of its tabs
 * @throws when no browser has that connection
 */
export function browserOf(ports: { browser: number; server: number }): { main: number; tabs: number[] } {
  const inode = inodeOf(ports.browser, ports.server);
  const all = processes();
  let main = inode
    ? all.find((pid) => commandOf(pid).split(' ')[0]?.includes('chrom') && holds(pid, inode))
    : undefined;
  // Its network runs in a process of its own, started by the main one.
  while (main !== undefined && main > 1 && typeOf(main) !== undefined) main = parentOf(main);
  if (main === undefined || main <= 1) throw new Error('no browser is connected');
  const belongs = (pid: number): boolean => pid === main || (pid > 1 && belongs(parentOf(pid)));
  return { main, tabs: all.filter((pid) => typeOf(pid) === 'renderer' && belongs(pid)) };
}
