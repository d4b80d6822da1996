/** What the start needed and nothing needs again, given back to the machine. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Logger } from '../log/logger.ts';

/** Long enough for receivers to connect, short enough that an operator who looks sees what it will stay at. */
const SETTLED_AFTER_MS = 5_000;

/** V8's own name for a collection that also drops what it could build again, such as the code of functions that ran once. */
const LAST_RESORT = { type: 'major', execution: 'sync', flavor: 'last-resort' };

/**
 * Once, some seconds after the start: V8 would keep what loading the libraries left behind until memory is short, which on
 * an idle process is never. It frees a sixth of the whole (docs/performance.md, "At rest") and takes about 0.1 s.
 */
export function giveBackMemoryOnceSettled(log: Logger, afterMs = SETTLED_AFTER_MS): void {
  setTimeout(() => {
    const before = process.memoryUsage.rss();
    collect();
    const freed = Math.round((before - process.memoryUsage.rss()) / 2 ** 20);
    log.debug({ freedMb: freed }, 'memory of the start given back');
  }, afterMs).unref();
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: typeof LAST_RESORT) => void;
  setFlagsFromString('--no-expose-gc');
  gc(LAST_RESORT);
}
