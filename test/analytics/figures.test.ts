/** Money, times and single turns; and what becomes of figures when Redis is away. */
import { expect, onTestFinished, test } from 'vitest';
import { bucketOf, type Histogram, percentile } from '../../src/analytics/histogram.ts';
import { createRecent } from '../../src/analytics/read-now.ts';
import { createTestModel } from '../doubles/model.ts';
import fc from '../support/fuzz.ts';
import { startRedis } from '../support/redis.ts';
import { openFigures } from './figures.ts';

test('a percentile is right to an eighth, whatever the durations', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e8, noNaN: true }), { minLength: 1, maxLength: 200 }),
      (durations) => {
        const histogram: Histogram = new Map();
        for (const ms of durations) histogram.set(bucketOf(ms), (histogram.get(bucketOf(ms)) ?? 0) + 1);
        const sorted = durations.toSorted((a, b) => a - b);
        for (const share of [0.5, 0.95, 0.99]) {
          const exact = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number;
          const found = percentile(histogram, share) as number;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * 0.13 + 0.1);
        }
      },
    ),
  );
  expect(percentile(new Map(), 0.5)).toBeNull();
});

test('money is added up by model, platform and workspace; what has no price is named and not guessed', async () => {
  const figures = openFigures();
  const tokens = { inputTokens: 1_000, outputTokens: 100 };
  await figures.answered(['ana'], { model: 'paid', platform: 'slack', workspace: 'aaa', ...tokens, usd: 0.000_001_5 });
  await figures.answered(['ana'], { model: 'paid', platform: 'slack', workspace: 'bbb', ...tokens, usd: 0.25 });
  await figures.answered(['ana'], { model: 'free', platform: 'web', ...tokens, usd: 0 });
  await figures.answered(['ana'], { model: 'unknown', platform: 'web', ...tokens });
  figures.analytics.record({ type: 'feedback', at: figures.now(), platform: 'slack', good: true });
  await figures.analytics.flush();
  const view = await figures.days.cost(7, 10, figures.now());
  expect(view.total).toEqual({ name: 'all', answered: 4, inputTokens: 4_000, outputTokens: 400, usd: 0.250_001_5 });
  expect(view.by.model.map(({ name, usd }) => [name, usd])).toEqual([
    ['paid', 0.250_001_5],
    ['free', 0],
    ['unknown', 0],
  ]);
  expect(view.by.workspace.map(({ name }) => name)).toEqual(['bbb', 'aaa']);
  expect(view.unpriced).toEqual(['unknown']);
  expect(view.budget).toEqual({ monthUsd: 10, spentUsd: 0.250_001_5, leftUsd: 9.749_998_5 });
  expect(view.usdPerGood).toBe(0.250_001_5);
  expect(view.usdPerAnswer).toBeCloseTo(0.0625);
});

test('the budget is of the calendar month', async () => {
  const figures = openFigures();
  figures.travelTo('2026-09-30');
  await figures.answered(['ana'], { model: 'paid', usd: 3 });
  figures.travelTo('2026-10-01');
  await figures.answered(['ana'], { model: 'paid', usd: 1 });
  expect((await figures.days.cost(7, 10, figures.now())).budget).toMatchObject({ spentUsd: 1, leftUsd: 9 });
});

