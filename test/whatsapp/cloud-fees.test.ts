/** What is paid for WhatsApp's messages, where the operator says so: each posted message once, whatever went wrong. */
import { afterEach, expect, test } from 'vitest';
import type { CostView } from '../../src/ops-api/index.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { createTestModel } from '../doubles/model.ts';
import type { Fault } from '../doubles/whatsapp-cloud/faults.ts';
import { captureLog } from '../support/config.ts';
import { eventually } from '../support/eventually.ts';
import { type CloudBot, startCloudBot } from './cloud.ts';

/** Two messages. */
const LONG = Array.from({ length: 150 }, (_, n) => `Line ${n} of a rather long answer, for one message.`).join('\n\n');
const FEE = 0.25;
const BUDGETS = [
  { for: 'everyone' as const, per: 'month' as const, usd: 10, then: 'stop' as const },
  { for: 'person' as const, per: 'month' as const, usd: 10, then: 'stop' as const },
];

let bot: CloudBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(message_price: number): Promise<CloudBot> {
  bot = await startCloudBot({
    models: [createTestModel(() => [LONG]).model],
    statusPatienceMs: 2_000,
    roles: ['worker', 'ops'],
    sections: { whatsapp: { message_price }, budgets: BUDGETS },
  });
  return bot;
}

async function costOf({ chasqui }: CloudBot): Promise<CostView> {
  const answer = await fetch(`${chasqui.address}/ops/api/cost?days=7`, chasqui.asOperator);
  return (await answer.json()) as CostView;
}

/** What all budgets of the configuration have counted, US dollars. */
async function spentIn({ chasqui }: CloudBot): Promise<number[]> {
  const redis = connectRedis({ url: chasqui.redisUrl, log: captureLog().log, kind: 'ask', name: 'fees' });
  try {
    const keys = await redis.keys(`${chasqui.config.queue.prefix}:{budgets}:*:sums`);
    return await Promise.all(keys.map(async (key) => Number((await redis.hget(key, 'spentUsd')) ?? 0) / 1e9));
  } finally {
    redis.disconnect();
  }
}

test.each([
  ['nothing goes wrong', {}],
  ['the first receipt is lost', { 1: { applyThenCut: true } }],
  ['a token expires between the messages, and a later attempt resumes', { 2: { code: 190, status: 401 } }],
] as const)('two messages of one answer are two fees, once: %s', async (_name, faults: Record<number, Fault>) => {
  const running = await start(FEE);
  const { whatsapp, chasqui } = running;
  let call = 0;
  for (const [n, fault] of Object.entries(faults))
    whatsapp.fault('messages', fault, { when: ({ type }) => type === 'text' && ++call === Number(n) });
  whatsapp.say(whatsapp.ana, 'Tell me');
  await chasqui.turns(1);
  expect(whatsapp.visible(whatsapp.ana)).toHaveLength(2);
  const { total, by } = await eventually(
    () => costOf(running),
    ({ feesUsd }) => feesUsd === 2 * FEE,
  );
  expect(total.usd).toBe(2 * FEE);
  expect(by.platform).toMatchObject([{ name: 'whatsapp', usd: 2 * FEE }]);
  expect(by.model).toMatchObject([{ usd: 0 }]);
  expect(await spentIn(running)).toEqual([2 * FEE, 2 * FEE]);

  whatsapp.say(whatsapp.ana, '!usage');
  await chasqui.turns(2);
  const said = whatsapp.visible(whatsapp.ana).at(-1)?.text;
  expect(said).toContain('$0.50 in message fees');
  expect(said).toContain('$9.50 of $10.00');
  // The text of a command is a message too.
  expect(await spentIn(running)).toEqual([3 * FEE, 3 * FEE]);
});

test('without a price nothing is booked', async () => {
  const running = await start(0);
  const { whatsapp, chasqui } = running;
  whatsapp.say(whatsapp.ana, 'Tell me');
  await chasqui.turns(1);
  whatsapp.say(whatsapp.ana, '!usage');
  await chasqui.turns(2);
  expect(whatsapp.visible(whatsapp.ana).at(-1)?.text).not.toContain('fees');
  expect((await costOf(running)).feesUsd).toBe(0);
  expect(await spentIn(running)).toEqual([0, 0]);
});
