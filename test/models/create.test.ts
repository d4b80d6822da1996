import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../config/problem.ts';
import { createModels, type ModelEnv } from '../../src/models/create.ts';
import type { LocalServer } from '../../src/models/local.ts';
import type { Model } from '../../src/models/model.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import { startWorkersAiDouble } from '../doubles/models/workers-ai.ts';
import { freePort } from '../support/redis.ts';
import { ask, configOf, LLAMA, log } from './support.ts';

let cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

const create = (env: Partial<ModelEnv>, servers: LocalServer[] = [], limitMs = 10_000) =>
  createModels({ config: configOf(env), log, local: { servers, limitMs } });

async function problemsOf(env: Partial<ModelEnv>): Promise<string[]> {
  const error = await create(env).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).problems.map(({ setting, got, wants }) => `${setting}: ${got ?? ''} ${wants}`);
}

describe('MODEL', () => {
  test('makes a chain in its order', async () => {
    const models = await create({
      MODEL: ` cloudflare:${LLAMA} , openai:Llama-3.3-70B-Instruct-Turbo,offline:`,
      CLOUDFLARE_ACCOUNT_ID: 'a',
      CLOUDFLARE_API_TOKEN: 'b',
      OPENAI_BASE_URL: 'https://api.together.xyz/v1',
    });
    expect(models.map(({ id, label, host }) => [id, label, host])).toEqual([
      [`cloudflare:${LLAMA}`, 'Llama 4 Scout 17B 16E Instruct', 'Cloudflare Workers AI'],
      ['openai:Llama-3.3-70B-Instruct-Turbo', 'Llama 3.3 70B Instruct Turbo', 'api.together.xyz'],
      ['offline:', 'Offline stand-in', 'this process'],
    ]);
  });

  test('tells every problem at once', async () => {
    const problems = await problemsOf({ MODEL: `cloudflare:${LLAMA},openai:,bedrock:a b,llama3,cloudflare:llama` });
    expect(problems).toEqual([
      "MODEL: `openai:` wants a model's name after `openai:`",
      'MODEL: `bedrock:a b` wants the id of a Bedrock model or inference profile, or its ARN',
      expect.stringContaining('MODEL: `llama3` wants provider:model'),
      expect.stringContaining('MODEL: `cloudflare:llama` wants a Workers AI model'),
      expect.stringContaining('CLOUDFLARE_ACCOUNT_ID:  is missing'),
      expect.stringContaining('CLOUDFLARE_API_TOKEN:  is missing'),
    ]);
  });

  test.each([
    ['openai:x', 'OPENAI_BASE_URL'],
    [',', 'MODEL'],
    ['offline:x', 'MODEL'],
    ['offline:,offline:', 'MODEL'],
  ])('refuses %s for %s', async (MODEL, setting) => {
    expect(await problemsOf({ MODEL })).toEqual([expect.stringContaining(setting)]);
  });
});