test('traffic and times of the last hour and the last days, and how the models are', async () => {
  const figures = openFigures();
  const { redis, prefix, analytics } = figures;
  const { model } = createTestModel(() => []);
  const recent = createRecent({ redis, prefix, models: [model, { ...model, id: 'test:other' }] });
  figures.travelTo('2026-09-07');
  await figures.answered(['ana'], { totalMs: 100, firstTokenMs: 50 });
  figures.travelTo('2026-09-08');
  const at = figures.now();
  await figures.answered(['ana', 'ben'], { totalMs: 1_000, firstTokenMs: 500 });
  await figures.answered(['ana'], { outcome: 'failed', totalMs: 30_000 });
  analytics.record({ type: 'message', at, platform: 'test' });
  analytics.record({ type: 'call', at: at - 1, model: model.id });
  analytics.record({ type: 'call', at, model: model.id, failure: 'busy 429: too much' });
  await analytics.flush();
  const view = await recent.read(at + 60_000);
  expect(view.platforms.get('test')).toEqual({ in: 1, answered: 2, failed: 1 });
  expect([view.traffic.in.at(-2), view.traffic.answered.at(-2), view.traffic.failed.at(-2)]).toEqual([1, 2, 1]);
  expect(view.traffic.at).toHaveLength(60);
  expect(view.latency['1h'].whole.count).toBe(3);
  expect(view.latency['1h'].firstToken.count).toBe(2);
  expect(view.latency['7d'].whole.count).toBe(4);
  expect(view.models).toMatchObject([
    { id: model.id, calls: 2, failed: 1, state: 'shaky', reason: 'busy 429: too much' },
    { id: 'test:other', calls: 0, state: 'unused', reason: null },
  ]);
});

test('a model is failing when nothing but failures came for some seconds, and well again with its next answer', async () => {
  const figures = openFigures();
  const { redis, prefix, analytics } = figures;
  const { model } = createTestModel(() => []);
  const recent = createRecent({ redis, prefix, models: [model] });
  const at = figures.now();
  const state = async () => {
    await analytics.flush();
    return (await recent.read(at)).models[0]?.state;
  };
  const call = (seconds: number, failure?: string) =>
    analytics.record({ type: 'call', at: at + seconds * 1_000, model: model.id, ...(failure ? { failure } : {}) });
  expect(await state()).toBe('unused');
  call(-10);
  expect(await state()).toBe('well');
  call(-9, 'busy');
  expect(await state()).toBe('shaky');
  call(-6, 'busy');
  call(-5, 'busy');
  expect(await state()).toBe('failing');
  call(0);
  expect(await state()).toBe('shaky');
  expect((await recent.read(at + 61_000)).models[0]?.state).toBe('well');
});

test('turns are kept up to a number and an age', async () => {
  const figures = openFigures({ turnsMost: 100, turnsKeepMs: 3_600_000 });
  await figures.answered(Array.from({ length: 600 }, () => 'ana'));
  const stream = `${figures.prefix}:{analytics}:turns`;
  // Redis trims whole nodes of a hundred entries.
  expect(await figures.redis.xlen(stream)).toBeLessThanOrEqual(200);
  figures.travelTo(new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10));
  await figures.answered([]);
  expect(await figures.redis.xlen(stream)).toBe(0);
});

test('every key has an end, or a bound', async () => {
  const figures = openFigures();
  await figures.answered(['ana'], { channel: 'aaa', workspace: 'bbb', model: 'm' });
  figures.analytics.record({ type: 'message', at: figures.now(), platform: 'test' });
  await figures.analytics.flush();
  const bounded = ['turns', 'models', 'salt', 'people:seen', 'people:first', 'cohorts'];
  for (const key of await figures.redis.keys(`${figures.prefix}:{analytics}:*`)) {
    const name = key.slice(`${figures.prefix}:{analytics}:`.length);
    if (!bounded.includes(name)) expect(await figures.redis.pttl(key), name).toBeGreaterThan(0);
  }
});

test('what could not be written is written when Redis is back', async () => {
  const { url, close } = await startRedis();
  onTestFinished(close);
  const figures = openFigures({}, { url, prefix: 'figures' });
  const { redis, analytics } = figures;
  // Redis takes no writes: full, or a replica.
  await redis.config('SET', 'min-replicas-to-write', '1');
  await figures.answered(['ana'], { model: 'm' });
  await redis.config('SET', 'min-replicas-to-write', '0');
  await analytics.flush();
  expect((await figures.days.people(1, figures.now())).days).toMatchObject({ active: [1], messages: [1] });
});
