/** A server's window: what it tells, what is assumed, and that nothing longer is sent to one that cuts without a word. */
import { afterEach, expect, test } from 'vitest';
import { modelProbe } from '../../src/doctor/models.ts';
import { createModels, type ModelEnv } from '../../src/models/create.ts';
import type { Model } from '../../src/models/model.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import type { ModelCall } from '../doubles/models/script.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { captureLog } from '../support/config.ts';
import { ask, configOf, log } from './support.ts';

let double: ModelDouble;
let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
  await double.close();
});

type Served = Parameters<typeof startOpenAiDouble>[0];

async function modelAt(served: Served, options: { own?: number; env?: Partial<ModelEnv>; server?: string } = {}) {
  double = await startOpenAiDouble({ models: ['llama3.2'], ...served });
  const config = configOf(options.env ?? {});
  const [model] = await createModels({
    config: { ...config, models: { ...config.models, context_tokens: options.own } },
    log,
    local: { servers: [{ name: options.server ?? 'Ollama', port: double.port }], limitMs: 10_000 },
  });
  return model as Model;
}

const named = () => ({ MODEL: 'openai:llama3.2', OPENAI_BASE_URL: double.url });
const loaded = (context_length: number) => ({ '/api/ps': { models: [{ name: 'llama3.2:latest', context_length }] } });
const PS = { '/api/ps': { models: [] } };
const SHOW = {
  '/api/show': { parameters: 'temperature                    0.7\nnum_ctx                        16384' },
};

test.each<[string, Served, string, number]>([
  ['Ollama that tells nothing', {}, 'Ollama', 4_096],
  ['Ollama with a model loaded', { own: { ...loaded(32_768), ...SHOW } }, 'Ollama', 32_768],
  ['Ollama whose model says num_ctx', { own: { ...PS, ...SHOW } }, 'Ollama', 16_384],
  ['Ollama at another port', { own: PS }, 'another', 4_096],
  ['llama.cpp', { own: { '/props': { default_generation_settings: { n_ctx: 2_048 } } } }, 'llama.cpp', 2_048],
  ['vLLM', { listed: { max_model_len: 20_000 } }, 'vLLM', 20_000],
  [
    'LM Studio',
    { own: { '/api/v0/models': { data: [{ id: 'llama3.2', loaded_context_length: 6_000 }] } } },
    'LM Studio',
    6_000,
  ],
  [
    'one that talks nonsense',
    { own: { '/props': { default_generation_settings: { n_ctx: '9' } }, '/api/ps': [] } },
    'x',
    8_192,
  ],
])('%s', async (_, served, server, tokens) => {
  expect((await modelAt(served, { server })).contextTokens).toBe(tokens);
});

test('a server that MODEL names is asked as well, and again once the model is loaded', async () => {
  const own: Record<string, unknown> = { ...PS };
  await modelAt({ own });
  const [model] = await createModels({ config: configOf(named()), log, local: { limitMs: 10_000 } });
  expect(model?.contextTokens).toBe(4_096);
  Object.assign(own, loaded(32_768));
  await ask(model as Model);
  await expect.poll(() => model?.contextTokens).toBe(32_768);
});

test.each([
  [16_384, {}, 16_384],
  [16_384, loaded(4_096), 4_096],
  [2_000, loaded(4_096), 2_000],
])('models.context_tokens %i counts, unless the server says that it has less', async (setting, own, tokens) => {
  expect((await modelAt({ own }, { own: setting })).contextTokens).toBe(tokens);
});

test('start and doctor say what to set', async () => {
  const model = await modelAt({});
  const heard = captureLog();
  await createModels({
    config: configOf({}),
    log: heard.log,
    local: { servers: [{ name: 'Ollama', port: double.port }], limitMs: 10_000 },
  });
  expect(JSON.stringify(heard.lines)).toContain('OLLAMA_CONTEXT_LENGTH');
  const found = await modelProbe({ create: async () => [model] }).run();
  expect(found).toMatchObject([
    { state: 'ok' },
    { state: 'warning', advice: expect.stringContaining('OLLAMA_CONTEXT_LENGTH') },
    // Its facts, with the window that the server told.
    { state: 'ok', detail: expect.stringMatching(/: \d+ tokens; /) },
  ]);
});

/** English has about four letters a token. */
const size = ({ messages }: ModelCall) => messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0);

test('at an Ollama that cuts without a word, instructions, question and answer fit', async () => {
  const cut = (call: ModelCall) => size(call) + Number(call.body.max_tokens) > 4_096;
  const model = await modelAt({ answer: (call) => (cut(call) ? 'who am I?' : `the answer. ${'word '.repeat(600)}`) });
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  const say = async (text: string, turns: number) => {
    await chasqui?.ingest.message(platform.says('room', text));
    await chasqui?.turns(turns);
  };
  for (let turn = 1; turn <= 4; turn++) await say(`question ${turn}: ${'plum '.repeat(400)}`, turn);
  // Leaves room for a shorter answer only.
  await say(`and this? ${'pear '.repeat(2_000)}`, 5);
  expect(double.calls.map(cut)).toEqual([false, false, false, false, false]);
  expect(double.calls.every(({ messages }) => messages[0]?.role === 'system')).toBe(true);
  expect(double.calls[1]?.messages.length).toBeGreaterThan(2);
  expect(double.calls[4]?.body.max_tokens).toBeLessThan(double.calls[3]?.body.max_tokens as number);
  await say('fig '.repeat(5_000), 6);
  expect(double.calls).toHaveLength(5);
  expect(platform.texts('room').at(-1)).toContain('too long for the model');
});
