import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createRecord } from './gate.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Started {
  child: ChildProcess;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Resolves when the output matches; rejects when the process ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends the signal and waits for the end; resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
}

/** Runs one of the project's programs as a process of its own, with nothing but the given environment. */
export function startProgram(entry: string, env: Record<string, string>, args: string[] = []): Started {
  const child = spawn(process.execPath, [entry, ...args], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      // As scripts/run.sh has it: what was compiled once need not be compiled by each test.
      NODE_COMPILE_CACHE: `${ROOT}node_modules/.cache/chasqui`,
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pieces = createRecord<string>();
  const output = (): string => pieces.items.join('');
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => pieces.add(data.toString()));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    output,
    ended,
    async prints(pattern) {
      const seen = pieces.until(() => pattern.test(output())).then(() => pattern.exec(output()) as RegExpExecArray);
      const early = ended.then((code) => {
        throw new Error(`ended with ${code} before it printed ${pattern}:\n${output()}`);
      });
      return Promise.race([seen, early]);
    },
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
