import { expect, test } from 'vitest';
import type { Model, ModelFacts } from '../../src/models/model.ts';
import { endingOf, endingText, watchEndings } from '../../src/models/radar.ts';
import { createTestModel } from '../doubles/model.ts';
import { captureLog } from '../support/config.ts';

const TODAY = Date.parse('2026-12-01T23:30:00Z');
const ending = (ends: string | undefined, more: Partial<ModelFacts> = {}): Model =>
  createTestModel(() => [], { label: 'Llama 9', host: 'Somewhere', facts: { ends, ...more } as ModelFacts }).model;

test.each([
  [undefined, null],
  ['2027-01-31', null],
  ['2027-01-30', 'Llama 9 at Somewhere ends in 60 days, on 2027-01-30'],
  ['2026-12-31', 'Llama 9 at Somewhere ends in 30 days, on 2026-12-31'],
  ['2026-12-08', 'Llama 9 at Somewhere ends in 7 days, on 2026-12-08'],
  ['2026-12-02', 'Llama 9 at Somewhere ends tomorrow'],
  ['2026-12-01', 'Llama 9 at Somewhere ends today'],
  ['2026-11-30', 'Llama 9 at Somewhere ended on 2026-11-30'],
])('of a model that ends on %s it is said: %s', (day, text) => {
  const model = ending(day);
  const found = endingOf(model, TODAY);
  expect(found && endingText(model, found)).toBe(text);
});

test('the levels, and a model that has ended on a day that nobody knows', () => {
  const levels = ['2027-01-30', '2027-01-01', '2026-12-31', '2026-12-09', '2026-12-08', '2026-11-01'].map(
    (day) => endingOf(ending(day), TODAY)?.level,
  );
  expect(levels).toEqual(['notice', 'notice', 'soon', 'soon', 'urgent', 'ended']);
  const gone = ending(undefined, { ended: true });
  expect(endingText(gone, endingOf(gone, TODAY) as NonNullable<ReturnType<typeof endingOf>>)).toBe(
    'Llama 9 at Somewhere has ended',
  );
});

test('the log says it at the start, and the figures know of all that have a day', () => {
  const { log, lines } = captureLog();
  const told = new Map<string, number>();
  const metrics = { daysLeft: (id: string, days: number) => void told.set(id, days) };
  const near = { ...ending(new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)), id: 'a:near' };
  const far = { ...ending('2099-01-01'), id: 'a:far' };
  watchEndings([near, far, { ...ending(undefined), id: 'a:unknown' }], { log, metrics })();
  expect(lines).toMatchObject([
    { level: 40, model: 'a:near', msg: expect.stringMatching(/ends in 5 days.*choose its successor in MODEL$/) },
  ]);
  expect([...told.keys()]).toEqual(['a:near', 'a:far']);
  expect(told.get('a:near')).toBe(5);
});
