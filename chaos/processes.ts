/** Chasqui's processes: started, watched, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../src/redis/launch.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const READY_LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 40;
const STOP_LIMIT_MS = 35_000;
const LAST_WORDS = 600;

export interface ProcessPlan {
  name: string;
  env: Record<string, string>;
}

interface Running extends ProcessPlan {
  port: number;
  log: string;
  child: ChildProcess;
  /** We ended it ourselves. */
  expected: boolean;
  isUp: boolean;
  starting: Promise<void>;
}

export type Processes = ReturnType<typeof createProcesses>;

/**
 * @param options.env for all of them
 * @param options.args before the program's name
 */
export function createProcesses(options: {
  folder: string;
  env: Record<string, string>;
  args: string[];
  /** In place of Chasqui: another bot's, which is ready when it answers anything. */
  program?: string;
}) {
  const running = new Map<string, Running>();
  const surprises: string[] = [];
  let stopping = false;
  // Also when the storm itself is ended in a hurry.
  const killAll = (): void => {
    for (const { child } of running.values()) child.kill('SIGKILL');
  };
  process.once('exit', killAll);

  function launch(plan: ProcessPlan, port: number): Running {
    const log = join(options.folder, `${plan.name}.log`);
    const file = openSync(log, 'a');
    const child = spawn(
      process.execPath,
      ['--max-semi-space-size=8', ...options.args, options.program ?? join(ROOT, 'src/app/main.ts')],
      {
        cwd: options.folder,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: process.env.HOME ?? '',
          NODE_ENV: 'production',
          NODE_COMPILE_CACHE: `${ROOT}node_modules/.cache/chasqui`,
          PORT: String(port),
          ...options.env,
          ...plan.env,
        },
        stdio: ['ignore', file, file],
      },
    );
    closeSync(file);
    const entry: Running = { ...plan, port, log, child, expected: false, isUp: false, starting: Promise.resolve() };
    running.set(plan.name, entry);
    child.once('exit', (code, signal) => {
      if (!entry.expected && !stopping) {
        surprises.push(`${plan.name} ended by itself (${signal ?? code}); ${log}: ${lastWords(log)}`);
        launch(plan, port);
      }
    });
    entry.starting = ready(entry);
    return entry;
  }

  const ended = ({ child }: Running): boolean => child.exitCode !== null || child.signalCode !== null;

  async function ready(entry: Running): Promise<void> {
    for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until && !ended(entry); await sleep(LOOK_EVERY_MS)) {
      // Refused until it listens.
      const answer = await fetch(`http://127.0.0.1:${entry.port}/readyz`).catch(() => undefined);
      if (answer && (answer.ok || options.program)) {
        entry.isUp = true;
        return;
      }
    }
    if (!ended(entry) && !stopping) surprises.push(`${entry.name} was not ready in time; ${entry.log}`);
  }

  return {
    /** What ended without being told to. */
    surprises,
    names: () => [...running.keys()],
    /** Those that are up and were not told to end. */
    standing: () =>
      [...running.values()].filter((one) => one.isUp && !one.expected && !ended(one)).map(({ name }) => name),
    /** Starts one; resolves with its address when it is ready. */
    async start(plan: ProcessPlan): Promise<string> {
      const entry = launch(plan, await freePort());
      await entry.starting;
      if (ended(entry)) throw new Error(`${plan.name} does not start; ${entry.log}: ${lastWords(entry.log)}`);
      return `http://127.0.0.1:${entry.port}`;
    },
    /** Ends one, waits as long as it is to be away, and starts it again. Resolves when it is ready. */
    async restart(name: string, signal: 'SIGKILL' | 'SIGTERM', awayMs: number): Promise<void> {
      const entry = running.get(name);
      if (!entry || entry.expected || ended(entry) || stopping) return;
      // Before it is up, a process has no say in how it ends.
      if (signal === 'SIGTERM') await entry.starting;
      if (entry.expected || ended(entry)) return;
      entry.expected = true;
      const exit = once(entry.child, 'exit');
      entry.child.kill(signal);
      const [code] = await exit;
      if (signal === 'SIGTERM' && code !== 0)
        surprises.push(`${name} stopped with code ${code}; ${entry.log}: ${lastWords(entry.log)}`);
      await sleep(awayMs);
      if (stopping) return;
      await launch(entry, entry.port).starting;
    },
    /** Stops it in the middle of whatever it does, and lets it go on after a while. */
    async freeze(name: string, ms: number): Promise<void> {
      const child = running.get(name)?.child;
      child?.kill('SIGSTOP');
      await sleep(ms);
      child?.kill('SIGCONT');
    },
    /** Resolves when all that were started are ready. */
    async settled(): Promise<void> {
      for (const { starting } of running.values()) await starting;
    },
    /** Stops all; what has to be forced is told as a surprise. */
    async stopAll(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
      stopping = true;
      process.off('exit', killAll);
      await Promise.all(
        [...running.values()]
          .filter((entry) => !ended(entry))
          .map(async (entry) => {
            const exit = once(entry.child, 'exit');
            entry.child.kill(signal);
            const timer = setTimeout(() => entry.child.kill('SIGKILL'), STOP_LIMIT_MS);
            const [code, by] = await exit;
            clearTimeout(timer);
            if (signal === 'SIGTERM' && code !== 0)
              surprises.push(
                `${entry.name} did not stop cleanly (${by ?? code}); ${entry.log}: ${lastWords(entry.log)}`,
              );
          }),
      );
    },
  };
}

function lastWords(log: string): string {
  return readFileSync(log, 'utf8').slice(-LAST_WORDS).trim();
}
