import { afterEach, describe, expect, test } from 'vitest';
import { openAiError } from '../doubles/models/openai.ts';
import type { Script } from '../doubles/models/script.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { cloudflareErrors } from '../doubles/models/workers-ai.ts';
import { ask, HOSTS, SECRET } from './support.ts';

let double: ModelDouble | undefined;
afterEach(async () => {
  await double?.close();
  double = undefined;
});

async function errorFrom(host: 'cloudflare' | 'openai', error: Script['error']) {
  const started = await (HOSTS[host] as (typeof HOSTS)[string])({ error });
  double = started.double;
  return (await ask(started.model)).error;
}

const LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.";

describe('Workers AI', () => {
  test.each<[string, number, number | string, string, string]>([
    ['the daily allowance', 429, 3036, 'You have used up your daily free allocation of 10,000 neurons.', 'quota'],
    ['the daily allowance, as its newer code', 429, 4006, 'you have used up your daily free allocation', 'quota'],
    ['no capacity', 429, 3040, 'No more data centers to forward the request to', 'busy'],
    ['a time-out', 408, 3007, 'Request timeout', 'network'],
    ['no such model', 400, 5007, 'No such model @cf/x or task', 'broken'],
    ['a wrong token', 401, 10000, 'Authentication error', 'auth'],
    ['a licence that was not agreed to', 403, 5016, 'User has not agreed to Llama3.2 model terms', 'auth'],
    ['a prompt that is too large', 413, 3006, 'Request is too large', 'too-long'],
    ['a prompt beyond the window', 400, 5021, 'AiError: exceeded this model context window limit', 'too-long'],
    ['a prompt beyond the window, in words', 400, 5006, `AiError: ${LONG}`, 'too-long'],
    ['a guardrail', 424, 2016, 'Prompt blocked due to security configurations', 'refused'],
    ['a model that was ended', 410, 5028, 'Model @cf/meta/llama-2-7b has been deprecated', 'unavailable'],
    ['a plan that is too small', 403, 5035, 'This model requires a Workers Paid plan', 'unavailable'],
    ['a failure of its own', 500, 1000, 'Internal error', 'busy'],
  ])('%s', async (_what, status, code, message, kind) => {
    const error = await errorFrom('cloudflare', { status, body: cloudflareErrors(Number(code), message) });
    expect(error).toMatchObject({ kind, code: String(code) });
  });

  test('the code that stands only in the text', async () => {
    const body = { error: { code: 'internal_error', message: 'AiError: 3040: Capacity temporarily exceeded' } };
    expect(await errorFrom('cloudflare', { status: 500, body })).toMatchObject({ kind: 'busy', code: '3040' });
  });

  test('an error under status 200', async () => {
    const error = await errorFrom('cloudflare', { status: 200, body: cloudflareErrors(3040, 'Capacity') });
    expect(error).toMatchObject({ kind: 'busy', code: '3040' });
  });
});