describe('Cloudflare', () => {
  const start = async (env: Partial<ModelEnv> = {}) => {
    const double = await startWorkersAiDouble({ answer: 'In April.' });
    cleanups.push(double.close);
    const [model] = await create({
      MODEL: `cloudflare:${LLAMA}`,
      CLOUDFLARE_ACCOUNT_ID: 'test-account',
      CLOUDFLARE_API_TOKEN: 'test-token',
      CLOUDFLARE_API_URL: double.url,
      ...env,
    });
    return { double, model: model as Model };
  };

  test('is called at CLOUDFLARE_API_URL, without a gateway', async () => {
    const { double, model } = await start();
    expect((await ask(model)).text).toBe('In April.');
    expect(double.calls[0]?.path).toBe(`/client/v4/accounts/test-account/ai/run/${LLAMA}`);
    expect(double.calls[0]?.headers['cf-aig-gateway-id']).toBeUndefined();
  });

  test('goes through the AI Gateway that is named', async () => {
    const { double, model } = await start({ CLOUDFLARE_AI_GATEWAY: 'office' });
    expect((await ask(model)).text).toBe('In April.');
    expect(double.calls[0]?.headers['cf-aig-gateway-id']).toBe('office');
  });

  test('says that the token is wrong', async () => {
    const { double, model } = await start({ CLOUDFLARE_API_TOKEN: 'another' });
    expect((await ask(model)).error).toMatchObject({ kind: 'auth', code: '10000' });
    expect(double.calls).toHaveLength(0);
  });

  test.each(['native', 'openai'] as const)('reads the answer shape %s, streamed and whole', async (shape) => {
    const { double, model } = await start();
    for (const whole of [false, true]) {
      double.answer({ text: 'In April, or later.', shape, whole });
      expect(await ask(model)).toMatchObject({
        text: 'In April, or later.',
        end: { reason: 'stop', usage: { inputTokens: 10, outputTokens: 4 } },
      });
    }
  });
});

describe('without MODEL', () => {
  const serve = async (models: string[]) => {
    const double = await startOpenAiDouble({ models, answer: 'from here' });
    cleanups.push(double.close);
    return double;
  };

  test('a local server’s Llama answers, before its other models', async () => {
    const double = await serve(['nomic-embed-text:latest', 'qwen3:8b', 'llama3.2:latest']);
    const models = await create({}, [{ name: 'Ollama', port: double.port }]);
    expect(models).toMatchObject([
      { id: 'openai:llama3.2:latest', label: 'Llama 3.2', host: `127.0.0.1:${double.port}` },
    ]);
    expect((await ask(models[0] as Model)).text).toBe('from here');
  });

  test('another server’s Llama goes before the first server’s other model', async () => {
    const [first, second] = [await serve(['qwen3:8b']), await serve(['Llama-3.3-70B-Instruct-Q4_K_M.gguf'])];
    const ports = [first, second].map(({ port }) => ({ name: 'a server', port }));
    expect((await create({}, ports))[0]?.host).toBe(`127.0.0.1:${second.port}`);
  });

  test('a port where nobody listens is passed over', async () => {
    const double = await serve(['llama3.2']);
    const models = await create({}, [
      { name: 'Ollama', port: await freePort() },
      { name: 'vLLM', port: double.port },
    ]);
    expect(models[0]?.host).toBe(`127.0.0.1:${double.port}`);
  });

  test('what is no chat model is left alone', async () => {
    const double = await serve(['nomic-embed-text', 'whisper-1', 'llama-guard3']);
    expect((await create({}, [{ name: 'Ollama', port: double.port }]))[0]?.id).toBe('offline:');
  });

  test.each<[string, string, string]>([
    ['a page', 'text/html', '<h1>It works</h1>'],
    ['JSON of another kind', 'application/json', '{"data":[{"id":"llama"}]}'],
  ])('a web server that answers with %s is not taken', async (_what, type, body) => {
    const server = createServer((_request, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    expect((await create({}, [{ name: 'llama.cpp', port }]))[0]?.id).toBe('offline:');
  });

  test('a server that hangs is not waited for', async () => {
    const server = createServer(() => {});
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const models = await create({}, [{ name: 'llama.cpp', port }], 50);
    expect(models[0]?.id).toBe('offline:');
  });

  test('the stand-in says what it is, how to change that, and what it was asked', async () => {
    const [model] = await create({});
    const { text, end } = await ask(model as Model, {
      messages: [{ role: 'user', content: `**when** do I plant ${'potatoes '.repeat(100)}` }],
    });
    expect(text).toMatch(/stand-in: no model is configured/);
    expect(text).toMatch(/`MODEL=` in `\.env`/);
    expect(text).toContain('“when do I plant potatoes potatoes');
    expect(text.length).toBeLessThan(600);
    expect(end?.reason).toBe('stop');
  });
});
