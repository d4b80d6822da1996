import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config, Env, Role } from '../../config/schema.ts';
import { createLogger, type Logger } from '../../src/log/logger.ts';
import { createRecord } from './gate.ts';

/** What processes under test keep on disk, unless a test says otherwise: the key of the operators' pages. */
export const TEST_DATA = join(tmpdir(), 'chasqui-test-data');

/** The defaults, with what a test needs changed; nothing is read from the machine it runs on. */
export function testConfig(change: {
  env?: Partial<Record<keyof Env, string>>;
  roles?: Role[];
  prefix: string;
  sections?: { [S in keyof Config]?: Partial<Config[S]> };
}): Config {
  const none = '/nonexistent/chasqui';
  const config = loadConfig({
    env: { PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: TEST_DATA, ...change.env },
    file: none,
    dotenv: none,
  });
  // A test that ends has seen what it wanted; nobody waits for an answer that still runs.
  const workers = { shutdown_timeout: 50, ...change.sections?.workers };
  const sections = Object.fromEntries(
    Object.entries({ ...change.sections, workers }).map(([name, values]) => [
      name,
      Array.isArray(values) ? values : { ...(config[name as keyof Config] as object), ...values },
    ]),
  );
  return {
    ...config,
    ...sections,
    queue: { ...config.queue, prefix: change.prefix, ...change.sections?.queue },
    ...(change.roles ? { roles: new Set(change.roles) } : {}),
  } as Config;
}

export interface CapturedLog {
  log: Logger;
  /** All lines so far, parsed. */
  lines: LogLine[];
  /** Resolves when so many turns have ended: committed, and their line is written. */
  turns(count: number): Promise<LogLine[]>;
  /** Resolves when such a line is there. */
  logged(is: (line: LogLine) => boolean): Promise<unknown>;
}

export type LogLine = Record<string, unknown>;

/** A logger whose lines a test can read. */
export function captureLog(level = 'info'): CapturedLog {
  const record = createRecord<LogLine>();
  const log = createLogger({ level, stream: { write: (line) => record.add(JSON.parse(line)) } });
  const ofTurns = (lines: LogLine[]) => lines.filter((line) => line.msg === 'turn');
  return {
    log,
    lines: record.items,
    logged: (is) => record.until((lines) => lines.some(is)),
    turns: async (count) => ofTurns(await record.until((lines) => ofTurns(lines).length >= count)),
  };
}