describe('OpenAI-compatible hosts', () => {
  test.each<[string, number, unknown, string, string]>([
    ['OpenAI: wrong key', 401, openAiError('invalid_api_key', 'Incorrect API key'), 'auth', 'invalid_api_key'],
    ['a region or a key without right', 403, openAiError(null, 'Forbidden', 'permission'), 'auth', 'permission'],
    [
      'OpenAI: no such model',
      404,
      openAiError('model_not_found', 'The model `x` does not exist'),
      'broken',
      'model_not_found',
    ],
    [
      'OpenAI: no money left',
      429,
      openAiError('insufficient_quota', 'You exceeded your current quota'),
      'quota',
      'insufficient_quota',
    ],
    [
      'OpenAI: too often',
      429,
      openAiError('rate_limit_exceeded', 'Rate limit reached', 'requests'),
      'busy',
      'rate_limit_exceeded',
    ],
    ['OpenAI: too long', 400, openAiError('context_length_exceeded', LONG), 'too-long', 'context_length_exceeded'],
    [
      'vLLM: too long',
      400,
      { object: 'error', message: LONG, type: 'BadRequestError', code: 400 },
      'too-long',
      'BadRequestError',
    ],
    [
      'llama.cpp: too long',
      400,
      {
        error: {
          code: 400,
          message: 'the request exceeds the available context size, try increasing it',
          type: 'exceed_context_size_error',
        },
      },
      'too-long',
      'exceed_context_size_error',
    ],
    [
      'llama.cpp: too long while answering',
      500,
      { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
      'too-long',
      'server_error',
    ],
    [
      'llama.cpp: still loading',
      503,
      { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
      'busy',
      'unavailable_error',
    ],
    [
      'Ollama: too long',
      400,
      { error: { message: 'input length exceeds the context length', type: 'api_error' } },
      'too-long',
      'api_error',
    ],
    [
      'Ollama: no such model',
      404,
      { error: { message: 'model "x" not found, try pulling it first', type: 'api_error', code: null } },
      'broken',
      'api_error',
    ],
    [
      'Ollama: overloaded',
      503,
      { error: 'server busy, please try again. maximum pending requests exceeded' },
      'busy',
      '503',
    ],
    [
      'Azure: filtered',
      400,
      {
        error: {
          code: 'content_filter',
          message: 'The response was filtered',
          innererror: { code: 'ResponsibleAIPolicyViolation' },
        },
      },
      'refused',
      'ResponsibleAIPolicyViolation',
    ],
    [
      'Groq: more than a minute allows',
      413,
      openAiError('rate_limit_exceeded', 'Request too large for model `x` on tokens per minute', 'tokens'),
      'too-long',
      'rate_limit_exceeded',
    ],
    [
      'Groq: ended',
      400,
      openAiError('model_decommissioned', 'The model `x` has been decommissioned'),
      'unavailable',
      'model_decommissioned',
    ],
    ['ended, in words', 404, openAiError(null, 'The model x has been retired', 'gone'), 'unavailable', 'gone'],
    ['gone', 410, '', 'unavailable', '410'],
    ['a code that every object has', 400, openAiError('constructor', 'no'), 'broken', 'constructor'],
    [
      'a code that is a text for people',
      400,
      openAiError('You must not do this', 'no', 'x'.repeat(41)),
      'broken',
      '400',
    ],
    ['Gemini: a list', 429, [{ error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }], 'busy', '429'],
    ['no credit', 402, openAiError(null, 'Insufficient balance', 'x'), 'quota', 'x'],
    ['a gateway in between, in HTML', 502, '<html>Bad gateway</html>', 'network', '502'],
    [
      'FastAPI: malformed',
      422,
      { detail: [{ type: 'missing', loc: ['body'], msg: 'Field required' }] },
      'broken',
      '422',
    ],
    ['no body', 500, '', 'busy', '500'],
  ])('%s', async (_what, status, body, kind, code) => {
    expect(await errorFrom('openai', { status, body })).toMatchObject({ kind, code });
  });

  test('an error under status 200', async () => {
    const body = {
      error: {
        code: 400,
        message: 'the request exceeds the available context size',
        type: 'exceed_context_size_error',
      },
    };
    expect(await errorFrom('openai', { status: 200, body })).toMatchObject({ kind: 'too-long' });
  });

  test.each<[string, Record<string, string>, (ms: number | undefined) => boolean]>([
    ['seconds', { 'retry-after': '7' }, (ms) => ms === 7_000],
    ['milliseconds', { 'retry-after': '1', 'retry-after-ms': '250' }, (ms) => ms === 250],
    [
      'a date',
      { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() },
      (ms = 0) => ms > 3_000_000 && ms <= 3_600_000,
    ],
    ['a date that has passed', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, (ms) => ms === 0],
    ['a length', { 'retry-after': '1m29.8s' }, (ms) => ms === 89_800],
    ['a long time', { 'retry-after': '86400' }, (ms) => ms === 86_400_000],
    [
      'what is used up',
      {
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '7.66s',
        'x-ratelimit-remaining-requests': '9',
        'x-ratelimit-reset-requests': '2m59s',
      },
      (ms) => ms === 7_660,
    ],
    [
      'a moment of the clock',
      { 'x-ratelimit-reset': String(Date.now() + 3_600_000) },
      (ms = 0) => ms > 3_000_000 && ms <= 3_600_000,
    ],
    ['less than nothing', { 'retry-after': '-1' }, (ms) => ms === undefined],
    ['nothing', {}, (ms) => ms === undefined],
    ['nonsense', { 'retry-after': 'soon' }, (ms) => ms === undefined],
  ])('how long to wait, said as %s', async (_what, headers, fits) => {
    const body = openAiError('rate_limit_exceeded', 'Rate limit reached');
    const error = await errorFrom('openai', { status: 429, body, headers });
    expect(fits(error?.retryAfterMs), String(error?.retryAfterMs)).toBe(true);
  });

  test.each<[string, number]>([
    [
      'Rate limit reached for model `x` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Used 5980, Requested 2900. Please try again in 29.8s. Need more tokens? Upgrade.',
      29_800,
    ],
    [`${'Rate limit reached. '.repeat(20)}Please try again in 1m29.8s.`, 89_800],
    ['Please try again in 7h3m45.5s.', 25_425_500],
    ['Please retry after 26 seconds.', 26_000],
    ['Please retry in 450ms.', 450],
    ['Try again in 2 minutes.', 120_000],
  ])('how long to wait, said as “%s”', async (message, ms) => {
    const error = await errorFrom('openai', { status: 429, body: openAiError('rate_limit_exceeded', message) });
    expect(error?.retryAfterMs).toBe(ms);
  });

  test.each(['cloudflare', 'openai'] as const)('no key that %s echoes stands in words or code', async (host) => {
    const error = await errorFrom(host, { status: 422, body: openAiError(SECRET, `bad header ${SECRET}`) });
    expect(error).toMatchObject({ kind: 'broken', code: 'MASKED' });
    expect(`${error?.message}${error?.stack}${JSON.stringify(error)}`).not.toContain(SECRET);
  });

  test('the host’s words where they help the operator', async () => {
    const error = await errorFrom('openai', {
      status: 404,
      body: openAiError('model_not_found', 'Try `ollama pull llama-test`'),
    });
    expect(error?.message).toMatch(/^127\.0\.0\.1:\d+ answered with status 404: .*Try `ollama pull llama-test`$/);
  });
});
