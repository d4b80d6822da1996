/** What the kit remembers: in this process, and in the store that all processes share. */
import { afterEach, expect, test, vi } from 'vitest';
import { BoundedMap } from '../../adapters/kit/bounded-map.ts';
import { createInFlight } from '../../adapters/kit/in-flight.ts';
import { createLastConversation } from '../../adapters/kit/last-conversation.ts';
import { createNameCache } from '../../adapters/kit/name-cache.ts';
import { createSentMessages } from '../../adapters/kit/sent-messages.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a bounded map forgets its oldest entry for a new one, and all after their time', () => {
  vi.useFakeTimers();
  const map = new BoundedMap<string, number>({ max: 2, keepMs: 1_000 });
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([3, undefined, 4, 2]);
  expect(map.values()).toEqual([3, 4]);
  map.set('c', 5, 10_000);
  vi.advanceTimersByTime(1_001);
  expect([map.has('a'), map.has('c')]).toEqual([false, true]);
  expect(map.values()).toEqual([5]);
});

test('what is in flight is waited for, failures and what began meanwhile too', async () => {
  const inFlight = createInFlight();
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const failing = inFlight.add(first.promise.then(() => Promise.reject(new Error('no'))));
  const seen = expect(failing).rejects.toThrow('no');
  let settled = false;
  const settling = inFlight.settle().then(() => {
    settled = true;
  });
  void inFlight.add(second.promise);
  first.resolve();
  await seen;
  expect([settled, inFlight.size()]).toEqual([false, 1]);
  second.resolve();
  await settling;
  expect(inFlight.size()).toBe(0);
});

test('a sent message leads to its conversation in every process', async () => {
  const store = createMemoryStore();
  await createSentMessages(store, 60).note('C1:1.2', { conversation: 'slack:T1:C1', user: 'U1' });
  await createSentMessages(store, 60).noteLast('slack:T1:C1', '1.2');
  const other = createSentMessages(store, 60);
  expect(await other.get('C1:1.2')).toEqual({ conversation: 'slack:T1:C1', user: 'U1' });
  expect(await other.last('slack:T1:C1')).toBe('1.2');
  expect(await other.get('C1:1.3')).toBeNull();
});

test('a person’s last conversation is written once, and again after a failure', async () => {
  const { log } = captureLog();
  const store = createMemoryStore();
  const writes: string[] = [];
  let away = true;
  const failing = {
    ...store,
    async set(key: string, value: string, seconds: number) {
      writes.push(value);
      if (away) throw new Error('Redis is away');
      await store.set(key, value, seconds);
    },
  };
  const last = createLastConversation(failing, log);
  last.note('C1', 'U1', 'one');
  await Promise.resolve();
  away = false;
  await vi.waitFor(async () => {
    last.note('C1', 'U1', 'one');
    expect(await last.get('C1', 'U1')).toBe('one');
  });
  const before = writes.length;
  last.note('C1', 'U1', 'one');
  expect(writes).toHaveLength(before);
  expect(await last.get('C1', 'U2')).toBeNull();
});

test('a name is asked for once, shared, and asked for again soon when there was none', async () => {
  vi.useFakeTimers();
  const { log } = captureLog();
  const store = createMemoryStore();
  const asked: string[] = [];
  const ask = (id: string, name?: string) => async () => {
    asked.push(id);
    if (name === undefined) throw new Error('the platform is away');
    return name;
  };
  const names = createNameCache({ store, log });
  expect(await Promise.all([names.nameOf('1', ask('1', 'Ana')), names.nameOf('1', ask('1', 'Ana'))])).toEqual([
    'Ana',
    'Ana',
  ]);
  expect(await createNameCache({ store, log }).nameOf('1', ask('1', 'Ana'))).toBe('Ana');
  expect(asked).toEqual(['1']);

  expect(await names.nameOf('2', ask('2'))).toBeUndefined();
  expect(await names.nameOf('2', ask('2', 'Ben'))).toBeUndefined();
  vi.advanceTimersByTime(61_000);
  expect(await names.nameOf('2', ask('2', 'Ben'))).toBe('Ben');
});
