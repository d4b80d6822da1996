/** `npm run ops`, as an operator uses it. */
import { afterEach, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { startProgram } from '../support/process.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let chasqui: TestChasqui | undefined;
let redis: TestRedis | undefined;
afterEach(async () => {
  await chasqui?.stop();
  await redis?.close();
  chasqui = undefined;
});

/** A Chasqui with a Redis of its own, so that the terminal finds it by the defaults. */
async function start(model: ReturnType<typeof createTestModel>) {
  redis = await startRedis();
  const platform = createTestPlatform();
  const options = { models: [model.model], platforms: [platform], redisUrl: redis.url, prefix: 'chasqui' };
  chasqui = await startTestChasqui(options);
  return { chasqui, platform };
}

async function ops(...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = startProgram('src/app/ops.ts', { REDIS_URL: redis?.url ?? '', CHASQUI_CONFIG: '/dev/null' }, args);
  const code = await program.ended;
  return { code, output: program.output() };
}

test('what failed is listed with its reason, answered again, and gone from the list', async () => {
  let broken = true;
  const model = createTestModel(() => {
    if (broken) throw new ModelError('quota', '4006', 'the daily allowance is used up');
    return ['here it is'];
  });
  const { chasqui, platform } = await start(model);
  for (const room of ['a', 'b']) await chasqui.ingest.message(platform.says(room, 'a private question'));
  await chasqui.turns(2);

  const listed = await ops('failed');
  expect(listed.output.match(/quota 4006: the daily allowance is used up/g)).toHaveLength(2);
  expect(listed.output).not.toContain('private');
  expect((await ops('status')).output).toMatch(/0 waiting, 0 running[\s\S]*failed +2/);
  broken = false;
  const again = await ops('retry', 'all');
  expect(again).toMatchObject({ code: 0, output: expect.stringContaining('2 are answered again') });
  await chasqui.turns(4);
  for (const room of ['a', 'b']) expect(platform.visible(room).at(-1)?.text).toBe('here it is');
  expect((await ops('failed')).output).toContain('Nothing failed for good.');
});

test('pause holds what arrives, resume goes on, drain waits for the end', async () => {
  const { chasqui, platform } = await start(createTestModel(() => ['here']));
  expect((await ops('pause')).code).toBe(0);
  await chasqui.ingest.message(platform.says('room', 'hello'));
  expect((await ops('status')).output).toMatch(/1 waiting, 0 running.*PAUSED/);
  expect((await ops('drain')).code).toBe(1);
  expect(platform.visible('room')).toEqual([]);
  expect((await ops('resume')).code).toBe(0);
  expect(await ops('drain')).toMatchObject({ code: 0, output: expect.stringContaining('Nothing waits or runs.') });
  expect(platform.visible('room').map(({ text }) => text)).toEqual(['here']);
});

test('nonsense is answered with what there is', async () => {
  redis = await startRedis();
  expect(await ops('frobnicate')).toMatchObject({ code: 2, output: expect.stringContaining('retry ID|all') });
  expect(await ops('retry')).toMatchObject({ code: 2 });
  expect(await ops('retry', 'nothing')).toMatchObject({
    code: 1,
    output: expect.stringContaining('no such failed turn'),
  });
});
