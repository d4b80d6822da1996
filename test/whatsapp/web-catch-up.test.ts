/** Where a look through the chats begins: nothing that was missed is given up for what was heard since. */
import { expect, test } from 'vitest';
import { createCatchUp } from '../../adapters/whatsapp-linked/catch-up/catch-up.ts';
import type { LinkedMessage } from '../../adapters/whatsapp-linked/message.ts';
import { captureLog } from '../support/config.ts';
import { createGate } from '../support/gate.ts';
import { createMemoryStore } from '../support/store.ts';

const MINUTE_MS = 60_000;
const ago = (minutes: number): number => Date.now() - minutes * MINUTE_MS;

/** The library's view of chats; each is named, and has one message for each age in minutes. */
function createPage(chats: Record<string, number[]>) {
  const broken = new Set<string>();
  const page = {
    broken,
    reloads: false,
    getChats: async () => {
      if (page.reloads) throw new Error('Execution context was destroyed');
      return Object.entries(chats).map(([name, ages]) => ({
        id: { _serialized: `${name}@c.us` },
        timestamp: Math.floor(ago(Math.min(...ages)) / 1_000),
        async fetchMessages() {
          if (broken.has(name)) throw new Error(`${name} cannot be read`);
          return ages.map((age) => ({
            id: { fromMe: false, remote: `${name}@c.us`, _serialized: `${name} ${age}` },
            timestamp: Math.floor(ago(age) / 1_000),
          }));
        },
      }));
    },
  };
  return page;
}

/** A process after another one, where they share a store. */
function createProcess(store = createMemoryStore()) {
  const taken: string[] = [];
  const catchUp = createCatchUp({
    store,
    settings: { maxAgeMs: 60 * MINUTE_MS, maxMessages: 100 },
    log: captureLog().log,
  });
  const inbox = {
    async take({ id, timestamp = 0 }: LinkedMessage) {
      const isNew = !taken.includes(id._serialized ?? '');
      if (isNew) taken.push(id._serialized ?? '');
      catchUp.stored(id._serialized ?? '', timestamp * 1_000);
      return isNew;
    },
  };
  const look = (page: ReturnType<typeof createPage>, from?: number) => catchUp.now(page as never, inbox as never, from);
  return { catchUp, store, taken, look };
}

async function heardUntil(minutes: number) {
  const store = createMemoryStore();
  await store.set('heard', String(ago(minutes)), 60);
  return store;
}

test('what is heard live before a look has succeeded does not move its beginning', async () => {
  const { catchUp, look, taken } = createProcess(await heardUntil(10));
  const page = createPage({ Ana: [9, 8], Ben: [5], Cem: [0] });
  page.reloads = true;
  await expect(look(page)).rejects.toThrow('destroyed');
  catchUp.stored('live', Date.now());
  page.reloads = false;
  await look(page);
  expect(taken.sort()).toEqual(['Ana 8', 'Ana 9', 'Ben 5', 'Cem 0']);
});

test('a process that ended before its look had succeeded leaves all of it to the next', async () => {
  const store = await heardUntil(10);
  const first = createProcess(store);
  const page = createPage({ Ana: [9], Ben: [0] });
  page.broken.add('Ana');
  await expect(first.look(page)).rejects.toThrow('Ana cannot be read');
  first.catchUp.stored('live', Date.now());
  // Has the mark written now, whenever it was written last.
  first.catchUp.pending('not stored yet', Date.now());
  page.broken.clear();
  const second = createProcess(store);
  await second.look(page);
  expect(second.taken).toContain('Ana 9');
});

test('a gap holds the beginning back until a later look has closed it', async () => {
  const { catchUp, look, taken } = createProcess(await heardUntil(20));
  await look(createPage({}));
  catchUp.stored('live', ago(15));
  catchUp.gap();
  catchUp.stored('after the gap', Date.now());
  await look(createPage({ Ana: [10], Old: [18] }));
  expect(taken).toEqual(['Ana 10']);
  // Closed: what came since counts.
  catchUp.stored('live again', Date.now());
  await look(createPage({ Ben: [9] }));
  expect(taken).toEqual(['Ana 10']);
});

test('a chat that cannot be read keeps no other from being looked through', async () => {
  const { look, taken } = createProcess(await heardUntil(10));
  const page = createPage({ Ana: [1], Ben: [5] });
  page.broken.add('Ana');
  await expect(look(page)).rejects.toThrow('Ana cannot be read');
  expect(taken).toEqual(['Ben 5']);
});

test('a client that comes while the one before it is looked through gets a look of its own', async () => {
  const { look, taken } = createProcess(await heardUntil(10));
  const door = createGate();
  const old = createPage({});
  const { getChats } = old;
  old.getChats = async () => {
    await door.opened;
    return getChats();
  };
  const before = look(old);
  const after = look(createPage({ Ana: [5] }));
  door.open();
  expect(await Promise.all([before, after])).toEqual([0, 1]);
  expect(taken).toEqual(['Ana 5']);
});

test('a call that asks further back is heard, also where it has to wait', async () => {
  const { look, taken } = createProcess(await heardUntil(10));
  const page = createPage({ Ana: [30] });
  await Promise.all([look(page), look(page), look(page, ago(40))]);
  expect(taken).toEqual(['Ana 30']);
});

test('the first link is remembered: a process that ended before its first look loses nothing', async () => {
  const first = createProcess();
  first.catchUp.linked();
  await Promise.resolve();
  await Promise.resolve();
  expect(Number(await first.store.get('heard'))).toBeGreaterThan(ago(1));
});
