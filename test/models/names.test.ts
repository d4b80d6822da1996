import { describe, expect, test } from 'vitest';
import { aboutModel, WORKERS_AI } from '../../src/models/catalog.ts';
import { costOf } from '../../src/models/prices.ts';

describe('what a name tells', () => {
  test.each([
    ['@cf/meta/llama-4-scout-17b-16e-instruct', 'Llama 4 Scout 17B 16E Instruct', 'Llama 4 Community License'],
    ['@cf/meta/llama-3.3-70b-instruct-fp8-fast', 'Llama 3.3 70B Instruct FP8 Fast', 'Llama 3.3 Community License'],
    ['meta-llama/Llama-3.1-8B-Instruct', 'Llama 3.1 8B Instruct', 'Llama 3.1 Community License'],
    ['Meta-Llama-3-8B-Instruct.Q4_K_M.gguf', 'Llama 3 8B Instruct.Q4 K M', 'Llama 3 Community License'],
    ['llama3.2:3b', 'Llama 3.2 3B', 'Llama 3.2 Community License'],
    ['llama3.2:latest', 'Llama 3.2', 'Llama 3.2 Community License'],
    ['@cf/mistral/mistral-7b-instruct-v0.1', 'Mistral 7B Instruct V0.1', 'Apache-2.0'],
    ['mistral:latest', 'Mistral', 'Apache-2.0'],
    ['qwen3:8b', 'Qwen 3 8B', 'Apache-2.0'],
    ['Qwen/Qwen2.5-72B-Instruct', 'Qwen 2.5 72B Instruct', 'Qwen License'],
    ['qwen2.5:3b', 'Qwen 2.5 3B', 'Qwen Research License'],
    ['@cf/deepseek-ai/deepseek-r1-distill-qwen-32b', 'Deepseek R1 Distill Qwen 32B', 'MIT'],
    ['@cf/openai/gpt-oss-120b', 'GPT OSS 120B', 'Apache-2.0'],
    ['@cf/google/gemma-4-26b-a4b-it', 'Gemma 4 26B A4B IT', 'Apache-2.0'],
    ['mistral-large-latest', 'Mistral Large Latest', 'unknown'],
    ['our-own-model', 'Our Own Model', 'unknown'],
    ['/', '/', 'unknown'],
  ])('%s', (model, label, licence) => {
    expect(aboutModel('127.0.0.1:8000', model)).toMatchObject({ label, licence, contextTokens: 8_192 });
  });

  test('the price is the host’s; what runs on this machine costs nothing, and what is not known is not guessed', () => {
    const scout = '@cf/meta/llama-4-scout-17b-16e-instruct';
    expect(aboutModel(WORKERS_AI, scout).price).toMatchObject({ inputUsd: 0.27, outputUsd: 0.85 });
    expect(aboutModel('127.0.0.1:11434', 'llama3.2').price).toMatchObject({ inputUsd: 0, outputUsd: 0 });
    expect(aboutModel('llm.example.com', 'llama3.2').price).toBeNull();
    expect(costOf(aboutModel(WORKERS_AI, scout).price, { inputTokens: 1_000_000, outputTokens: 100_000 })).toBeCloseTo(
      0.355,
    );
    expect(costOf(null, { inputTokens: 1 })).toBeUndefined();
  });

  test('the context window is the host’s', () => {
    expect(aboutModel(WORKERS_AI, '@cf/meta/llama-4-scout-17b-16e-instruct').contextTokens).toBe(131_000);
    expect(aboutModel(WORKERS_AI, '@cf/meta/llama-3.3-70b-instruct-fp8-fast').contextTokens).toBe(24_000);
  });

  test('a model or host with the name of a property of every object is one that is not known', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(aboutModel(WORKERS_AI, name)).toMatchObject({ contextTokens: 8_192, price: null });
      expect(aboutModel(name, '@cf/meta/llama-4-scout-17b-16e-instruct')).toMatchObject({ price: null });
    }
  });
});
