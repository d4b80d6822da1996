/** The receiving half of a linked device: waits for the lease, then for the link, and hears from then on. */
import type { FastifyInstance } from 'fastify';
import type { Receiver } from '../../contract.ts';
import type { Owner } from './owner.ts';
import { PAGE_PATH, registerPage } from './page.ts';
import type { State } from './state.ts';

export function createWebReceiver(deps: {
  http: FastifyInstance;
  state: State;
  /** @throws ChromiumError where there is no Chromium */
  build(): Promise<Owner>;
  /** Closes the browser, when nothing more is to be sent. */
  release(): Promise<void>;
}): Receiver {
  const { state } = deps;
  let owner: Owner | undefined;
  let problem: string | undefined;
  let stopped: Promise<void> | undefined;
  registerPage(deps.http, state);

  return {
    /** Resolves when the owner is at work; the link itself may wait for a person with a phone. */
    async start() {
      try {
        owner = await deps.build();
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        throw error;
      }
      if (!stopped) await owner.start();
    },
    async stop() {
      stopped ??= (async () => {
        await owner?.mute();
        await deps.release();
      })();
      await stopped;
    },
    status() {
      if (problem) return { connected: false, detail: problem };
      const { state: now, detail } = state.get();
      const hint = now === 'waiting for scan' ? `, see ${PAGE_PATH}` : '';
      // Where another process owns the browser, this one is as it should be.
      return {
        connected: now === 'linked' || now === 'elsewhere',
        detail: detail ? `${now}: ${detail}` : `${now}${hint}`,
      };
    },
    catchUp: async (since) => (await owner?.catchUp(since)) ?? 0,
  };
}
