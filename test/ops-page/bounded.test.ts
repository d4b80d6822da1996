/**
 * The page opens as quickly with very many turns kept and thousands waiting as on an empty Redis: what its calls read
 * there is bounded. What Redis did is counted in its commands and in the bytes that it sent; the times are printed only.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { analyticsKeys } from '../../src/analytics/keys.ts';
import type { NowView, TurnsView } from '../../src/ops-api/index.ts';
import { turnShards } from '../../src/queue/turn-queue.ts';
import { createTestModel } from '../doubles/model.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { turnRecord } from './records.ts';
import { rowsOf, soon, useOperators } from './site.ts';

const operators = useOperators();
/** What is read does not depend on it; `TURNS=1000000 npm test -- test/ops-page/bounded` shows it with a million. */
const TURNS = Number(process.env.TURNS ?? 50_000);
const AT_ONCE = 10_000;
const WAITING = 3_000;
/** A page of turns is some 25 kB. What goes on beside (heartbeats, workers, the light) grows with the seconds that it takes. */
const most = {
  bytes: (ms: number) => 100_000 + 20 * ms,
  commands: (ms: number) => 600 + ms / 5,
};

/** KEYS turns. ARGV a record in which the ids stand as %d, first number, how many. */
const FILL = `
local before, middle, after = string.match(ARGV[1], '^(.-)%%d(.-)%%d(.*)$')
for n = tonumber(ARGV[2]), tonumber(ARGV[2]) + tonumber(ARGV[3]) - 1 do
  redis.call('XADD', KEYS[1], '*', 't', before .. n .. middle .. (n % 5000) .. after)
end
return redis.call('XLEN', KEYS[1])`;

let server: TestRedis;
let redis: Redis;
let chasqui: TestChasqui;

beforeAll(async () => {
  // Its own, since what it does is counted.
  server = await startRedis();
  redis = new Redis(server.url);
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['hello']).model],
    ...{ redisUrl: server.url, prefix: 'many', roles: ['worker', 'ops'] },
  });
});
afterAll(async () => {
  await chasqui?.stop();
  redis?.disconnect();
  await server?.close();
});

interface Measure {
  bytes: number;
  commands: number;
  ms: number;
}

/** What Redis did for the deed, and how long it took. */
async function measured(deed: () => Promise<unknown>): Promise<Measure> {
  const counted = async () => {
    const info = await redis.info('stats');
    const of = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1]);
    return { bytes: of('total_net_output_bytes'), commands: of('total_commands_processed') };
  };
  const before = await counted();
  const startedAt = performance.now();
  await deed();
  const ms = performance.now() - startedAt;
  const after = await counted();
  return { bytes: after.bytes - before.bytes, commands: after.commands - before.commands, ms: Math.round(ms) };
}

const call = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${chasqui.address}/ops/api/${path}`, chasqui.asOperator)).json()) as T;

/** Both views are opened in the browser; the calls are made once more, without it. */
async function look() {
  const page = await operators.open(chasqui.address);
  const opened = async (path: string, ready: () => Promise<unknown>) =>
    measured(async () => {
      await page.goto('about:blank');
      await page.goto(`${chasqui.address}/ops/${path}`);
      await ready();
    });
  const now = await opened('', () => page.getByRole('region', { name: 'Light', exact: true }).waitFor());
  const turns = await opened('#turns', () =>
    page
      .getByText(/looked at|No turns yet/)
      .first()
      .waitFor(),
  );
  await page.goto('about:blank');
  return { now, turns, nowCall: await measured(() => call('now')), turnsCall: await measured(() => call('turns')) };
}

/** Very many turns, and thousands of conversations that wait. */
async function fill(): Promise<void> {
  // What nobody reads again need not be written to disk.
  await redis.config('SET', 'appendonly', 'no');
  await chasqui.queue.pause();
  const turn = JSON.stringify(turnRecord({ id: 'turn-%d', conversation: 'test:room-%d' }));
  const { turns } = analyticsKeys('many');
  for (let n = 0; n < TURNS; n += AT_ONCE) await redis.eval(FILL, 1, turns, turn, n, AT_ONCE);
  expect(await redis.xlen(turns)).toBe(TURNS);
  const [shard] = turnShards('many', 1);
  const queue = new Queue(shard?.name ?? '', { prefix: shard?.prefix ?? '', connection: redis });
  for (let n = 0; n < WAITING; n += 1_000)
    await queue.addBulk(
      Array.from({ length: 1_000 }, (_, at) => ({ name: 'turn', data: { conversation: `test:wait-${n + at}` } })),
    );
  await queue.close();
}

test('what the first views read does not grow with what is kept and what waits', async () => {
  const empty = await look();
  const filling = await measured(fill);
  const full = await look();
  console.log('filled in', filling.ms, 'ms', { empty, full });
  for (const [what, { bytes, commands, ms }] of Object.entries(full)) {
    expect(bytes, what).toBeLessThan(most.bytes(ms));
    expect(commands, what).toBeLessThan(most.commands(ms));
  }
  expect((await call<NowView>('now')).queue.waiting).toBe(WAITING);
});

test('a search that finds nothing stops at its bound, and goes on from there', async () => {
  expect(await redis.xlen(analyticsKeys('many').turns), 'as the test above left it').toBe(TURNS);
  const missed = await measured(() => call('turns?platform=nowhere'));
  console.log('a search without a hit', missed);
  const view = await call<TurnsView>('turns?platform=nowhere');
  expect(view).toMatchObject({ turns: [], looked: 20_000, next: expect.stringMatching(/^\d+-\d+$/) });
  const next = await call<TurnsView>(`turns?platform=nowhere&before=${view.next}`);
  expect(next).toMatchObject({ turns: [], looked: 20_000 });
  expect(next.next).not.toBe(view.next);
  const page = await operators.open(chasqui.address, { path: `#turns?turn=turn-${TURNS - 1}` });
  await soon(() => rowsOf(page, 'Turns').count()).toBe(1);
  await page.goto(`${chasqui.address}/ops/#turns?platform=nowhere`);
  await page.getByText('None of the turns that were looked at fits. “Older” looks further back.').waitFor();
  await page.getByRole('button', { name: 'Older', exact: true }).click();
  await page.getByText(/^0 turns of 40,000 looked at/).waitFor();
});
