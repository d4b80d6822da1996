/** Spending stays under the limit plus one call, whoever asks, however many at once, whoever dies in between. */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, readAccounts, reserveIn, settleIn } from '../../src/budgets/ledger.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { captureLog } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';

const { url, prefix } = sharedRedis();
/** Two connections: no order holds between them, as between two processes. */
let redises: Redis[];
beforeAll(() => {
  redises = ['a', 'b'].map((name) => connectRedis({ url, log: captureLog().log, kind: 'ask', name }));
});
afterAll(() => {
  for (const redis of redises) redis.disconnect();
});

let counter = 0;
const account = (limits: Partial<Account> = {}): Account => ({
  key: `${prefix}:{budgets}:${++counter}`,
  ...{ nanoUsd: -1, tokens: -1, keptS: 60, refuses: true },
  ...limits,
});
const spentOf = async (one: Account) => (await readAccounts(redises[0] as Redis, [one]))[0];

test('at any concurrency spending stays under the limit plus one call', async () => {
  const call = fc.record({
    most: fc.integer({ min: 1, max: 400 }),
    /** How much of it is used; null: the worker dies and nobody settles. */
    part: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    process: fc.integer({ min: 0, max: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 2_000 }), fc.array(call, { maxLength: 40 }), async (limit, calls) => {
      const budget = account({ tokens: limit });
      const largest = Math.max(0, ...calls.map(({ most }) => most));
      let used = 0;
      await Promise.all(
        calls.map(async ({ most, part, process }, n) => {
          const redis = redises[process] as Redis;
          const id = `call-${n}`;
          const dies = part === null;
          // A dead worker's call lapses at once here.
          const full = await reserveIn(redis, [budget], {
            id,
            lifetimeMs: dies ? 0 : 60_000,
            nanoUsd: 0,
            tokens: most,
          });
          if (full) return;
          if (dies) {
            used += most;
            return;
          }
          const tokens = Math.floor(most * part);
          await settleIn(redis, [budget], { id, nanoUsd: 0, tokens });
          await settleIn(redis, [budget], { id, nanoUsd: 0, tokens });
          used += tokens;
        }),
      );
      const sums = await spentOf(budget);
      expect(sums?.reserved.tokens).toBe(0);
      expect(sums?.spent.tokens).toBe(used);
      expect(used).toBeLessThan(limit + largest + 1);
    }),
    { numRuns: 60 },
  );
});

test('what a call falls under is reserved in all budgets or in none', async () => {
  const [wide, narrow] = [account({ nanoUsd: 1_000 }), account({ nanoUsd: 10 })];
  const [redis] = redises as [Redis];
  const call = { lifetimeMs: 60_000, nanoUsd: 10, tokens: 1 };
  expect(await reserveIn(redis, [wide, narrow], { id: '1', ...call })).toBeUndefined();
  expect(await reserveIn(redis, [wide, narrow], { id: '2', ...call })).toBe(narrow);
  expect((await spentOf(wide))?.reserved).toEqual({ nanoUsd: 10, tokens: 1 });
});

test('a reservation that nobody settles lapses and counts as spent; a late settling changes nothing', async () => {
  const budget = account({ tokens: 100 });
  const [redis] = redises as [Redis];
  await reserveIn(redis, [budget], { id: '1', lifetimeMs: 0, nanoUsd: 7, tokens: 60 });
  expect(await spentOf(budget)).toEqual({ spent: { nanoUsd: 7, tokens: 60 }, reserved: { nanoUsd: 0, tokens: 0 } });
  await settleIn(redis, [budget], { id: '1', nanoUsd: 1, tokens: 1 });
  expect((await spentOf(budget))?.spent.tokens).toBe(60);
});

test('a note is due once, when four fifths are spent', async () => {
  const budget = account({ tokens: 100 });
  const [redis] = redises as [Redis];
  const due: number[] = [];
  for (let n = 1; n <= 10; n++) {
    await reserveIn(redis, [budget], { id: `${n}`, lifetimeMs: 60_000, nanoUsd: 0, tokens: 10 });
    if ((await settleIn(redis, [budget], { id: `${n}`, nanoUsd: 0, tokens: 10 })).length > 0) due.push(n);
  }
  expect(due).toEqual([8]);
});

test('sums beyond what a float holds exactly stay whole', async () => {
  const budget = account();
  const [redis] = redises as [Redis];
  const nanoUsd = 2 ** 50 + 1;
  for (const id of ['1', '2']) {
    await reserveIn(redis, [budget], { id, lifetimeMs: 60_000, nanoUsd, tokens: 0 });
    await settleIn(redis, [budget], { id, nanoUsd, tokens: 0 });
  }
  expect((await spentOf(budget))?.spent.nanoUsd).toBe(2 * nanoUsd);
});
