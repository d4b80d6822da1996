/** Traces from the platform's event to the last edit, across the queue, as a collector gets them. */
import { afterEach, expect, test } from 'vitest';
import { ModelError } from '../../src/models/model.ts';
import { openTracing } from '../../src/tracing/open.ts';
import { noTracing } from '../../src/tracing/tracing.ts';
import { createTestModel } from '../doubles/model.ts';
import { startOtlpDouble } from '../doubles/otlp.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';
import { captureLog } from '../support/config.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(model = createTestModel(() => ['hello', ' there']), env: Record<string, string> = {}) {
  const collector = await startOtlpDouble();
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({
    models: [model.model],
    platforms: [platform],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...env },
    sections: { models: { retries: 0 } },
  });
  ends.push(collector.close, chasqui.stop);
  const named = async (...names: string[]) => {
    const spans = await collector.spans.until((all) => names.every((name) => all.some((span) => span.name === name)));
    return names.map((name) => spans.find((span) => span.name === name) as (typeof spans)[number]);
  };
  return { collector, platform, chasqui, named };
}

test('one trace goes from the event across the queue to what people saw', async () => {
  const { collector, platform, chasqui, named } = await start(undefined, {
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20secret',
  });
  await chasqui.ingest.message(platform.says('room', 'a private question'));
  const [ingest, turn, chat, send] = await named('chasqui.ingest', 'chasqui.turn', 'chat model', 'chasqui.send');
  expect(new Set([ingest, turn, chat, send].map((span) => span?.traceId)).size).toBe(1);
  expect(ingest).toMatchObject({ attributes: { 'chasqui.platform': 'test', 'chasqui.ingest.result': 'accepted' } });
  expect(ingest?.parentSpanId ?? '').toBe('');
  expect(turn).toMatchObject({
    parentSpanId: ingest?.spanId,
    attributes: { 'chasqui.outcome': 'answered', 'chasqui.attempt': 1, 'chasqui.messages': 1 },
  });
  expect(chat).toMatchObject({
    parentSpanId: turn?.spanId,
    // OTLP: 3 is a client's call.
    kind: 3,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'test',
      'gen_ai.request.model': 'model',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.response.finish_reasons': ['stop'],
    },
  });
  expect(send).toMatchObject({ parentSpanId: turn?.spanId, attributes: { 'chasqui.send.what': 'post' } });
  expect(collector.requests[0]).toMatchObject({
    headers: { 'api-key': 'a secret' },
    resource: { 'service.name': 'chasqui' },
  });
  expect(JSON.stringify(collector.spans.items)).not.toMatch(/private|hello/);
});

test('a model that fails is seen in its trace', async () => {
  const { model, calls } = createTestModel(() => {
    throw new ModelError('network', 'ECONNREFUSED', 'cannot reach models.example');
  });
  const { platform, chasqui, named } = await start({ model, calls });
  await chasqui.ingest.message(platform.says('room', 'hi'));
  const [chat, turn] = await named('chat model', 'chasqui.turn');
  // OTLP: status 2 is an error.
  const failed = { status: { code: 2 }, attributes: { 'error.type': 'network' } };
  expect(chat).toMatchObject(failed);
  expect(turn).toMatchObject(failed);
});

test('messages that are answered together are linked to their one turn', async () => {
  const { platform, chasqui, named } = await start();
  await chasqui.queue.pause();
  for (const text of ['one', 'two']) await chasqui.ingest.message(platform.says('room', text));
  await chasqui.queue.resume();
  const [turn] = await named('chasqui.turn');
  expect(turn?.links).toHaveLength(1);
  expect(turn?.attributes['chasqui.messages']).toBe(2);
});

test('without a collector that answers, people are answered all the same', async () => {
  const { collector, platform, chasqui } = await start();
  await collector.close();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  await chasqui.turns(1);
  expect(platform.texts('room')).toEqual(['hello there']);
});

test('switched off, nothing is traced and nothing is kept for it', async () => {
  const { log } = captureLog();
  const off = await openTracing({ endpoint: undefined, headers: undefined, version: '0', instance: 'test', log });
  expect(off).toBe(noTracing);
  const platform = createTestPlatform();
  const chasqui = await startTestChasqui({ models: [createTestModel(() => ['hello']).model], platforms: [platform] });
  ends.push(chasqui.stop);
  await chasqui.queue.pause();
  await chasqui.ingest.message(platform.says('room', 'hi'));
  const { later } = await chasqui.conversations.view('test:room');
  expect(later[0]?.message).not.toHaveProperty('trace');
});
