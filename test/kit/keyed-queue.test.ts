import { expect, onTestFinished, test } from 'vitest';
import { createKeyedQueue } from '../../adapters/kit/keyed-queue.ts';
import { InboxFullError } from '../../src/contract/index.ts';
import { captureLog } from '../support/config.ts';
import { createGate, createRecord } from '../support/gate.ts';

function createQueue(options: { maxWaiting?: number; asideEveryMs?: number } = {}) {
  const { log } = captureLog();
  const queue = createKeyedQueue({ log, ...options });
  const done = createRecord<string>();
  onTestFinished(queue.stop);
  const run = (name: string) => async () => done.add(name);
  return { queue, done, run };
}

test('tasks of one key stay in order, a failed one is retried; other keys do not wait', async () => {
  const { queue, done, run } = createQueue();
  const gate = createGate();
  let attempts = 0;
  queue.add('a', async () => {
    attempts++;
    if (attempts === 1) throw new Error('Redis is away');
    await gate.opened;
    done.add('a1');
  });
  queue.add('a', run('a2'));
  queue.add('b', run('b1'));
  await done.until((items) => items.length === 1);
  expect(done.items).toEqual(['b1']);
  expect(queue.length('a')).toBe(2);
  expect(queue.oldest()).toBeLessThanOrEqual(Date.now());
  gate.open();
  await done.until((items) => items.length === 3);
  expect(done.items).toEqual(['b1', 'a1', 'a2']);
  expect(attempts).toBe(2);
});

test('a full inbox does not hold up the other conversations of its key', async () => {
  const { queue, done, run } = createQueue({ asideEveryMs: 5 });
  let full = true;
  queue.add('a', async () => {
    if (full) throw new InboxFullError('c');
    done.add('a1');
  });
  queue.add('a', run('a2'));
  await done.until((items) => items.length === 1);
  expect(done.items).toEqual(['a2']);
  expect(queue.oldest()).not.toBeNull();
  full = false;
  await done.until((items) => items.length === 2);
  expect(done.items).toEqual(['a2', 'a1']);
  await expect.poll(queue.oldest).toBeNull();
});

test('there is a bound over all keys, except for what nothing can fetch again', async () => {
  const { queue, done, run } = createQueue({ maxWaiting: 2 });
  const gate = createGate();
  expect(queue.add('a', () => gate.opened)).toBe(true);
  expect(queue.add('b', () => gate.opened)).toBe(true);
  expect(queue.add('c', run('refused'))).toBe(false);
  expect(queue.add('c', run('kept'), { always: true })).toBe(true);
  await done.until((items) => items.length === 1);
  gate.open();
  expect(done.items).toEqual(['kept']);
});

test('a stop ends the retries after one more attempt and leaves the rest', async () => {
  const { queue, done, run } = createQueue();
  const tried = createGate();
  let attempts = 0;
  queue.add('a', async () => {
    attempts++;
    tried.open();
    throw new Error('Redis is away');
  });
  queue.add('a', run('a2'));
  await tried.opened;
  await queue.stop();
  expect(attempts).toBeLessThanOrEqual(2);
  expect(done.items).toEqual([]);
});
