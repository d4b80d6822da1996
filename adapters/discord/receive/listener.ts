/** What listens to Discord: the gateway's events, what is done with each, and what was missed without it. */

import type { Ingest, Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createKeyedQueue } from '../../kit/keyed-queue.ts';
import type { LastConversation } from '../../kit/last-conversation.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import { type CatchUpSettings, createCatchUp, LONGEST_AGE_MS } from '../catch-up/catch-up.ts';
import { createCheckpoint } from '../catch-up/checkpoint.ts';
import { createScan } from '../catch-up/scan.ts';
import type { DiscordApi } from '../client.ts';
import { createEvents } from '../events.ts';
import type { Identity } from '../identity.ts';
import { createChains } from './chain.ts';
import { createDirectory } from './directory.ts';
import type { Gateway } from './gateway.ts';
import { createInteractions, type Interaction } from './interactions.ts';
import type { NormalizeSettings } from './normalize.ts';
import type { WithRoles } from './roles.ts';

export interface ListenerDeps {
  api: DiscordApi;
  token: string;
  apiUrl: string;
  posted: SentMessages;
  recent: LastConversation;
  store: Store;
  settings: NormalizeSettings;
  withRoles: WithRoles;
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

  const checkpoint = createCheckpoint({ store, until: () => catchUp.look(), log });
  const events = createEvents({
    ingest,
    directory,
    chains: createChains({ api, posted }),
    queue,
    posted,
    recent,
    checkpoint,
    settings,
    withRoles: deps.withRoles,
    me: () => me,
    onOverflow: (channel) => catchUp.missed(channel, Date.now()),
    hasGap: (channel) => catchUp.hasGap(channel),
    log,
  });
  const catchUp = createCatchUp({
    directory,
    queue,
    checkpoint,
    scan: createScan({
      api,
      checkpoint,
      ingest,
      maxAgeMs: Math.min(deps.catchUp.maxAgeMs, LONGEST_AGE_MS),
      mayBeForUs: events.mayBeForUs,
      take: events.take,
      takeLater: events.takeLater,
      textOf: events.textOf,
      signal,
    }),
    settings: deps.catchUp,
    isKnown: (id) => events.hasSeen(id) || checkpoint.conversationOf(id) !== undefined,
    connected: () => gateway?.status().connected === true,
    signal,
    log,
  });
  const interactions = createInteractions({
    api,
    ingest,
    recent,
    isThread: directory.isThread,
    keep: events.keep,
    log,
  });

  function onEvent(event: string, data: unknown): void {
    directory.onEvent(event, data, me);
    catchUp.onEvent(event, data);
    events.onEvent(event, data);
    if (event === 'READY') checkpoint.saveSoon();
    if (event === 'INTERACTION_CREATE') void interactions.take(data as Interaction);
  }

  async function openGateway(): Promise<Gateway> {
    const { createGateway } = await deps.code;
    return createGateway({
      token: deps.token,
      apiUrl: deps.apiUrl,
      messageContent: me.messageContent,
      onEvent,
      onLoss: () => void catchUp.look(),
      onError: deps.onError,
      log,
    });
  }

  return {
    /** Resolves when events arrive; waits for Discord as long as it is away. @throws GatewayRefusal; Redis's errors */
    async listen(): Promise<void> {
      if (gateway || signal.aborted) return;
      const since = await checkpoint.load();
      const opened = await openGateway();
      if (gateway || signal.aborted) return;
      gateway = opened;
      catchUp.begin(since);
      checkpoint.start();
      await opened.start();
    },

    /** Another process listens from now on; what is in hand is finished. */
    async rest(): Promise<void> {
      await checkpoint.stop();
      const open = gateway;
      gateway = undefined;
      await open?.stop();
    },

    /** Null while it rests. */
    status: (): { connected: boolean; detail: string } | null => gateway?.status() ?? null,

    /** Tries once more at most what waits; what is left then is fetched by the next start's catch-up. */
    async stop(): Promise<void> {
      // Saved while there is a session, and so exact.
      await checkpoint.stop();
      stopping.abort();
      await gateway?.stop();
      await queue.stop();
    },
  };
}
