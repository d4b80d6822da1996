/** Child processes: started with only the environment that they need, waited for, and ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;
/** The end of what a process printed, in characters: enough to see why it died. */
const LAST_WORDS = 4_000;

export interface Child {
  process: ChildProcess;
  output: string;
}

const running = new Set<Child>();

/** Ends whatever still runs, for an end in a hurry. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stopChild));
}

/** As scripts/run.sh starts Chasqui; the other bots get the same. */
const NODE_ARGS = ['--max-semi-space-size=8'];
const MALLOC_ENV = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Starts a program of ours. */
export function run(args: string[], cwd: string, env: Record<string, string>): Child {
  const started = spawn(process.execPath, [...NODE_ARGS, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production', ...MALLOC_ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const child: Child = { process: started, output: '' };
  running.add(child);
  started.once('exit', () => running.delete(child));
  for (const stream of [started.stdout, started.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      child.output = (child.output + text).slice(-LAST_WORDS);
    });
  }
  return child;
}

const hasEnded = ({ process: { exitCode, signalCode } }: Child): boolean => exitCode !== null || signalCode !== null;

/** Waits until the process is ready; one that does not get there is ended. @throws with its last words */
export async function ready(child: Child, asks: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until && !hasEnded(child); await sleep(50)) {
    // Refused until it listens.
    if (await asks().catch(() => false)) return;
  }
  await stopChild(child);
  throw new Error(`${child.process.spawnargs.join(' ')} is not ready. Its last words:\n${child.output}`);
}

/** Asks it to end, and ends it by force when it does not. */
export async function stopChild(child: Child): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child.process, 'exit');
  child.process.kill('SIGTERM');
  const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
