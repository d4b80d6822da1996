/** What listens to Discord: the gateway's events, what is done with each, and what was missed without it. */

import type { Ingest, Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createKeyedQueue } from '../kit/keyed-queue.ts';
import { type CatchUpSettings, createCatchUp, LONGEST_AGE_MS } from './catch-up.ts';
import { createChains } from './chain.ts';
import type { DiscordApi } from './client.ts';
import { createDirectory } from './directory.ts';
import type { Gateway } from './gateway.ts';
import type { Identity } from './identity.ts';
import { createIntake } from './intake.ts';
import { createInteractions, type Interaction } from './interactions.ts';
import { createMark } from './mark.ts';
import type { NormalizeSettings } from './normalize.ts';
import type { Posted } from './posted.ts';
import type { Recent } from './recent.ts';
import { createSweep } from './sweep.ts';

export interface ListenerDeps {
  api: DiscordApi;
  token: string;
  apiUrl: string;
  posted: Posted;
  recent: Recent;
  store: Store;
  settings: NormalizeSettings;
  catchUp: CatchUpSettings;
  onError(method: string, code: string): void;
  log: Logger;
}

export type Listener = ReturnType<typeof createListener>;

export function createListener(
  deps: ListenerDeps & {
    ingest: Ingest;
    me: Identity;
    /** The gateway's code, which a process that only sends never loads. */
    code: Promise<typeof import('./gateway.ts')>;
  },
) {
  const { api, ingest, me, posted, recent, settings, store, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const directory = createDirectory(api);
  const queue = createKeyedQueue({ log });
  let gateway: Gateway | undefined;

  const mark = createMark({ store, until: () => catchUp.look(), log });
  const intake = createIntake({
    ingest,
    directory,
    chains: createChains({ api, posted }),
    queue,
    posted,
    recent,
    mark,
    settings,
    me: () => me,
    onOverflow: (channel) => catchUp.missed(channel, Date.now()),
    hasGap: (channel) => catchUp.hasGap(channel),
    log,
  });
  const catchUp = createCatchUp({
    directory,
    queue,
    mark,
    sweep: createSweep({
      api,
      mark,
      ingest,
      maxAgeMs: Math.min(deps.catchUp.maxAgeMs, LONGEST_AGE_MS),
      mayBeForUs: intake.mayBeForUs,
      take: intake.take,
      takeLater: intake.takeLater,
      textOf: intake.textOf,
      signal,
    }),
    settings: deps.catchUp,
    isKnown: (id) => intake.hasHeard(id) || mark.conversationOf(id) !== undefined,
    connected: () => gateway?.status().connected === true,
    signal,
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

  function hear(event: string, data: unknown): void {
    directory.hear(event, data, me);
    catchUp.hear(event, data);
    intake.hear(event, data);
    if (event === 'READY') mark.saveSoon();
    if (event === 'INTERACTION_CREATE') void interactions.take(data as Interaction);
  }

  async function openGateway(): Promise<Gateway> {
    const { createGateway } = await deps.code;
    return createGateway({
      token: deps.token,
      apiUrl: deps.apiUrl,
      messageContent: me.messageContent,
      onEvent: hear,
      onLoss: () => void catchUp.look(),
      onError: deps.onError,
      log,
    });
  }

  return {
    /** Resolves when events arrive; waits for Discord as long as it is away. @throws GatewayRefusal; Redis's errors */
    async listen(): Promise<void> {
      if (gateway || signal.aborted) return;
      const since = await mark.load();
      const opened = await openGateway();
      if (gateway || signal.aborted) return;
      gateway = opened;
      catchUp.begin(since);
      mark.start();
      await opened.start();
    },

    /** Another process listens from now on; what is in hand is finished. */
    async rest(): Promise<void> {
      await mark.stop();
      const open = gateway;
      gateway = undefined;
      await open?.stop();
    },

    /** Null while it rests. */
    status: (): { connected: boolean; detail: string } | null => gateway?.status() ?? null,

    /** Tries once more at most what waits; what is left then is fetched by the next start's catch-up. */
    async stop(): Promise<void> {
      // Saved while there is a session, and so exact.
      await mark.stop();
      stopping.abort();
      await gateway?.stop();
      await queue.stop();
    },
  };
}
