/** What processes save for a catch-up: each joins what the others saved, one write after another. */
import { expect, test } from 'vitest';
import { createSavedCheckpoint, readCheckpoint } from '../../adapters/kit/checkpoint.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

const KEY = 'catch-up';

/** A process that knows some words. */
function start(store: ReturnType<typeof createMemoryStore>, ...known: string[]) {
  const { log } = captureLog();
  const words = new Set(known);
  const saved = createSavedCheckpoint<string[]>({
    store,
    log,
    merge(others) {
      for (const word of others ?? []) words.add(word);
      return words.size > 0 ? [...words].sort() : undefined;
    },
  });
  return { ...saved, words };
}

test('what others saved is kept, also when two save at once', async () => {
  const store = createMemoryStore();
  const [one, two] = [start(store, 'a'), start(store, 'b')];
  expect(await one.read(KEY)).toBeNull();
  await one.save(KEY);
  two.open(KEY);
  await two.save();
  expect(await readCheckpoint(store, KEY)).toEqual(['a', 'b']);
  one.open(KEY);
  one.words.add('c');
  const first = one.save();
  one.words.add('d');
  await Promise.all([first, one.close()]);
  expect(await readCheckpoint(store, KEY)).toEqual(['a', 'b', 'c', 'd']);
});

test('nothing is saved before there is a key and something to say, nor after the last time', async () => {
  const store = createMemoryStore();
  const one = start(store);
  one.saveWithin(0);
  await one.close();
  await one.save(KEY);
  expect(await readCheckpoint(store, KEY)).toBeNull();
  one.words.add('a');
  one.open(KEY);
  one.saveWithin(0);
  await expect.poll(() => readCheckpoint(store, KEY)).toEqual(['a']);
  await one.close();
  one.words.add('b');
  one.saveWithin(0);
  await one.save();
  expect(await readCheckpoint(store, KEY)).toEqual(['a']);
});

test('a store that is away fails who asked for it, and nothing else', async () => {
  const store = createMemoryStore();
  const one = start(store, 'a');
  one.open(KEY);
  const { get } = store;
  store.get = async () => {
    throw new Error('away');
  };
  await expect(one.save()).rejects.toThrow('away');
  store.get = get;
  await one.close();
  expect(await readCheckpoint(store, KEY)).toEqual(['a']);
});
