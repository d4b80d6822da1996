/** The receiving half of a linked device: waits for the lease, then for the link, and receives from then on. */
import type { FastifyInstance } from 'fastify';
import type { Receiver } from '../../../src/contract/index.ts';
import { PAGE_PATH, registerPage } from '../code/page.ts';
import type { Leader } from '../leader.ts';
import type { LinkState, Shown, State } from '../state.ts';

/** What operators are alerted by: whether it is there, comes by itself, or needs a person with the phone. */
export type ReceiverState = 'starting' | 'waiting' | 'connected' | 'lost' | 'logged-out';

const STATES: Record<LinkState, ReceiverState> = {
  // Where another process has the browser, this one is as it should be.
  standby: 'connected',
  linked: 'connected',
  starting: 'starting',
  syncing: 'starting',
  restarting: 'starting',
  'waiting for scan': 'waiting',
  lost: 'lost',
  'taken over': 'lost',
  stopped: 'lost',
  'logged out': 'logged-out',
};

/** After a logout it stays so until a code is there to be scanned: the browser's start in between says nothing new. */
function stateOf({ state, removed }: Shown): ReceiverState {
  const told = STATES[state];
  return removed && told === 'starting' ? 'logged-out' : told;
}

function detailOf({ state, detail, removed }: Shown, told: ReceiverState): string {
  if (told === 'waiting') return `${state}, see ${PAGE_PATH}${removed ? ' (the phone logged it out)' : ''}`;
  const whole = detail ? `${state}: ${detail}` : state;
  return told === 'logged-out' && state !== 'logged out' ? `logged out: ${whole}` : whole;
}

export function createLinkedReceiver(deps: {
  http: FastifyInstance;
  state: State;
  /** @throws ChromiumError where there is no Chromium */
  build(): Promise<Leader>;
  /** Closes the browser, when nothing more is to be sent. */
  release(): Promise<void>;
}): Receiver {
  const { state } = deps;
  let leader: Leader | undefined;
  let problem: string | undefined;
  let stopped: Promise<void> | undefined;
  registerPage(deps.http, state);

  return {
    /** Resolves when the leader is at work; the link itself may wait for a person with a phone. */
    async start() {
      try {
        leader = await deps.build();
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        throw error;
      }
      if (!stopped) await leader.start();
    },
    async stop() {
      stopped ??= (async () => {
        await leader?.mute();
        await deps.release();
      })();
      await stopped;
    },
    status() {
      if (problem) return { connected: false, detail: problem, state: 'lost' satisfies ReceiverState };
      const shown = state.get();
      const told = stateOf(shown);
      return { connected: told === 'connected', detail: detailOf(shown, told), state: told };
    },
  };
}
