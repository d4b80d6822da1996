/** `/metrics` when Redis is well, silent or gone: it answers soon, with what is known. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';
import { eventually } from '../support/eventually.ts';
import { startRedis } from '../support/redis.ts';

const SOON_MS = 1_900;

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(models = [createTestModel(() => ['hello']).model]) {
  const redis = await startRedis();
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({
    models,
    platforms: [platform],
    redisUrl: redis.url,
    sections: {
      models: { retries: 0 },
      limits: { person_per_minute: 0, workspace_per_minute: 0, fair_share_per_minute: 0 },
    },
  });
  ends.push(redis.close, chasqui.stop);
  async function scrape(): Promise<{ status: number; text: string; ms: number }> {
    const startedAt = performance.now();
    const response = await fetch(`${chasqui.address}/metrics`, chasqui.asOperator);
    return { status: response.status, text: await response.text(), ms: performance.now() - startedAt };
  }
  return { redis, platform, chasqui, scrape };
}

/** What only Redis knows: told as missing, never as a number of before. */
const ASKED = ['chasqui_queue_jobs', 'chasqui_queue_oldest_seconds', 'chasqui_dead_letters', 'chasqui_paused'];
const samplesOf = (text: string, name: string) =>
  text.split('\n').filter((line) => new RegExp(`^${name}[ {]`).test(line));

function expectWithoutRedis({ status, text, ms }: { status: number; text: string; ms: number }): void {
  expect(status).toBe(200);
  expect(ms).toBeLessThan(SOON_MS);
  expect(text).toContain('chasqui_redis_up 0');
  for (const name of ASKED) expect(samplesOf(text, name)).toEqual([]);
  expect(text).toContain('chasqui_turns_total{platform="test",outcome="answered",model="test:model"} 1');
  expect(text).toContain('chasqui_receiver_connected{platform="test"} 1');
  expect(samplesOf(text, 'chasqui_process_resident_memory_bytes')).toHaveLength(1);
}

test('with Redis there, all is told', async () => {
  const { platform, chasqui, scrape } = await start();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  await chasqui.queue.pause();
  const { text } = await scrape();
  for (const line of [
    /^chasqui_redis_up 1$/m,
    /^chasqui_build_info\{version="\d+\.\d+\.\d+"\} 1$/m,
    /^chasqui_dead_letters 0$/m,
    /^chasqui_paused\{scope="queue"\} 1$/m,
    /^chasqui_paused\{scope="platform"\} 0$/m,
    /^chasqui_paused\{scope="conversation"\} 0$/m,
    /^chasqui_worker_up 1$/m,
    /^chasqui_turns_running 0$/m,
    /^chasqui_model_calls_total\{model="test:model"\} 1$/m,
    /^chasqui_process_memory_limit_bytes \d{8,}$/m,
    /^chasqui_nodejs_heap_size_limit_bytes \d{8,}$/m,
  ])
    expect(text).toMatch(line);
});

test('while Redis is gone, and when it is back', async () => {
  const { redis, platform, chasqui, scrape } = await start();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  await scrape();
  await redis.kill();
  for (let n = 0; n < 3; n++) expectWithoutRedis(await scrape());
  await redis.restart();
  const { text } = await eventually(scrape, (answer) => answer.text.includes('chasqui_redis_up 1'));
  for (const name of ASKED) expect(samplesOf(text, name).length).toBeGreaterThan(0);
});

test('while Redis holds the line and says nothing', async () => {
  const { redis, platform, chasqui, scrape } = await start();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  const other = new Redis(redis.url);
  await other.client('PAUSE', 2_500, 'ALL');
  other.disconnect();
  expectWithoutRedis(await scrape());
  await eventually(scrape, (answer) => answer.text.includes('chasqui_redis_up 1'));
});

test('failed calls, dead letters and cost are counted, and codes without end share a label', async () => {
  const price = { inputUsd: 1, outputUsd: 2, from: 'this test' };
  const { model } = createTestModel(
    (_request, call) => {
      if (call > 70) return ['hello'];
      throw new ModelError('broken', `request-${call}`, 'no');
    },
    { price },
  );
  const { platform, chasqui, scrape } = await start([model]);
  for (let n = 0; n < 71; n++) await chasqui.ingest.message(platform.says(`room-${n}`, 'hi'));
  await chasqui.turns(71);
  const { text } = await scrape();
  expect(text).toContain('chasqui_model_calls_total{model="test:model"} 71');
  expect(samplesOf(text, 'chasqui_model_errors_total')).toHaveLength(51);
  expect(text).toContain('chasqui_model_errors_total{model="test:model",kind="broken",code="other"} 20');
  expect(text).toContain('chasqui_dead_letters 70');
  // 10 tokens in and 5 out, by the million.
  expect(text).toContain('chasqui_cost_usd_total{model="test:model"} 0.00002');
});
