/** Several OpenAI-compatible hosts in one chain, by their names in `hosts:`. */
import { afterEach, expect, test } from 'vitest';
import { createModels } from '../../src/models/create.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import { ask, configOf, log } from './support.ts';

let cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function serve(options: Parameters<typeof startOpenAiDouble>[0]) {
  const double = await startOpenAiDouble(options);
  cleanups.push(double.close);
  return double;
}

test('each is asked at its own address with its own key, and has its own name and price', async () => {
  const [alpha, beta, plain] = [
    await serve({ apiKey: 'key-of-alpha', answer: 'from alpha' }),
    await serve({ apiKey: 'key-of-beta', answer: 'from beta' }),
    await serve({ answer: 'from openai' }),
  ];
  const base = configOf({ MODEL: 'alpha:llama-test,beta:llama-test,openai:llama-test', OPENAI_BASE_URL: plain.url });
  const models = await createModels({
    config: {
      ...base,
      models: { ...base.models, prices: { 'beta:llama-test': { input: 1, output: 2 } } },
      hosts: { alpha: { url: alpha.url, key_env: 'ALPHA_KEY' }, beta: { url: beta.url, key_env: 'BETA_KEY' } },
      hostKeys: { alpha: 'key-of-alpha', beta: 'key-of-beta' },
    },
    log,
  });
  expect(models.map(({ id, host }) => [id, host])).toEqual([
    ['alpha:llama-test', `alpha (127.0.0.1:${alpha.port})`],
    ['beta:llama-test', `beta (127.0.0.1:${beta.port})`],
    ['openai:llama-test', `127.0.0.1:${plain.port}`],
  ]);
  expect(models[1]?.price).toMatchObject({ inputUsd: 1, outputUsd: 2 });
  const said = await Promise.all(models.map((model) => ask(model)));
  expect(said.map(({ text }) => text)).toEqual(['from alpha', 'from beta', 'from openai']);
  expect(plain.calls[0]?.headers.authorization).toBeUndefined();
});

test('a wrong key is told with the host’s name, and never shown', async () => {
  const alpha = await serve({ apiKey: 'another', answer: '-' });
  const hosts = { alpha: { url: alpha.url, key_env: 'ALPHA_KEY' } };
  const config = { ...configOf({ MODEL: 'alpha:x' }), hosts, hostKeys: { alpha: 'key-of-alpha' } };
  const [model] = await createModels({ config, log });
  const { error } = await ask(model as NonNullable<typeof model>);
  expect(error).toMatchObject({ kind: 'auth', message: expect.stringContaining(`alpha (127.0.0.1:${alpha.port})`) });
  expect(error?.message).not.toContain('key-of-alpha');
});

test('a host that is not named is no provider', async () => {
  const config = { ...configOf({ MODEL: 'alpha:x' }), hosts: {} };
  await expect(createModels({ config, log })).rejects.toThrow(/`alpha:x`; wants provider:model/);
});

test('a local server’s window is read from it, with its key', async () => {
  const desk = await serve({
    models: ['llama-test'],
    own: { '/props': { default_generation_settings: { n_ctx: 2_048 } } },
  });
  const config = { ...configOf({ MODEL: 'desk:llama-test' }), hosts: { desk: { url: desk.url } } };
  const [model] = await createModels({ config, log, local: { limitMs: 10_000 } });
  expect(model).toMatchObject({ contextTokens: 2_048, window: { from: 'llama.cpp' }, price: { inputUsd: 0 } });
});
