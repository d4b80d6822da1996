/** Budgets on the whole path: people are told politely, nobody else is bothered, the chain goes on where it may. */
import { afterEach, expect, test } from 'vitest';
import type { FileConfig } from '../../config/schema.ts';
import { createTestModel, silence } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui | undefined;
afterEach(() => chasqui?.stop());

type Budgets = FileConfig['budgets'];

/** Each call takes 15 tokens; the dear one costs 10 times as much as the cheap one. */
async function start(budgets: Budgets, more: { workspace?: string } = {}) {
  const platform = createTestPlatform();
  const price = (usd: number) => ({ price: { inputUsd: usd, outputUsd: usd, from: 'this test' } });
  const dear = createTestModel(() => ['dear answer'], { id: 'test:dear', label: 'Dear', ...price(100_000) });
  const cheap = createTestModel(() => ['cheap answer'], { id: 'test:cheap', label: 'Cheap', ...price(10_000) });
  const running = await startTestChasqui({
    models: [dear.model, cheap.model],
    platforms: [platform],
    sections: { budgets, models: { retries: 0 } },
  });
  chasqui = running;
  let turns = 0;
  return {
    platform,
    dear,
    cheap,
    running,
    async ask(place: string, person = 'ana'): Promise<string> {
      await running.ingest.message({
        ...platform.says(place, `question ${turns}`),
        author: { id: person },
        ...(more.workspace ? { workspace: more.workspace } : {}),
      });
      turns += 1;
      await running.turns(turns);
      return platform.texts(place).at(-1) ?? '';
    },
  };
}

test('a person whose allowance is used up is told when it renews; others are answered', async () => {
  const { ask, dear } = await start([{ for: 'person', per: 'day', tokens: 30, then: 'stop' }]);
  expect(await ask('a')).toBe('dear answer');
  expect(await ask('a')).toMatch(/^dear answer\n\n_Four fifths of your allowance for this day are used\._$/);
  expect(await ask('a')).toMatch(
    /^Your allowance for this day is used up\. It renews in \d+ (hour|minute|second)s?, on \d{4}-\d\d-\d\d 00:00 UTC\.$/,
  );
  expect(dear.calls.items).toHaveLength(2);
  expect(await ask('b', 'ben')).toBe('dear answer');
});

test('the note is no part of the history', async () => {
  const { ask, dear, running } = await start([{ for: 'person', per: 'month', tokens: 18, then: 'stop' }]);
  expect(await ask('a')).toContain('Four fifths');
  expect((await running.conversations.history('test:a')).at(-1)?.reply).toBe('dear answer');
  expect(dear.calls.items).toHaveLength(1);
});

test('cheaper: the cheapest model of the chain goes on, and what it takes is counted', async () => {
  const { ask, dear, cheap, running } = await start([{ for: 'everyone', per: 'day', usd: 1, then: 'cheaper' }]);
  expect(await ask('a')).toBe('dear answer');
  expect(await ask('a')).toBe('cheap answer');
  expect(await ask('a')).toBe('cheap answer');
  expect([dear.calls.items.length, cheap.calls.items.length]).toEqual([1, 2]);
  expect(running.lines.filter(({ msg }) => String(msg).includes('four fifths of a budget'))).toHaveLength(1);
});

test("a model's own budget lets the next model answer", async () => {
  const { ask } = await start([{ for: 'model:test:dear', per: 'day', tokens: 15, then: 'stop' }]);
  expect([await ask('a'), await ask('a')]).toEqual(['dear answer', 'cheap answer']);
});

test('a budget holds where it is set, and for the workspace as a whole', async () => {
  const { ask } = await start(
    [
      { for: 'workspace', per: 'day', tokens: 15, then: 'stop' },
      { for: 'everyone', where: 'test:elsewhere', per: 'day', tokens: 0, then: 'stop' },
    ],
    { workspace: 'T1' },
  );
  expect(await ask('a')).toContain('answer');
  expect(await ask('b', 'ben')).toMatch(/^This workspace's allowance/);
  expect(await ask('elsewhere')).toMatch(/allowance/);
});

test('an answer that is stopped is paid for, and nothing stays reserved', async () => {
  const platform = createTestPlatform();
  const { model } = createTestModel(async function* ({ signal }) {
    yield 'a first word and more of it';
    await silence(signal);
  });
  const running = await startTestChasqui({
    models: [model],
    platforms: [platform],
    sections: { budgets: [{ for: 'person', per: 'day', tokens: 20, then: 'stop' }] },
  });
  chasqui = running;
  await running.ingest.message(platform.says('a', 'question'));
  await platform.shown.until((items) => items.length > 0);
  await running.ingest.stop('test:a');
  await running.turns(1);
  await running.ingest.message(platform.says('a', 'another'));
  await running.turns(2);
  expect(platform.texts('a').at(-1)).toMatch(/^Your allowance/);
});
