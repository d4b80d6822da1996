/** A receiver's life: it finds out who it is, hears until it is stopped, and tells how it is. */

import { type Receiver, SendError, type SendErrorKind } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
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
}

export function createReceiver<I>(platform: ReceivingPlatform<I>): Receiver {
  const { name, log, final } = platform;
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | undefined = 'starting';
  let detail = '';
  let polling: Promise<void> | undefined;

  const onProblem = (what: string): void => {
    problem = what;
  };

  async function listen(me: I, poll: NonNullable<typeof platform.poll>): Promise<void> {
    const round = async (): Promise<void> => {
      await poll(me, signal);
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
      if (platform.poll) polling = listen(me, platform.poll);
    },
    async stop() {
      stopping.abort();
      await polling;
      problem = 'stopped';
    },
    status: () => (problem ? { connected: false, detail: problem } : { connected: true, detail }),
  };
}
