/** The receiving half: who we are, and whether it is this process that listens. */
import { type Receiver, type ReceiverHost, SendError } from '../../../src/contract/index.ts';
import { createLease, type LeaseTiming, newestClaim } from '../../../src/redis/lease.ts';
import { retry } from '../../kit/retry.ts';
import type { Identity, WhoAmI } from '../identity.ts';
import { registerCommands } from './commands.ts';
import { createListener, type Listener, type ListenerDeps } from './listener.ts';

export type ReceiverDeps = ListenerDeps & { whoAmI: WhoAmI; leaseTiming: LeaseTiming };

export function createDiscordReceiver(deps: ReceiverDeps, { ingest }: ReceiverHost): Receiver {
  const { api, whoAmI, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let listener: Listener | undefined;
  let me: Identity | undefined;
  let problem: string | undefined = 'starting';
  let standsBy = false;
  /** Turns between listening and resting, one after another. */
  let turning: Promise<unknown> = Promise.resolve();

  const lease = createLease({
    claim: newestClaim(deps.store, 'listener'),
    timing: deps.leaseTiming,
    onGained: () => turn(false),
    onLost: () => turn(true),
    log,
  });

  function turn(rest: boolean): void {
    standsBy = rest;
    if (rest) log.info('Discord: another process listens now; this one stands by');
    turning = turning.catch(() => {}).then(() => (rest ? listener?.rest() : listenIfOurs()));
    turning.catch(() => {}); // `start` tells the first failure, the status every one.
  }

  async function listenIfOurs(): Promise<void> {
    if (!standsBy && !signal.aborted) await insist('Redis cannot be reached', async () => listener?.listen());
  }

  /** Undefined when it was stopped first. @throws what no retry helps against */
  async function insist<T>(what: string, task: () => Promise<T>): Promise<T | undefined> {
    const done = await retry(task, {
      signal,
      log,
      what,
      onFailure(error) {
        problem = error instanceof Error ? error.message : String(error);
        const final = error instanceof SendError ? error.kind === 'auth' : isRefusal(error);
        if (final) throw error;
      },
    });
    if (!signal.aborted) problem = undefined;
    return done;
  }

  async function offerCommands(who: Identity): Promise<void> {
    try {
      if (await registerCommands(api, who)) log.info('Discord: commands registered');
    } catch (error) {
      log.warn({ err: error }, 'the slash commands could not be registered; messages are answered all the same');
    }
  }

  return {
    async start() {
      const code = import('./gateway.ts');
      code.catch(() => {}); // Whoever needs it is told.
      me = await insist('Discord cannot be reached', whoAmI);
      if (!me) return;
      if (!me.messageContent)
        log.warn(
          `Discord: the intent “Message Content” is off, so I read only direct messages and messages that mention me: ` +
            `switch it on under https://discord.com/developers/applications/${me.appId}/bot and start again`,
        );
      listener = createListener({ ...deps, ingest, me, code });
      const offering = offerCommands(me);
      await insist('Redis cannot be reached', lease.start);
      await Promise.all([turning, offering]);
    },
    async stop() {
      if (signal.aborted) return;
      stopping.abort();
      // First, so that the next one listens before this one is deaf.
      await lease.stop();
      await listener?.stop();
      await turning.catch(() => {}); // The status has told it.
    },
    status() {
      if (problem !== undefined) return { connected: false, detail: problem };
      const status = listener?.status();
      // Ready to take over, and so fit for work: a new version must not wait for the end of the old one.
      if (standsBy) return { connected: true, detail: 'another process listens; this one stands by', state: 'standby' };
      if (!status) return { connected: false, detail: 'starting' };
      const blind = status.connected && me?.messageContent === false ? '; the intent “Message Content” is off' : '';
      return { ...status, detail: status.detail + blind };
    },
  };
}

/** A `GatewayRefusal`, whose class is loaded with the gateway only. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === 'GatewayRefusal';
}
