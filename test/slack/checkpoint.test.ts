/** The mark from which a catch-up begins: it never passes what is not stored, and several processes share it. */
import { expect, test } from 'vitest';
import { createCheckpoint } from '../../adapters/slack/catch-up/checkpoint.ts';
import { toAddress } from '../../adapters/slack/route.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

const { log } = captureLog();
const START = 1_700_000_000_000;
const TEAM = 'T1';
const tsOf = (ms: number): string => (ms / 1_000).toFixed(6);

function message(channel: string, thread: string, asked: string) {
  const to = toAddress({ team: TEAM, channel, thread, user: 'U1', asked });
  return { v: 1 as const, id: asked, author: { id: 'U1' }, text: 'hi', attachments: [], sentAt: 0, to };
}

test('it moves with what is heard, and stays behind what could not be stored until it is', async () => {
  const mark = createCheckpoint({ store: createMemoryStore(), log });
  expect(await mark.open(TEAM, START)).toBeNull();
  mark.heard('C1:1', tsOf(START + 1_000));
  expect(mark.until()).toBe(START + 1_000);
  expect(mark.missed('C1:2', tsOf(START + 2_000))).toBe(true);
  mark.heard('C1:3', tsOf(START + 3_000));
  expect([mark.until(), mark.missing()]).toEqual([START + 2_000, ['C1:2']]);
  mark.heard('C1:2', tsOf(START + 2_000));
  expect([mark.until(), mark.missing()]).toEqual([START + 3_000, []]);
  expect(mark.missed('C1:x', 'no time')).toBe(false);
});

test('while something is looked for it stays, also over a restart', async () => {
  const store = createMemoryStore();
  const first = createCheckpoint({ store, log });
  await first.open(TEAM, START);
  first.hold(START + 5_000);
  first.heard('C1:9', tsOf(START + 9_000));
  await first.close();
  const second = createCheckpoint({ store, log });
  expect(await second.open(TEAM, START + 60_000)).toBe(START + 5_000);
  second.heard('C1:20', tsOf(START + 20_000));
  expect([second.until(), second.begun()]).toEqual([START + 5_000, START]);
  await second.reached(START + 15_000, [], null);
  expect(second.until()).toBe(START + 20_000);
});

test('of several processes the newest mark counts, and each knows where the others talk', async () => {
  const store = createMemoryStore();
  const [one, two] = [createCheckpoint({ store, log }), createCheckpoint({ store, log })];
  await one.open(TEAM, START);
  expect(await two.open(TEAM, START)).toBe(START);
  await two.reached(START, [], null);
  one.taken(message('C1', tsOf(START + 1_000), tsOf(START + 1_000)));
  one.heard('C1:1', tsOf(START + 1_000));
  two.taken(message('C2', tsOf(START + 2_000), tsOf(START + 2_000)));
  two.taken(message('C1', tsOf(START + 1_000), tsOf(START + 3_000)));
  two.heard('C1:3', tsOf(START + 3_000));
  await two.close();
  await one.close();
  const three = createCheckpoint({ store, log });
  expect(await three.open(TEAM, START)).toBe(START + 3_000);
  expect(three.threads.list()).toEqual([
    {
      channel: 'C1',
      thread: tsOf(START + 1_000),
      first: tsOf(START + 1_000),
      taken: [1, 3].map((s) => tsOf(START + s * 1_000)),
    },
    { channel: 'C2', thread: tsOf(START + 2_000), first: tsOf(START + 2_000), taken: [tsOf(START + 2_000)] },
  ]);
});
