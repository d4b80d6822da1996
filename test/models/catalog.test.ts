import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../config/problem.ts';
import { createLogger } from '../../src/log/logger.ts';
import { aboutModel, WORKERS_AI } from '../../src/models/catalog.ts';
import { readCatalog } from '../../src/models/catalog-file.ts';
import { createModels } from '../../src/models/create.ts';
import { configOf, LLAMA } from './support.ts';

const ROOT = join(import.meta.dirname, '../..');
const TODAY = new Date().toISOString().slice(0, 10);
const dir = mkdtempSync(join(tmpdir(), 'chasqui-catalog-'));
afterAll(() => rmSync(dir, { recursive: true }));

describe('the catalogue that is shipped', () => {
  const known = readCatalog();
  const entries = known.hosts.flatMap((host) => [...host.models].map(([id, entry]) => ({ host, id, entry })));

  test.each([
    [WORKERS_AI, '@cf/meta/llama-4-scout-17b-16e-instruct'],
    [WORKERS_AI, '@cf/meta/llama-3.3-70b-instruct-fp8-fast'],
    [WORKERS_AI, '@cf/qwen/qwq-32b'],
    [WORKERS_AI, '@cf/qwen/qwen3-30b-a3b-fp8'],
    [WORKERS_AI, '@cf/meta/llama-guard-3-8b'],
    [WORKERS_AI, '@cf/openai/whisper-large-v3-turbo'],
    [WORKERS_AI, '@cf/baai/bge-m3'],
    ['Amazon Bedrock', 'us.meta.llama4-scout-17b-instruct-v1:0'],
    ['Amazon Bedrock', 'us.meta.llama4-maverick-17b-instruct-v1:0'],
    ['Amazon Bedrock', 'us.meta.llama3-3-70b-instruct-v1:0'],
    ['api.together.xyz', 'meta-llama/Llama-3.3-70B-Instruct-Turbo'],
    ['api.fireworks.ai', 'accounts/fireworks/models/muse-glimmer-30b'],
    ['127.0.0.1:11434', 'llama3.3:latest'],
    ['localhost:8000', 'meta-llama/Llama-4-Maverick-17B-128E-Instruct'],
  ])('has, at %s, %s', (host, model) => {
    const { licence, facts } = aboutModel(host, model);
    expect(facts).toMatchObject({ listed: true, ends: undefined, ended: undefined });
    expect(licence).not.toBe('unknown');
  });

  test('a host is found by its address, an id in any case, an inference profile by its region or ARN', () => {
    const ended = { listed: true, ends: '2026-08-16' };
    expect(aboutModel('api.groq.com', 'Llama-3.3-70B-Versatile').facts).toMatchObject(ended);
    expect(aboutModel('API.groq.com:443', 'llama-3.3-70b-versatile').facts).toMatchObject(ended);
    expect(aboutModel('api.groq.com.example.com', 'llama-3.3-70b-versatile').facts).toMatchObject({ listed: false });
    for (const id of [
      'meta.llama4-scout-17b-instruct-v1:0',
      'eu.meta.llama4-scout-17b-instruct-v1:0',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama4-scout-17b-instruct-v1:0',
    ])
      expect(aboutModel('Amazon Bedrock', id)).toMatchObject({
        label: 'Llama 4 Scout 17B Instruct',
        facts: { vision: true },
      });
    expect(aboutModel('api.llama.com', 'whatever').facts).toMatchObject({ listed: false, ends: '2026-07-06' });
  });

  test('tells what a licence asks for, and nothing that is not known', () => {
    const scout = aboutModel(WORKERS_AI, LLAMA);
    expect(scout.facts).toMatchObject({ show: 'Built with Llama', trainsOnPrompts: false, tools: true });
    expect(scout.facts?.multimodal).toMatch(/European Union/);
    expect(scout.price).toMatchObject({ date: '2026-11-25', from: expect.stringMatching(/^https:/) });
    expect(aboutModel(WORKERS_AI, '@cf/meta/llama-3.3-70b-instruct-fp8-fast').facts?.multimodal).toBeUndefined();
    expect(aboutModel('llm.example.com', 'our-own')).toMatchObject({
      price: null,
      licence: 'unknown',
      facts: { listed: false, vision: undefined, tools: undefined, trainsOnPrompts: undefined, show: undefined },
    });
  });

  test('no price is from the future, and each host that is said to train on prompts or not has its source', () => {
    for (const { entry } of entries) if (entry.price) expect(entry.price.date <= TODAY).toBe(true);
    for (const host of known.hosts)
      if (host.trains_on_prompts !== undefined && !host.local) expect(host.source, host.name).toBeDefined();
  });

  test('README, docs, .env.example and the configuration name nothing that has ended', async () => {
    const gone = entries.filter(
      ({ host, entry }) => entry.ended || [entry.ends, host.ends].some((day) => day && day <= TODAY),
    );
    expect(gone.length).toBeGreaterThan(5);
    const standing = new Set(entries.filter((entry) => !gone.includes(entry)).map(({ id }) => id));
    const files = ['README.md', '.env.example', 'config/chasqui.yaml'];
    for await (const path of glob('docs/**/*.md', { cwd: ROOT })) files.push(path);
    for (const path of files) {
      const text = readFileSync(join(ROOT, path), 'utf8').toLowerCase();
      const words = new Set(text.split(/[^\w.:@/-]+/).flatMap((word) => [word, word.replace(/^[a-z]+:|[.:]$/g, '')]));
      for (const { id } of gone)
        expect({ path, id, named: words.has(id) && !standing.has(id) }).toMatchObject({ named: false });
    }
  });
});

