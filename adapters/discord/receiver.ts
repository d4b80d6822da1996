/** The receiving half: the gateway's session, what it brings, and what was missed without one. */
import type { Logger } from '../../src/log/logger.ts';
import { type Receiver, type ReceiverHost, SendError, type Store } from '../contract.ts';
import { createCatchUp } from './catch-up.ts';
import { createChains } from './chain.ts';
import type { DiscordApi } from './client.ts';
import { registerCommands } from './commands.ts';
import { createDirectory } from './directory.ts';
import { createGateway, type Gateway } from './gateway.ts';
import type { Identity, WhoAmI } from './identity.ts';
import { createIntake } from './intake.ts';
import { createInteractions, type Interaction } from './interactions.ts';
import { createLanes } from './lanes.ts';
import type { NormalizeSettings } from './normalize.ts';
import type { Posted } from './posted.ts';
import type { Recent } from './recent.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** After a session began, Discord tells of its guilds one after another; then it is known where something was missed. */
const GUILDS_WITHIN_MS = 1_000;
const LOOK_AGAIN_MS = 2_000;

export interface ReceiverDeps {
  api: DiscordApi;
  token: string;
  apiUrl: string;
  whoAmI: WhoAmI;
  posted: Posted;
  recent: Recent;
  store: Store;
  settings: NormalizeSettings;
  onError(method: string, code: string): void;
  log: Logger;
}

export function createDiscordReceiver(deps: ReceiverDeps, { ingest }: ReceiverHost): Receiver {
  const { api, whoAmI, posted, recent, settings, log } = deps;
  const directory = createDirectory(api);
  const lanes = createLanes({ log, onOverflow: missingSince });
  let me: Identity;
  let gateway: Gateway | undefined;
  let problem: string | undefined = 'starting';
  const stopping = new AbortController();
  let gap: number | undefined;
  let catching: Promise<unknown> = Promise.resolve();

  const intake = createIntake({
    ingest,
    directory,
    chains: createChains({ api, posted }),
    lanes,
    posted,
    recent,
    settings,
    me: () => me,
    onDirect: (channel) => catchUp.noteDirect(channel),
    log,
  });
  const catchUp = createCatchUp({
    api,
    directory,
    store: deps.store,
    take: intake.take,
    oldestWaiting: lanes.oldest,
    connected: () => gateway?.status().connected === true,
    log,
  });
  const interactions = createInteractions({
    api,
    ingest,
    recent,
    isThread: directory.isThread,
    keep: intake.keep,
    log,
  });

  /** More waits than is kept; the rest is fetched when what waits is stored. */
  function missingSince(since: number): void {
    if (gap === undefined) {
      log.warn('too many events wait to be stored; the rest is fetched later');
      void refill();
    }
    gap = Math.min(gap ?? since, since);
  }

  async function refill(): Promise<void> {
    do await pause(LOOK_AGAIN_MS);
    while (!stopping.signal.aborted && lanes.oldest() !== null);
    const since = gap ?? Date.now();
    gap = undefined;
    follow(since);
  }

  /** One after another; each waits until the guilds are known. */
  function follow(since: number): void {
    catching = catching.then(async () => {
      await pause(GUILDS_WITHIN_MS);
      if (!stopping.signal.aborted) await catchUp.run(since, intake.hasHeard);
    });
  }

  /** Ends early when the receiver stops. */
  function pause(ms: number): Promise<void> {
    const { signal } = stopping;
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  }

  /** Waits for Discord as long as it is away; undefined when it was stopped first. @throws SendError when it refuses the token */
  async function identify(): Promise<Identity | undefined> {
    for (let backoff = FIRST_BACKOFF_MS; !stopping.signal.aborted; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      try {
        return await whoAmI();
      } catch (error) {
        if (!(error instanceof SendError)) throw error;
        problem = error.message;
        if (error.kind === 'auth') throw error;
        if (backoff === FIRST_BACKOFF_MS) log.warn({ code: error.code }, 'Discord cannot be reached; trying again');
        await pause(error.retryAfterMs ?? backoff);
      }
    }
    return undefined;
  }

  async function offerCommands(): Promise<void> {
    try {
      if (await registerCommands(api, me)) log.info('Discord: commands registered');
    } catch (error) {
      log.warn({ err: error }, 'the slash commands could not be registered; messages are answered all the same');
    }
  }

  /** Since when (ms) messages may be missing; null on the first start ever. */
  async function missedSince(): Promise<number | null> {
    try {
      return await catchUp.load();
    } catch (error) {
      log.warn({ err: error }, 'what was missed before this start is not known');
      return null;
    }
  }

  function openGateway(): Gateway {
    return createGateway({
      token: deps.token,
      apiUrl: deps.apiUrl,
      messageContent: me.messageContent,
      onEvent(event, data) {
        intake.hear(event, data);
        if (event === 'INTERACTION_CREATE') void interactions.take(data as Interaction);
      },
      onLoss: catchUp.look,
      onSession(afterLoss) {
        if (afterLoss) follow(catchUp.seen());
      },
      onError: deps.onError,
      log,
    });
  }

  return {
    async start() {
      const found = await identify();
      if (!found) return;
      me = found;
      if (!me.messageContent)
        log.warn(
          `Discord: the intent “Message Content” is off, so I read only direct messages and messages that mention me: ` +
            `switch it on under https://discord.com/developers/applications/${me.appId}/bot and start again`,
        );
      const since = await missedSince();
      gateway = openGateway();
      problem = undefined;
      await Promise.all([gateway.start(), offerCommands()]);
      if (stopping.signal.aborted) return;
      catchUp.start();
      if (since !== null) follow(since);
    },
    async stop() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      await catchUp.stop();
      await gateway?.stop();
      await lanes.stop();
      await catching;
    },
    status() {
      if (problem || !gateway) return { connected: false, detail: problem ?? 'starting' };
      const { connected, detail } = gateway.status();
      const blind = connected && !me.messageContent ? '; the intent “Message Content” is off' : '';
      return { connected, detail: detail + blind };
    },
    catchUp: (since) => catchUp.run(since),
  };
}
