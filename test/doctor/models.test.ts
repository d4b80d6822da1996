import { expect, test } from 'vitest';
import { type Finding, runDoctor } from '../../src/doctor/doctor.ts';
import { modelProbe } from '../../src/doctor/models.ts';
import { aboutModel } from '../../src/models/catalog.ts';
import {
  type Model,
  ModelError,
  type ModelErrorKind,
  type ModelEvent,
  type ModelFacts,
  type ModelRequest,
} from '../../src/models/model.ts';

type Answer = (request: ModelRequest) => AsyncIterable<ModelEvent>;

function model(answer: Answer, id = 'openai:llama'): Model {
  return { id, label: 'A Llama', host: 'a host', licence: 'unknown', contextTokens: 8_192, stream: answer };
}

async function* says(...words: string[]): AsyncIterable<ModelEvent> {
  for (const text of words) yield { type: 'text', text };
  yield { type: 'end', reason: 'stop', usage: { inputTokens: 3, outputTokens: words.length } };
}

// biome-ignore lint/correctness/useYield: it fails before its first word
async function* fails(error: unknown): AsyncIterable<ModelEvent> {
  throw error;
}

/** As a provider does it: silent until it is told to end, then it throws the signal's reason. */
async function* hangs({ signal }: ModelRequest): AsyncIterable<ModelEvent> {
  yield { type: 'text', text: 'O' };
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

const look = (models: Model[], answerMs?: number): Promise<Finding[]> =>
  runDoctor({ probes: [modelProbe({ create: async () => models, answerMs })] });

test('a model that answers: one tiny call, and the time to its first token', async () => {
  const asked: ModelRequest[] = [];
  const [found] = await look([
    model((request) => {
      asked.push(request);
      return says('O', 'K');
    }),
  ]);
  expect(found).toMatchObject({ area: 'Model', state: 'ok' });
  expect(found?.detail).toMatch(/^openai:llama \(A Llama, a host\): first token after \d+ ms$/);
  expect(asked).toMatchObject([{ messages: [{ role: 'user', content: 'Say OK' }], maxOutputTokens: 8 }]);
});

test.each<[ModelErrorKind, string, Finding['state'], string]>([
  ['busy', 'openai:llama', 'warning', 'a second model in MODEL'],
  ['quota', 'openai:llama', 'wrong', 'allowance'],
  ['auth', 'openai:llama', 'wrong', 'OPENAI_API_KEY'],
  ['auth', 'cloudflare:@cf/x', 'wrong', 'CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN'],
  ['auth', 'bedrock:us.meta.x', 'wrong', 'AWS_BEARER_TOKEN_BEDROCK'],
  ['too-long', 'openai:llama', 'wrong', 'larger context'],
  ['refused', 'openai:llama', 'wrong', 'filter'],
  ['network', 'openai:llama', 'wrong', 'check the address'],
  ['broken', 'openai:llama', 'wrong', "check the model's name"],
])('%s from %s is %s', async (kind, id, state, advice) => {
  const [found] = await look([model(() => fails(new ModelError(kind, 'CODE', 'its own words')), id)]);
  expect(found).toMatchObject({ state, detail: `${id}: ${kind}: its own words` });
  expect(found?.advice).toContain(advice);
});

test.each([
  ['5028', 'ended this model'],
  ['5035', 'paid Workers AI plan'],
  ['410', 'choose another model'],
  ['AccessDeniedException', 'ask for access to this model'],
])('unavailable by %s is no wrong key', async (code, advice) => {
  const [found] = await look([model(() => fails(new ModelError('unavailable', code, 'no')), 'cloudflare:@cf/x')]);
  expect(found).toMatchObject({ state: 'wrong' });
  expect(found?.advice).toContain(advice);
});

test('one that does not finish is given up, and the others of the chain are told', async () => {
  const findings = await look([model(hangs, 'openai:slow'), model(() => says('OK'), 'openai:quick')], 50);
  expect(findings).toMatchObject([
    { state: 'wrong', detail: 'openai:slow: did not finish two words within 0.05 s' },
    { state: 'ok', detail: expect.stringContaining('openai:quick') },
  ]);
});

test('a fault of our own is not taken for the model’s', async () => {
  expect(await look([model(() => fails(new TypeError('a bug')))])).toEqual([
    { area: 'Model', state: 'wrong', detail: 'a bug' },
  ]);
});

test('the stand-in is said to be one, and is not asked', async () => {
  const [found] = await look([model(() => fails(new Error('asked')), 'offline:')]);
  expect(found).toMatchObject({ state: 'warning', advice: 'set MODEL in .env' });
});

test('models that cannot be made', async () => {
  const probe = modelProbe({ create: () => Promise.reject(new Error('MODEL is wrong')) });
  expect(await runDoctor({ probes: [probe] })).toMatchObject([{ state: 'wrong', detail: 'MODEL is wrong' }]);
});

test('each model with its facts: what is unknown as such, the clause on pictures, and an end that is near as a warning', async () => {
  const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const scout = aboutModel('Cloudflare Workers AI', '@cf/meta/llama-4-scout-17b-16e-instruct');
  const [, facts, clause, ...more] = await look([{ ...model(() => says('OK')), ...scout }]);
  expect(facts).toMatchObject({ state: 'ok' });
  for (const part of ['131000 tokens', 'pictures', 'tools', '$0.27 in, $0.85 out', '2026-11-25', 'Built with Llama'])
    expect(facts?.detail).toContain(part);
  expect(facts?.detail).toContain('does not train on prompts');
  expect(clause?.detail).toMatch(/European Union|EU/);
  expect(more).toEqual([]);

  const strange = { ...model(() => says('OK')), ...aboutModel('api.example.com', 'nobodys-own-7b') };
  const [, unknown] = await look([strange]);
  for (const part of ['context: unknown', 'pictures: unknown', 'price: unknown', 'licence: unknown', 'end: unknown'])
    expect(unknown?.detail).toContain(part);

  const [, , ending] = await look([{ ...strange, facts: { ...strange.facts, ends: day } as ModelFacts }]);
  expect(ending).toMatchObject({ state: 'warning', detail: expect.stringContaining('ends in 20 days') });
});