describe('a catalogue that is wrong', () => {
  const good =
    'licences:\n  mit: { name: MIT, source: https://example.com }\nnames: []\nhosts:\n  h:\n    name: H\n    models:\n';
  const entry = (text: string) => `${good}      m: { source: https://example.com, ${text} }\n`;
  const problemsOf = (text: string): string[] => {
    const path = join(dir, 'models.yaml');
    writeFileSync(path, text);
    try {
      readCatalog(path);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(({ setting, where, got, wants }) =>
        [setting, where, got, wants].join(' | ').replaceAll(path, 'models.yaml'),
      );
    }
  };

  test('one that is right', () => {
    expect(problemsOf(entry('licence: mit, ends: 2027-01-31'))).toEqual([]);
  });

  test.each([
    ['ends: 31.1.2027', 'hosts.h.models.m.ends | models.yaml, line 8 | "31.1.2027" | wants a day, such as 2026-07-17'],
    ['ends: 2027-02-30', 'hosts.h.models.m.ends | models.yaml, line 8 | "2027-02-30" | wants a day'],
    ['context: large', 'hosts.h.models.m.context | models.yaml, line 8 | "large" | wants a whole number'],
    ['vision: maybe', 'hosts.h.models.m.vision | models.yaml, line 8 | "maybe" | wants true or false'],
    ['ended: false', 'hosts.h.models.m.ended | models.yaml, line 8 | false | wants true, or nothing'],
    [
      'price: { input: 1, output: 2, source: "https://a.example" }',
      'hosts.h.models.m.price.date | models.yaml, line 8 | nothing | wants a day',
    ],
    ['licence: gpl', 'hosts.h.models.m.licence | models.yaml, line 8 | "gpl" | wants a key of `licences`'],
    ['colour: red', 'hosts.h.models.m.colour | models.yaml, line 8 |  | there is no such part'],
  ])('%s', (text, said) => {
    expect(problemsOf(entry(text))).toEqual([expect.stringContaining(said)]);
  });

  test('all of it at once, and what is no YAML, no catalogue or no file', () => {
    expect(problemsOf(entry('vision: 1, tools: 2'))).toHaveLength(2);
    expect(problemsOf('hosts: [')).toEqual([expect.stringMatching(/^models.yaml \| line 1 .*cannot be read as YAML/)]);
    expect(problemsOf(`${entry('vision: true')}      m: {}\n`)).toEqual([expect.stringMatching(/line 9 .*unique/)]);
    expect(problemsOf('')).toHaveLength(1);
    expect(problemsOf(entry('vision: true').replace('names: []', 'names: [{ match: "(", licence: mit }]'))[0]).toMatch(
      /names\[0\]\.match.* a regular expression/,
    );
    expect(() => readCatalog(join(dir, 'none.yaml'))).toThrow(/none\.yaml: cannot be read \(ENOENT\)/);
  });
});

test('what is not known of a model is said once, when it is made', async () => {
  const lines: { msg: string; model: string; unknown: string[] }[] = [];
  const log = createLogger({ level: 'info', stream: { write: (line) => lines.push(JSON.parse(line)) } });
  const env = {
    MODEL: `openai:our-own,cloudflare:${LLAMA},offline:`,
    OPENAI_BASE_URL: 'https://llm.example.com/v1',
    CLOUDFLARE_ACCOUNT_ID: 'a',
    CLOUDFLARE_API_TOKEN: 'b',
  };
  const config = configOf(env);
  await createModels({ config, log });
  expect(lines).toMatchObject([
    {
      model: 'openai:our-own',
      unknown: ['licence', 'context', 'vision', 'tools', 'reasoning', 'price', 'trains on prompts'],
    },
  ]);
  expect(lines[0]?.msg).toMatch(/not in config\/models\.yaml; not known: licence, context/);
});
