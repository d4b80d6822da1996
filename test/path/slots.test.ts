/** A platform that may run only so many turns at once: who waits for a slot, in which order, and who is told. */
import { afterEach, expect, test } from 'vitest';
import { SendError } from '../../src/contract/index.ts';
import { createSlots, type WaitingJob } from '../../workers/slots.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

const job = (timestamp: number, priority = 0): WaitingJob => ({ timestamp, priority });

function createTestSlots() {
  const promoted: WaitingJob[] = [];
  const gone = new Set<WaitingJob>();
  const slots = createSlots({
    most: { web: 1 },
    async promote(job: WaitingJob) {
      promoted.push(job);
      if (gone.has(job)) throw new Error('not delayed');
    },
  });
  /** Like a worker: a job that gets no slot is put off. */
  const arrive = (name: string, job: WaitingJob): boolean => {
    const taken = slots.take(`web:${name}`, job) === 0;
    if (!taken) slots.putOff(`web:${name}`);
    return taken;
  };
  return { slots, arrive, promoted, gone };
}

test('a slot that gets free is kept for the first in line; a new arrival does not take it', () => {
  const { slots, arrive, promoted } = createTestSlots();
  const [first, second, late] = [job(2), job(3), job(4)];
  expect(arrive('running', job(1))).toBe(true);
  expect([arrive('first', first), arrive('second', second)]).toEqual([false, false]);
  slots.free('web:running');
  expect(promoted).toEqual([first]);
  expect([arrive('late', late), arrive('second', second)]).toEqual([false, false]);
  expect(arrive('first', first)).toBe(true);
  slots.free('web:first');
  expect(promoted).toEqual([first, second]);
});

test('who comes back to the line gets their old place, whoever looked again in between', () => {
  const { slots, arrive, promoted } = createTestSlots();
  arrive('running', job(1));
  const [old, young, low] = [job(2), job(3), job(0, 5)];
  arrive('low', low);
  arrive('young', young);
  // Another process put it off before.
  arrive('old', old);
  slots.free('web:running');
  arrive('old', old);
  slots.free('web:old');
  arrive('young', young);
  slots.free('web:young');
  expect(promoted).toEqual([old, young, low]);
});

test('a slot that gets free while the first is still being put off is kept for it', () => {
  const { slots, arrive, promoted } = createTestSlots();
  const first = job(2);
  arrive('running', job(1));
  slots.take('web:first', first);
  slots.free('web:running');
  expect(promoted).toEqual([]);
  expect(arrive('late', job(3))).toBe(false);
  slots.putOff('web:first');
  expect(promoted).toEqual([first]);
});

test('a promoted job that another process has does not hold the slot', async () => {
  const { slots, arrive, promoted, gone } = createTestSlots();
  const [elsewhere, taken, here] = [job(2), job(3), job(4)];
  arrive('running', job(1));
  arrive('elsewhere', elsewhere);
  arrive('taken', taken);
  arrive('here', here);
  gone.add(elsewhere);
  slots.free('web:running');
  // The first cannot be promoted; the second is promoted and never comes.
  await expect.poll(() => promoted, { timeout: 5_000 }).toEqual([elsewhere, taken, here]);
  expect(arrive('new', job(5))).toBe(false);
  expect(arrive('here', here)).toBe(true);
});

test('who waits for a slot of their platform is told so once, and is answered in order', async () => {
  const gate = createGate();
  const model = createTestModel(async function* (request) {
    if (request.messages.at(-1)?.content.includes('block')) await gate.opened;
    yield 'the answer';
  });
  const web = createTestPlatform({ name: 'web' });
  chasqui = await startTestChasqui({
    models: [model.model],
    platforms: [web],
    sections: { limits: { busy_after: 1 }, web: { enabled: false, concurrency: 1 } },
  });
  await chasqui.ingest.message(web.says('first', 'block'));
  await model.calls.until((items) => items.length === 1);
  const rooms = ['a', 'b', 'c'];
  for (const room of rooms) await chasqui.ingest.message(web.says(room, 'hello?'));
  await web.finished.until((items) => items.filter(({ text }) => text.startsWith('I am busy')).length === 3);
  gate.open();
  await web.finished.until((items) => items.filter(({ text }) => text === 'the answer').length === 4);
  const answered = web.finished.items.filter(({ text }) => text === 'the answer');
  expect(answered.map(({ conversation }) => conversation)).toEqual(['web:first', 'web:a', 'web:b', 'web:c']);
  for (const room of rooms)
    expect(web.texts(room)).toEqual([expect.stringMatching(/^I am busy at the moment, with \d conv/), 'the answer']);
});

test('a turn that waits for its platform is not in line', async () => {
  const platform = createTestPlatform();
  platform.refuse(() => new SendError('rate-limited', '429', 'slow down', { retryAfterMs: 600_000 }));
  chasqui = await startTestChasqui({ models: [createTestModel(() => ['x']).model], platforms: [platform] });
  await chasqui.ingest.message(platform.says('room', 'hello'));
  await expect.poll(() => chasqui?.queue.depth().then(({ delayed }) => delayed)).toBe(1);
  expect(await chasqui.queue.overdue(-1, 10)).toEqual({ conversations: [], waiting: 0 });
});
