import { Redis } from 'ioredis';
import type { InboundMessage, Ingest, Receiver, Store } from '../../adapters/contract.ts';
import type { CatchUpSettings } from '../../adapters/discord/catch-up.ts';
import { createDiscordAdapter } from '../../adapters/discord/index.ts';
import type { LeasePace } from '../../adapters/discord/lease.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createStore, noLimits } from '../../src/redis/limits.ts';
import type { DiscordDouble } from '../doubles/discord/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { sharedRedis } from '../support/redis.ts';

/** An inbox as Redis keeps it: each id once, amended while it waits; here everything waits. */
export function createInbox() {
  const taken = createRecord<InboundMessage>();
  const amended = createRecord<{ id: string; text: string | null }>();
  const ids = new Set<string>();
  /** Calls of `message`, by text: also those that found it there already. */
  const offered: string[] = [];
  const inbox: Ingest & { away: boolean } = {
    away: false,
    async message(message) {
      if (inbox.away) throw new Error('Redis is away');
      offered.push(message.text);
      if (ids.has(message.id)) return 'duplicate';
      ids.add(message.id);
      taken.add(message);
      return 'accepted';
    },
    async amend(_conversation, id, text) {
      amended.add({ id, text });
      return ids.has(id);
    },
    stop: async () => false,
    command: async () => 'done',
    feedback: async () => {},
  };
  return Object.assign(inbox, {
    offered,
    amended,
    /** What was taken, in its order. */
    texts: () => taken.items.map(({ text }) => text),
    until: (text: string) => taken.until((items) => items.some((message) => message.text === text)),
  });
}

/** What several receivers share in Redis. */
export function createSharedStore() {
  const { url, prefix } = sharedRedis();
  const redis = new Redis(url);
  const store = createStore(redis, prefix, 'discord');
  return {
    store,
    /** The same for one process, which can lose it. */
    seenBy() {
      const mine = {
        away: false,
        get: (key: string) => (mine.away ? Promise.reject(new Error('Redis is away')) : store.get(key)),
        set: (key: string, value: string, seconds: number) =>
          mine.away ? Promise.reject(new Error('Redis is away')) : store.set(key, value, seconds),
      };
      return mine;
    },
    close: () => redis.disconnect(),
  };
}

/** The receiving half of a process, in front of an inbox. */
export function createReceiver(options: {
  discord: DiscordDouble;
  inbox: Ingest;
  store: Store;
  catchUp?: Partial<CatchUpSettings>;
  leasePace?: LeasePace;
}): Receiver & { lines: ReturnType<typeof captureLog>['lines'] } {
  const { discord, inbox, ...rest } = options;
  const { log, lines } = captureLog('debug');
  const adapter = createDiscordAdapter({
    ...rest,
    config: testConfig({
      prefix: 'unused',
      env: { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token },
    }),
    log,
    limits: noLimits,
    onPlatformError() {},
    modelLabel: 'Test Model',
  });
  return { ...adapter.receiver({ ingest: inbox, http: createHttpServer(log) }), lines };
}
