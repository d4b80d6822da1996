/** A model that fails is left out while another can answer, and comes back. */
import { expect, test } from 'vitest';
import { createBreaker } from '../../src/models/breaker.ts';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';

const [first, second] = ['first', 'second'].map((id) => createTestModel(() => ['hi'], { id }).model);
const models = [first, second].filter((model) => model !== undefined);

function start() {
  let at = 1_000_000;
  const breaker = createBreaker(() => at);
  const asked = () => breaker.order(models).map(({ id }) => id);
  return { breaker, asked, later: (ms: number) => (at += ms) };
}

test('after three failures in a row a model comes last for ten seconds; then one question tries it first', () => {
  const { breaker, asked, later } = start();
  for (let n = 0; n < 2; n++) breaker.failed('first', 'network');
  expect(asked()).toEqual(['first', 'second']);
  breaker.failed('first', 'network');
  expect(asked()).toEqual(['second', 'first']);
  expect(breaker.open()).toEqual(['first']);
  later(9_999);
  expect(asked()).toEqual(['second', 'first']);
  later(2);
  expect(asked()).toEqual(['first', 'second']);
  // The question that tries it is still under way.
  breaker.asked('first');
  expect(asked()).toEqual(['second', 'first']);
  breaker.answered('first');
  expect(asked()).toEqual(['first', 'second']);
});

test('each further failure leaves it out for twice as long, up to two minutes', () => {
  const { breaker, asked, later } = start();
  for (let n = 0; n < 3; n++) breaker.failed('first', 'network');
  for (const pauseMs of [10_000, 20_000, 40_000, 80_000, 120_000, 120_000]) {
    later(pauseMs - 1);
    expect(asked()).toEqual(['second', 'first']);
    later(2);
    expect(asked()).toEqual(['first', 'second']);
    breaker.failed('first', 'busy');
  }
});

test('what one question is to blame for is not counted, and success forgets the failures before', () => {
  const { breaker, asked } = start();
  for (const kind of ['refused', 'too-long', 'refused', 'refused'] as const) breaker.failed('first', kind);
  for (let n = 0; n < 2; n++) breaker.failed('first', 'network');
  breaker.answered('first');
  for (let n = 0; n < 2; n++) breaker.failed('first', 'network');
  expect(asked()).toEqual(['first', 'second']);
});

test('when all are left out, all are asked', () => {
  const { breaker, asked } = start();
  for (const id of ['first', 'second']) for (let n = 0; n < 3; n++) breaker.failed(id, 'network');
  expect(asked()).toEqual(['first', 'second']);
});

test('a model that is left out is still asked when nobody else can answer', async () => {
  const well = { first: false, second: false };
  const models = (['first', 'second'] as const).map(
    (name) =>
      createTestModel(
        () => {
          if (well[name]) return [`the ${name}`];
          throw new ModelError('network', 'ECONNREFUSED', 'away');
        },
        { id: `test:${name}` },
      ).model,
  );
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({ models, platforms: [platform], sections: { models: { retries: 0 } } });
  let turns = 0;
  const ask = async () => {
    await chasqui.ingest.message(platform.says(`room-${++turns}`, 'hi'));
    await chasqui.turns(turns);
    return platform.texts(`room-${turns}`)[0];
  };
  for (let n = 0; n < 3; n++) await ask();
  well.first = true;
  expect(await ask()).toBe('the first');
  // Nobody has tried the second since it failed three times.
  Object.assign(well, { first: false, second: true });
  expect(await ask()).toBe('the second');
  await chasqui.stop();
});

test('people are answered by the next model, and the broken one is not asked each time', async () => {
  const broken = createTestModel(
    () => {
      throw new ModelError('network', 'ECONNREFUSED', 'away');
    },
    { id: 'test:broken' },
  );
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({
    models: [broken.model, createTestModel(() => ['hello']).model],
    platforms: [platform],
  });
  for (let n = 1; n <= 6; n++) {
    await chasqui.ingest.message(platform.says(`room-${n}`, 'hi'));
    await chasqui.turns(n);
    expect(platform.texts(`room-${n}`)).toEqual(['hello']);
  }
  expect(broken.calls.items).toHaveLength(3);
  await chasqui.stop();
});
