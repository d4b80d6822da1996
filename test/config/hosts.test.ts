import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inspectConfig } from '../../config/load.ts';
import { describeProblem } from '../../config/problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'chasqui-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function inspect(yaml: string, env: Record<string, string> = {}, dotenv = '') {
  writeFileSync(join(folder, '.env'), dotenv);
  writeFileSync(join(folder, 'chasqui.yaml'), yaml);
  const { config, problems } = inspectConfig({ env, dotenv: join(folder, '.env'), file: join(folder, 'chasqui.yaml') });
  return { config, problems: problems.map((problem) => describeProblem(problem).replaceAll(`${folder}/`, '')) };
}

const ALPHA = 'hosts:\n  alpha: { url: "https://llm.example.com/v1/", key_env: ALPHA_KEY }\n';

test('a host’s models stand in MODEL, and its key is a secret', () => {
  const { config, problems } = inspect(ALPHA, { MODEL: 'alpha:big, ALPHA:small' }, 'ALPHA_KEY=the-key-of-alpha\n');
  expect(problems).toEqual([]);
  expect(config.warnings).toEqual([]);
  expect(config.hosts).toEqual({ alpha: { url: 'https://llm.example.com/v1', key_env: 'ALPHA_KEY' } });
  expect(config.hostKeys).toEqual({ alpha: 'the-key-of-alpha' });
  expect(config.secrets).toContain('the-key-of-alpha');
  expect(config.sources['hosts.alpha']).toMatch(/chasqui\.yaml, line 2$/);
});

test('a key’s variable is no slip of the pen, though it is near one of ours', () => {
  const yaml = 'hosts:\n  two: { url: "https://b.example/v1", key_env: OPENAI_API_KEY2 }\n';
  expect(inspect(yaml, { OPENAI_API_KEY2: 'k' }).config.warnings).toEqual([]);
  expect(inspect('', { OPENAI_API_KEY2: 'k' }).config.warnings.join()).toContain('Did you mean OPENAI_API_KEY?');
});

test.each<[string, string, Record<string, string>, string]>([
  [
    'a key that is not set',
    ALPHA,
    { MODEL: 'alpha:x' },
    'hosts.alpha.key_env (chasqui.yaml, line 2): got "ALPHA_KEY"; which is not set',
  ],
  ['an empty key', ALPHA, { ALPHA_KEY: ' ' }, 'which is not set'],
  [
    'a provider’s name',
    'hosts: { openai: { url: "https://a.example/v1" } }',
    {},
    'hosts.openai (chasqui.yaml, line 1): openai is the name of a provider',
  ],
  [
    'one that is to come',
    'hosts: { bedrock: { url: "https://a.example/v1" } }',
    {},
    'bedrock is the name of a provider',
  ],
  [
    'a name in capitals',
    'hosts: { Alpha: { url: "https://a.example/v1" } }',
    {},
    'hosts.Alpha (chasqui.yaml, line 1): got "Alpha"; wants a name',
  ],
  ['a name with a colon', 'hosts: { "a:b": { url: "https://a.example/v1" } }', {}, 'wants a name of up to 31'],
  [
    'no address',
    'hosts: { a: { key_env: K } }',
    { K: 'k' },
    'hosts.a.url (chasqui.yaml, line 1): got nothing; wants an address',
  ],
  [
    'no http address',
    'hosts: { a: { url: llm.example.com } }',
    { MODEL: 'a:x' },
    'got "llm.example.com"; wants an address that starts with https://',
  ],
  [
    'a key in the address',
    'hosts: { a: { url: "https://me:secret@a.example/v1" } }',
    {},
    'got "https://…@a.example/v1"; wants an address',
  ],
  [
    'a key itself',
    'hosts: { a: { url: "https://a.example/v1", key_env: "sk-123-45" } }',
    {},
    'got "sk-…"; wants a variable’s name'.replace('’', "'"),
  ],
  [
    'only an address',
    'hosts: { a: "https://a.example/v1" }',
    {},
    'hosts.a (chasqui.yaml, line 1): got "https://a.example/v1"; wants settings below it (url, key_env)',
  ],
  [
    'another setting',
    'hosts: { a: { url: "https://a.example/v1", token: x } }',
    {},
    'hosts.a.token (chasqui.yaml, line 1): there is no such setting; here can stand url, key_env',
  ],
  ['no model', ALPHA, { ALPHA_KEY: 'k', MODEL: 'alpha:' }, 'wants a model\'s name after "alpha:"'],
  [
    'a host that is not there',
    ALPHA,
    { ALPHA_KEY: 'k', MODEL: 'alphas:x' },
    'there is no provider "alphas". Did you mean alpha?',
  ],
  [
    'a property of every object',
    ALPHA,
    { ALPHA_KEY: 'k', MODEL: 'constructor:x' },
    'there is no provider "constructor"',
  ],
  [
    'half a price',
    'models: { prices: { "openai:x": { input: 1 } } }',
    {},
    'models.prices.openai:x.output (chasqui.yaml, line 1): got nothing; wants a number',
  ],
])('%s', (_what, yaml, env, said) => {
  const { config, problems } = inspect(yaml, env);
  expect(problems).toEqual([expect.stringContaining(said)]);
  expect(config.limits.person_per_minute).toBe(30);
});
