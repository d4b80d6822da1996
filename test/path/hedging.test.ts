/** Hedging on the whole path: a late first token has the next model asked as well, and one of the two answers. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import type { FileConfig } from '../../config/schema.ts';
import { createBudgets } from '../../src/budgets/budgets.ts';
import { ModelError, type ModelRequest } from '../../src/models/model.ts';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

let chasqui: TestChasqui | undefined;
afterEach(() => chasqui?.stop());

type Script = Parameters<typeof createTestModel>[0];
type Scripts = Record<string, Script>;

/** Models in the order of their scripts; each call takes 15 tokens when it answers. */
async function start(
  scripts: Scripts,
  more: { hedge_after?: number | undefined; budgets?: FileConfig['budgets'] } = {},
) {
  const platform = createTestPlatform();
  const models = Object.entries(scripts).map(([name, script]) => createTestModel(script, { id: `test:${name}` }));
  const { budgets = [], hedge_after } = { hedge_after: 10, ...more };
  const running = await startTestChasqui({
    models: models.map(({ model }) => model),
    platforms: [platform],
    sections: { budgets, models: { retries: 0, ...(hedge_after === undefined ? {} : { hedge_after }) } },
  });
  chasqui = running;
  let turns = 0;
  return {
    platform,
    running,
    asked: () => models.map(({ calls }) => calls.items.length),
    calls: models.map(({ calls }) => calls),
    async ask(text = 'hi'): Promise<string | undefined> {
      await running.ingest.message(platform.says('a', text));
      await running.turns(++turns);
      return platform.texts('a').at(-1);
    },
    async counted(name: string): Promise<number> {
      const { body } = await running.http.inject({ url: '/metrics', ...running.asOperator });
      return Number(
        new RegExp(`^chasqui_model_calls_total\\{model="test:${name}"\\} (\\d+)`, 'm').exec(body)?.[1] ?? 0,
      );
    },
  };
}

async function* never({ signal }: ModelRequest): AsyncGenerator<string> {
  yield await silence(signal);
}

/** What is spent and reserved of the first budget. */
async function sums({ config, redisUrl, log }: TestChasqui) {
  const redis = new Redis(redisUrl);
  const { budgets, queue } = config;
  const [first] = await createBudgets({ redis, prefix: queue.prefix, budgets, lifetimeMs: 60_000, log }).read();
  redis.disconnect();
  return first?.sums;
}

/** Answers only when the gate opens, whatever becomes of the signal. */
const deaf = (gate: { opened: Promise<void> }, words: string[]) =>
  async function* (): AsyncGenerator<string> {
    await gate.opened;
    yield* words;
  };

test('a late first token: the next model answers, the first is cancelled, both are counted', async () => {
  const { ask, asked, calls, counted } = await start({ slow: never, quick: () => ['quick ', 'answer'] });
  expect(await ask()).toBe('quick answer');
  expect(asked()).toEqual([1, 1]);
  expect(calls[0]?.items[0]?.request.signal.aborted).toBe(true);
  expect(calls[1]?.items[0]?.request.signal.aborted).toBe(false);
  expect([await counted('slow'), await counted('quick')]).toEqual([1, 1]);
});

test('without the setting nobody else is asked', async () => {
  const gate = createGate();
  const { ask, asked, calls } = await start(
    { slow: deaf(gate, ['slow']), quick: () => ['quick'] },
    { hedge_after: undefined },
  );
  const answered = ask();
  await calls[0]?.until((items) => items.length === 1);
  gate.open();
  expect(await answered).toBe('slow');
  expect(asked()).toEqual([1, 0]);
});

test('the first model still answers when its first token comes first; the next one is cancelled', async () => {
  const gate = createGate();
  const { ask, calls } = await start({ slow: deaf(gate, ['slow ', 'answer']), other: never });
  const answered = ask();
  await calls[1]?.until((items) => items.length === 1);
  gate.open();
  expect(await answered).toBe('slow answer');
  expect(calls[1]?.items[0]?.request.signal.aborted).toBe(true);
});

