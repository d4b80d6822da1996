import { expect, onTestFinished, test } from 'vitest';
import { createCatchUpLoop, type Gap } from '../../adapters/kit/catch-up.ts';
import { createKeyedQueue } from '../../adapters/kit/keyed-queue.ts';
import { SendError } from '../../src/contract/index.ts';
import { captureLog } from '../support/config.ts';
import { createGate, createRecord } from '../support/gate.ts';

function createLoop(options: { scan(gap: Gap): Promise<void>; holdMs?: number; maxAtOnce?: number }) {
  const { log } = captureLog();
  const stopping = new AbortController();
  const queue = createKeyedQueue({ log });
  const done = createRecord<string>();
  const closed = createRecord<true>();
  onTestFinished(async () => {
    stopping.abort();
    await queue.stop();
  });
  const loop = createCatchUpLoop({
    ...{ queue, log, signal: stopping.signal, holdMs: 60_000, maxAtOnce: 5, ...options },
    onClosed: () => closed.add(true),
  });
  const live = (key: string) => queue.add(key, async () => done.add(`live ${key}`));
  return { loop, live, done, closed, stopping };
}

const away = () => new SendError('unavailable', 'x', 'away');

test('live events stay behind what was missed, also when the first scan fails; other keys do not wait', async () => {
  let attempts = 0;
  const { loop, live, done, closed } = createLoop({
    async scan({ key }) {
      if (++attempts === 1) throw away();
      done.add(`missed ${key}`);
    },
  });
  loop.open({ key: 'a', since: 5 });
  live('a');
  live('b');
  expect(loop.has('a')).toBe(true);
  expect(loop.oldest()).toBe(5);
  await closed.until((items) => items.length === 1);
  await done.until((items) => items.length === 3);
  expect(done.items).toEqual(['live b', 'missed a', 'live a']);
  expect(loop.oldest()).toBe(Number.POSITIVE_INFINITY);
});

test('live events wait no longer than allowed; the scan is retried aside', async () => {
  let attempts = 0;
  const { loop, live, done } = createLoop({
    holdMs: 0,
    async scan() {
      if (++attempts === 1) throw away();
      done.add('missed');
    },
  });
  loop.open({ key: 'a', since: 0 });
  live('a');
  await done.until((items) => items.length === 2);
  expect(done.items).toEqual(['live a', 'missed']);
});

test('a refusal for good closes the gap', async () => {
  const { loop, closed } = createLoop({ scan: () => Promise.reject(new SendError('gone', 'x', 'no access')) });
  loop.open({ key: 'a', since: 0 });
  await closed.until((items) => items.length === 1);
  expect(loop.has('a')).toBe(false);
});

test('a longer gap of the same key is scanned, from the earlier time', async () => {
  const gate = createGate();
  const begun = createGate();
  const scanned = createRecord<number>();
  const { loop, closed } = createLoop({
    async scan({ since }) {
      scanned.add(since);
      begun.open();
      await gate.opened;
    },
  });
  loop.open({ key: 'a', since: 10 });
  await begun.opened;
  loop.open({ key: 'a', since: 20 });
  gate.open();
  await closed.until((items) => items.length === 1);
  expect(scanned.items).toEqual([10, 10]);
});

test('only so many scans run at once, unless live events wait behind one', async () => {
  const gate = createGate();
  const scanned = createRecord<string>();
  const { loop, live, closed } = createLoop({
    maxAtOnce: 1,
    async scan({ key }) {
      scanned.add(key);
      await gate.opened;
    },
  });
  for (const key of ['a', 'b']) loop.open({ key, since: 0 });
  loop.open({ key: 'c', since: 0 });
  live('c');
  await scanned.until((items) => items.length === 1);
  gate.open();
  await closed.until((items) => items.length === 1);
  expect(scanned.items.sort()).toEqual(['a', 'b', 'c']);
});
