/**
 * The catch-up loop: gaps in what was received, each scanned until the platform answers. A scan runs in the queue of its
 * key (a channel), so that live events stay behind what was missed; other keys never wait for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { KeyedQueue } from './keyed-queue.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Refusals that no retry changes: we may no longer read there. */
const FINAL: ReadonlySet<SendErrorKind> = new Set(['gone', 'invalid', 'auth']);

/** A stretch of time in which something may be missing. */
export interface Gap {
  key: string;
  /** Milliseconds since the epoch. */
  since: number;
}

interface OpenGap<G extends Gap> {
  gap: G;
  backoffMs: number;
  /** Until when (ms since the epoch) the queue of its key waits for it; null before the first scan. */
  heldUntil: number | null;
}

/**
 * @param deps.scan stores what was missed in a gap; is called again after an error, unless that is a refusal for good
 * @param deps.holdMs while scans fail, live events of the key wait this long; then the scan is retried aside
 * @param deps.maxAtOnce scans that run at the same time, unless live events wait behind one
 * @param deps.onClosed no gap is left
 */
export function createCatchUpLoop<G extends Gap>(deps: {
  queue: KeyedQueue;
  scan(gap: G): Promise<void>;
  holdMs: number;
  maxAtOnce: number;
  onClosed(): void;
  signal: AbortSignal;
  log: Logger;
}) {
  const { queue, signal, log } = deps;
  const gaps = new Map<string, OpenGap<G>>();
  const scans = new Set<Promise<unknown>>();

  function put(gap: G): OpenGap<G> {
    const since = Math.min(gap.since, gaps.get(gap.key)?.gap.since ?? gap.since);
    const open = { gap: { ...gap, since }, backoffMs: FIRST_BACKOFF_MS, heldUntil: null };
    gaps.set(gap.key, open);
    return open;
  }

  function enqueue(open: OpenGap<G>): void {
    if (!queue.add(open.gap.key, () => visit(open))) later(open);
  }

  /** Retries without holding up live events. */
  function later(open: OpenGap<G>, waitMs = nextWait(open)): void {
    sleep(waitMs, undefined, { signal, ref: false }).then(
      () => isOpen(open) && enqueue(open),
      () => {}, // Stopped: the next start looks.
    );
  }

  function nextWait(open: OpenGap<G>): number {
    const wait = open.backoffMs;
    open.backoffMs = Math.min(open.backoffMs * 2, MAX_BACKOFF_MS);
    return wait;
  }

  /** False once it is replaced by a longer gap of the same key, which has its own scan. */
  function isOpen(open: OpenGap<G>): boolean {
    return gaps.get(open.gap.key) === open;
  }

  /** @throws when stopped meanwhile, so that no live event overtakes what was missed */
  async function visit(open: OpenGap<G>): Promise<void> {
    while (isOpen(open)) {
      while (scans.size >= deps.maxAtOnce && queue.length(open.gap.key) < 2) await Promise.race(scans);
      if (!isOpen(open)) return;
      signal.throwIfAborted();
      const scanning = scan(open).finally(() => scans.delete(scanning));
      scans.add(scanning);
      const retryAfterMs = await scanning;
      if (retryAfterMs === null) return;
      const waitMs = Math.max(retryAfterMs, nextWait(open));
      open.heldUntil ??= Date.now() + deps.holdMs;
      if (Date.now() + waitMs > open.heldUntil) return later(open, waitMs);
      await sleep(waitMs, undefined, { signal, ref: false });
    }
  }

  /** @returns null when it is through, else the least time (ms) until the next attempt */
  async function scan(open: OpenGap<G>): Promise<number | null> {
    try {
      await deps.scan(open.gap);
    } catch (error) {
      log.debug({ err: error, key: open.gap.key }, 'could not catch up here');
      if (!(error instanceof SendError)) return 0;
      if (!FINAL.has(error.kind)) return error.retryAfterMs ?? 0;
    }
    if (isOpen(open)) gaps.delete(open.gap.key);
    if (gaps.size === 0) deps.onClosed();
    return null;
  }

  return {
    /** Scans a gap in its turn. One that is open for this key becomes part of it. */
    open: (gap: G): void => enqueue(put(gap)),

    /** Scans a gap after a while: the queue has no room now. */
    openLater: (gap: G): void => later(put(gap)),

    /** Whether something may be missing under this key. */
    has: (key: string): boolean => gaps.has(key),

    /** Since when (ms since the epoch) something may be missing; Infinity: nothing is. */
    oldest: (): number => Math.min(...[...gaps.values()].map(({ gap }) => gap.since)),
  };
}
