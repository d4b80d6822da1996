/** Several processes with one token: one listens, nothing is taken twice or missed, whatever happens to whom. */
import { expect, test } from 'vitest';
import { createCheckpoint } from '../../adapters/discord/catch-up/checkpoint.ts';
import type { Receiver } from '../../src/contract/index.ts';
import type { LeaseTiming } from '../../src/redis/lease.ts';
import { captureLog } from '../support/config.ts';
import { setUp } from './receivers.ts';

const QUICK: { leaseTiming: LeaseTiming } = { leaseTiming: { lifetimeMs: 1_000, renewEveryMs: 30 } };
const SLOW: { leaseTiming: LeaseTiming } = { leaseTiming: { lifetimeMs: 60_000, renewEveryMs: 60_000 } };

const becomes = (receiver: Receiver, status: object) =>
  expect.poll(() => receiver.status(), { timeout: 20_000 }).toMatchObject(status);
const standsBy = { connected: true, detail: expect.stringContaining('stands by') };
const listens = { connected: true, detail: 'gateway, 1 of 1 shards' };

test('the one that started last listens; both are ready', async () => {
  const { discord, inbox, ana, dm, start } = await setUp();
  const first = await start(QUICK);
  const second = await start(QUICK);
  expect(second.status()).toEqual(listens);
  await becomes(first, standsBy);
  await discord.waitUntil(() => discord.gateway.ready === 1);
  discord.say(ana, dm, 'hello');
  await inbox.until('hello');
  expect(inbox.offered).toEqual(['hello']);
});

test('what comes while both listen is taken once', async () => {
  const { discord, inbox, ana, dm, start } = await setUp();
  await start(SLOW);
  await start(SLOW);
  expect(discord.gateway.ready).toBe(2);
  discord.say(ana, dm, 'hello');
  const { id } = discord.say(ana, dm, 'and bye');
  discord.edit(dm, id, 'and goodbye');
  await inbox.amended.until((items) => items.length === 2);
  expect(inbox.offered.sort()).toEqual(['and bye', 'and bye', 'hello', 'hello']);
  expect(inbox.texts()).toEqual(['hello', 'and bye']);
  const about = await discord.command(ana, dm, 'about', {});
  await about.message();
  const ask = await discord.command(ana, dm, 'ask', { question: 'what now?' });
  await expect.poll(() => inbox.offered.filter((text) => text === 'what now?').length).toBe(2);
  expect(inbox.commands).toEqual(['about']);
  expect([about.outcome, ask.outcome]).toEqual(['deferred', 'deferred']);
  const answers = discord.calls.filter(({ route }) => route.startsWith('PATCH /webhooks/'));
  expect(answers).toHaveLength(1);
  expect(inbox.texts()).toEqual(['hello', 'and bye', 'what now?']);
});

test('when the one that listens stops, the other takes over, with all that came in between', async () => {
  const { discord, inbox, ana, dm, start } = await setUp();
  const first = await start(QUICK);
  const second = await start(QUICK);
  await becomes(first, standsBy);
  discord.say(ana, dm, 'before');
  await inbox.until('before');
  await second.stop();
  discord.say(ana, dm, 'in between');
  await inbox.until('in between');
  expect(first.status()).toEqual(listens);
});

test('when it dies, too', async () => {
  const { discord, inbox, shared, ana, dm, start } = await setUp();
  const first = await start(QUICK);
  const store = shared.seenBy();
  await start({ ...QUICK, store });
  await becomes(first, standsBy);
  discord.say(ana, dm, 'before');
  await inbox.until('before');
  // Dead: it says nothing to Redis and hears nothing of Discord any more.
  store.away = true;
  discord.gateway.refuse();
  discord.gateway.forgetSessions();
  discord.gateway.drop();
  discord.say(ana, dm, 'in between');
  await becomes(first, { connected: false });
  discord.gateway.refuse(false);
  await inbox.until('in between');
  await becomes(first, listens);
});

test('one that was cut off from Redis for long, and comes back, is the one again', async () => {
  const { discord, inbox, shared, ana, dm, start } = await setUp();
  const first = await start(QUICK);
  const store = shared.seenBy();
  const second = await start({ ...QUICK, store });
  await becomes(first, standsBy);
  store.away = true;
  await becomes(first, listens);
  // Cut off from Redis, it goes on listening: what it hears waits.
  expect(second.status()).toEqual(listens);
  store.away = false;
  await becomes(first, standsBy);
  expect(second.status()).toEqual(listens);
  discord.say(ana, dm, 'hello');
  await inbox.until('hello');
  expect(inbox.offered).toEqual(['hello']);
});

test('an older mark never replaces a newer one, and what others know stays known', async () => {
  const { shared } = await setUp();
  const { log } = captureLog();
  const marks = [1_000, 2_000, 1_500].map((until) =>
    createCheckpoint({ store: shared.store, until: () => until, log }),
  );
  await Promise.all(marks.map((mark) => mark.load()));
  for (const [n, mark] of marks.entries()) {
    mark.start();
    mark.took({ id: `${n}`, channel: `dm-${n}`, conversation: `discord:dm-${n}` });
    mark.talked({ kind: 'dm', channel: `dm-${n}`, guild: null });
    mark.talked({ kind: 'thread', channel: `t-${n}`, guild: 'g' });
    await mark.stop();
  }
  const heir = createCheckpoint({ store: shared.store, until: () => null, log });
  expect(await heir.load()).toBe(2_000);
  expect(heir.directChannels()).toEqual(['dm-2', 'dm-1', 'dm-0']);
  expect(heir.channelsOf('g', () => null)).toEqual(expect.arrayContaining(['t-0', 't-1', 't-2']));
  expect(heir.conversationOf('1')).toBe('discord:dm-1');
});

test('one that only stands by claims nothing', async () => {
  const { discord, inbox, shared, ana, dm, start } = await setUp();
  const first = await start(QUICK);
  discord.say(ana, dm, 'hello');
  await inbox.until('hello');
  const second = await start(QUICK);
  await becomes(first, standsBy);
  await second.stop();
  discord.gateway.refuse();
  const before = await shared.store.get('catch-up');
  discord.say(ana, dm, 'missed');
  await first.stop();
  discord.gateway.refuse(false);
  const { seen } = JSON.parse((await shared.store.get('catch-up')) ?? '{}');
  expect(seen).toBe(JSON.parse(before ?? '{}').seen);
  await start(QUICK);
  await inbox.until('missed');
});
