import { Redis } from 'ioredis';
import { afterEach } from 'vitest';
import type { CatchUpSettings } from '../../adapters/discord/catch-up/catch-up.ts';
import { createDiscordAdapter } from '../../adapters/discord/index.ts';
import type { InboundMessage, Ingest, Receiver, Sender, Store } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import type { AccessLists } from '../../src/persona/personas.ts';
import type { LeaseTiming } from '../../src/redis/lease.ts';
import { createStore, noLimits } from '../../src/redis/limits.ts';
import { type DiscordDouble, startDiscordDouble } from '../doubles/discord/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { sharedRedis } from '../support/redis.ts';

/** An inbox as Redis keeps it: each id once, amended while it waits; here everything waits. */
function createInbox() {
  const taken = createRecord<InboundMessage>();
  const amended = createRecord<{ id: string; text: string | null }>();
  const ids = new Set<string>();
  /** Calls of `message`, by text: also those that found it there already. */
  const offered: string[] = [];
  const commands: string[] = [];
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
    async command(_to, { name }) {
      commands.push(name);
      return 'done';
    },
    feedback: async () => {},
    undelivered: async () => {},
  };
  return Object.assign(inbox, {
    offered,
    commands,
    taken,
    amended,
    /** What was taken, in its order. */
    texts: () => taken.items.map(({ text }) => text),
    until: (text: string) => taken.until((items) => items.some((message) => message.text === text)),
  });
}

/** What several receivers share in Redis. */
function createSharedStore() {
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

/** The two halves of a process, in front of an inbox. */
function createHalves(options: {
  discord: DiscordDouble;
  inbox: Ingest;
  store: Store;
  catchUp?: Partial<CatchUpSettings>;
  leaseTiming?: LeaseTiming;
  accessLists?(): AccessLists;
}): { receiver: Receiver & { lines: ReturnType<typeof captureLog>['lines'] }; sender(): Sender } {
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
    maxReplyMessages: 8,
    onPlatformError() {},
    modelLabel: 'Test Model',
  });
  const receiver = { ...adapter.receiver({ ingest: inbox, http: createHttpServer(log) }), lines };
  return { receiver, sender: adapter.sender };
}

const MINUTE = 60_000;

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A Discord, an inbox, and receivers between them that share a Redis; all end with the test. */
export async function setUp() {
  const discord = await startDiscordDouble();
  const inbox = createInbox();
  const shared = createSharedStore();
  const ana = discord.ana.id;
  const dm = discord.dm(ana).id;
  ends.push(shared.close, discord.close);

  function build(options: Partial<Parameters<typeof createHalves>[0]> = {}) {
    const { receiver } = createHalves({ discord, inbox, store: shared.store, ...options });
    ends.push(receiver.stop);
    return receiver;
  }

  async function start(options: Parameters<typeof build>[0] = {}) {
    const receiver = build(options);
    await receiver.start();
    return receiver;
  }

  /** It has heard Ana once, so that it knows her direct channel, and is stopped. */
  async function heardAndStopped(): Promise<void> {
    const receiver = await start();
    discord.say(ana, dm, 'hello');
    await inbox.until('hello');
    await receiver.stop();
  }

  return {
    discord,
    inbox,
    shared,
    ana,
    dm,
    general: discord.general.id,
    build,
    start,
    /** The sending half of another process. */
    sender(): Sender {
      const sender = createHalves({ discord, inbox, store: shared.store }).sender();
      ends.push(() => sender.close());
      return sender;
    },
    heardAndStopped,

    /** The same, but ten minutes ago; Ana has written something since, which nobody heard, so many minutes ago. */
    async missed(text: string, minutesAgo = 5): Promise<void> {
      await heardAndStopped();
      discord.backdate(dm, discord.visible(dm)[0]?.id ?? '', 11 * MINUTE);
      discord.backdate(dm, discord.say(ana, dm, text).id, minutesAgo * MINUTE);
      const saved = JSON.parse((await shared.store.get('catch-up')) ?? '{}');
      await shared.store.set('catch-up', JSON.stringify({ ...saved, seen: Date.now() - 10 * MINUTE }), 60);
    },

    /** The session is lost for good, and `meanwhile` happens before there is a new one. */
    withoutSession(meanwhile: () => void): void {
      discord.gateway.refuse();
      discord.gateway.forgetSessions();
      discord.gateway.drop();
      meanwhile();
      discord.gateway.refuse(false);
    },
  };
}
