import { performance } from 'node:perf_hooks';

/** Shorter spans are noise: a single long answer fills them. */
const SPAN_MS = 100;
const FULL = 0.85;

let since = performance.eventLoopUtilization();
let measuredAt = performance.now();
let share = 0;

/**
 * Whether this process has no time to spare: its event loop was busy for most of the last moments. What is only a courtesy
 * (a status, an answer's progress) is then left out; each such call would make the next answers later still.
 */
export function isSaturated(): boolean {
  const now = performance.now();
  if (now - measuredAt >= SPAN_MS) {
    const current = performance.eventLoopUtilization();
    share = performance.eventLoopUtilization(current, since).utilization;
    since = current;
    measuredAt = now;
  }
  return share > FULL;
}