test('two answers are never mixed, also when the slower model does not let go', async () => {
  const [first, second] = [createGate(), createGate()];
  const { ask, platform, calls } = await start({
    slow: deaf(first, ['never ', 'shown']),
    quick: async function* () {
      yield 'quick ';
      first.open();
      await second.opened;
      yield 'answer';
    },
  });
  const answered = ask();
  await calls[1]?.until((items) => items.length === 1);
  await platform.shown.until((items) => items.length > 0);
  second.open();
  expect(await answered).toBe('quick answer');
  expect(platform.visible('a').flatMap(({ versions }) => versions.filter((text) => !/^quick/.test(text)))).toEqual([]);
});

test('a model that writes is not late, however long it takes', async () => {
  const gate = createGate();
  const { ask, asked, platform } = await start({
    first: async function* () {
      yield 'a ';
      await gate.opened;
      yield 'b';
    },
    second: () => ['second'],
  });
  const answered = ask();
  await platform.shown.until((items) => items.length > 0);
  // Longer than the limit: a timer that was set before fires before one that is set now for the same time.
  setTimeout(gate.open, 20);
  expect(await answered).toBe('a b');
  expect(asked()).toEqual([1, 0]);
});

test.each(['first', 'second'])('the %s one fails while both are asked: the other goes on', async (failing) => {
  const [fails, answers] = [createGate(), createGate()];
  const scripts: Scripts = {};
  for (const name of ['first', 'second'])
    scripts[name] =
      name === failing
        ? async function* () {
            yield await fails.opened.then(() => {
              throw new ModelError('refused', 'content_filter', 'no');
            });
          }
        : deaf(answers, [name]);
  const { ask, asked, calls, running } = await start(scripts);
  const answered = ask();
  await Promise.all(calls.map((each) => each.until((items) => items.length === 1)));
  fails.open();
  await running.logged(({ msg }) => msg === 'model failed');
  answers.open();
  expect(await answered).toBe(failing === 'first' ? 'second' : 'first');
  expect(asked()).toEqual([1, 1]);
});

test('the faster one fails half-way: the one that was cancelled is asked again', async () => {
  let calls = 0;
  const { ask, platform } = await start({
    slow: async function* (request) {
      if (++calls === 1) yield* never(request);
      yield 'slow answer';
    },
    quick: async function* () {
      yield 'quick ';
      throw new ModelError('network', 'CUT', 'cut');
    },
  });
  expect(await ask()).toBe('slow answer');
  expect(platform.texts('a')).toHaveLength(1);
});

test('when both fail the third is asked', async () => {
  const fails = () => {
    throw new ModelError('busy', '429', 'busy');
  };
  const { ask, asked } = await start({ first: fails, second: fails, third: () => ['third'] });
  expect(await ask()).toBe('third');
  expect(asked()).toEqual([1, 1, 1]);
});

test('stop cancels both, and neither is asked again', async () => {
  const { ask, asked, calls, running } = await start({ first: never, second: never });
  const answered = ask();
  await calls[1]?.until((items) => items.length === 1);
  await running.ingest.stop('test:a');
  await answered;
  expect(calls.map(({ items }) => items[0]?.request.signal.aborted)).toEqual([true, true]);
  expect(asked()).toEqual([1, 1]);
});

test('both calls are paid for', async () => {
  const budgets: FileConfig['budgets'] = [{ for: 'everyone', per: 'day', tokens: 1_000_000, then: 'stop' }];
  const { ask, running } = await start({ slow: never, quick: () => ['quick'] }, { budgets });
  await ask();
  const all = await sums(running);
  expect(all?.reserved.tokens).toBe(0);
  // 15 of the quick one, and at least its question of the slow one.
  expect(all?.spent.tokens).toBeGreaterThan(15);
});

test('a budget without room for a second call: the first goes on alone', async () => {
  const gate = createGate();
  const { ask, asked, running } = await start(
    { slow: deaf(gate, ['slow answer']), quick: () => ['quick'] },
    { budgets: [{ for: 'everyone', per: 'day', tokens: 100, then: 'cheaper' }] },
  );
  // The first call's reservation takes all of it.
  setTimeout(gate.open, 50);
  expect(await ask()).toBe('slow answer');
  expect(asked()).toEqual([1, 0]);
  expect(await sums(running)).toMatchObject({ spent: { tokens: 15 }, reserved: { tokens: 0 } });
});
