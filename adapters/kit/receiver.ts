/** A receiver's life: it finds out who it is, takes events until it is stopped, and tells how it is. */
import { type Receiver, SendError, type SendErrorKind, type Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createLease, LEASE_TIMING, type LeaseTiming, newestClaim } from '../../src/redis/lease.ts';
import { reach, retry } from './retry.ts';

/** What a platform brings along. `I` is who we are there. */
export interface ReceivingPlatform<I> {
  name: string;
  log: Logger;
  /** A call that shows that the platform is there and takes our token. */
  identify(): Promise<I>;
  /** Refusals of it that no retry changes; `auth` unless told otherwise. */
  final?: SendErrorKind[];
  /** One phrase for operators while all is well. */
  describe(me: I): string;
  /**
   * Where events are asked for: one round, again and again until the stop. What it throws is logged, and the next round
   * waits; so it ends where something could not be stored, and begins there anew. Leave out where the platform calls us.
   */
  poll?(me: I, signal: AbortSignal): Promise<void>;
  /** The platform gives its events to one process only: the others stand by. */
  alone?: { store: Store; timing?: LeaseTiming };
}

export function createReceiver<I>(platform: ReceivingPlatform<I>): Receiver {
  const { name, log, final, alone } = platform;
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | undefined = 'starting';
  let detail = '';
  let polling: Promise<void> | undefined;
  /** Aborted when the platform's events are another process's. */
  let held: AbortController | undefined;
  let gained = Promise.withResolvers<void>();

  const lease =
    alone &&
    createLease({
      claim: newestClaim(alone.store, 'receiver'),
      timing: alone.timing ?? LEASE_TIMING,
      onGained() {
        held = new AbortController();
        gained.resolve();
      },
      onLost() {
        log.info(`${name}: another process takes the events now; this one stands by`);
        held?.abort();
        held = undefined;
        problem = undefined;
        gained = Promise.withResolvers<void>();
      },
      log,
    });

  const onProblem = (what: string): void => {
    problem = what;
  };

  async function listen(me: I, poll: NonNullable<typeof platform.poll>): Promise<void> {
    const round = async (): Promise<void> => {
      if (lease) await gained.promise;
      if (signal.aborted) return;
      const mine = held?.signal;
      try {
        await poll(me, mine ? AbortSignal.any([signal, mine]) : signal);
      } catch (error) {
        // Not a failure: what was not taken is the other process's now.
        if (!mine?.aborted) throw error;
      }
      problem = undefined;
    };
    // Redis may be away while the platform is there; only what the platform refuses is said of it.
    const onFailure = (error: unknown) => error instanceof SendError && onProblem(error.message);
    while (!signal.aborted) await retry(round, { signal, log, what: `${name}: events were not taken`, onFailure });
  }

  return {
    async start() {
      const me = await reach(name, platform.identify, { signal, log, onProblem, ...(final && { final }) });
      if (me === undefined || signal.aborted) return;
      detail = platform.describe(me);
      problem = undefined;
      // It keeps trying by itself while Redis is away.
      await lease?.start().catch((error) => log.warn({ err: error }, `${name}: could not claim the events yet`));
      if (platform.poll) polling = listen(me, platform.poll);
    },
    async stop() {
      stopping.abort();
      gained.resolve();
      // First, so that the next one takes events before this one has ended.
      await lease?.stop();
      await polling;
      problem = 'stopped';
    },
    status() {
      if (problem !== undefined) return { connected: false, detail: problem };
      // Ready to take over, and so fit for work: a new version must not wait for the end of the old one.
      if (lease && !held)
        return { connected: true, detail: 'another process takes the events; this one stands by', state: 'standby' };
      return { connected: true, detail };
    },
  };
}
