import { afterEach, describe, expect, test, vi } from 'vitest';
import { createModels, type ModelEnv } from '../../src/models/create.ts';
import type { Model } from '../../src/models/model.ts';
import { startBedrockDouble } from '../doubles/bedrock/bedrock.ts';
import type { Script } from '../doubles/models/script.ts';
import { ACCOUNT, ask, bedrockAt, configOf, log, SCOUT, SECRET, startBedrock } from './support.ts';

let cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function start(answer: string | Script = 'In April.', env: Partial<ModelEnv> = {}) {
  const started = await startBedrock(answer, {}, env);
  cleanups.push(started.double.close);
  return started;
}

const LONG = "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt.";

describe('a refusal', () => {
  test.each<[number, string, string, string]>([
    [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'busy'],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota'],
    [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota', 'quota'],
    [429, 'ModelNotReadyException', 'The model is not ready to serve inference requests', 'busy'],
    [503, 'ServiceUnavailableException', 'The service is not currently available', 'busy'],
    [500, 'InternalServerException', 'An internal server error occurred', 'busy'],
    [408, 'ModelTimeoutException', 'The request took too long to process', 'network'],
    [424, 'ModelErrorException', 'An error while processing the model', 'network'],
    [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'unavailable'],
    [403, 'AccessDeniedException', 'Model access is denied due to INVALID_PAYMENT_INSTRUMENT', 'unavailable'],
    [
      403,
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:user/a is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-1::foundation-model/meta.x',
      'auth',
    ],
    [403, 'AccessDeniedException', 'Bearer Token has expired', 'auth'],
    [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'auth'],
    [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'auth'],
    [403, 'InvalidSignatureException', 'The request signature we calculated does not match', 'auth'],
    [404, 'ResourceNotFoundException', 'This model version has reached the end of its life.', 'unavailable'],
    [404, 'ResourceNotFoundException', 'Could not find the model', 'unavailable'],
    [400, 'ValidationException', 'Input is too long for requested model.', 'too-long'],
    [400, 'ValidationException', LONG, 'too-long'],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'unavailable'],
    [
      400,
      'ValidationException',
      "Invocation of model ID meta.x with on-demand throughput isn't supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
      'unavailable',
    ],
    [400, 'ValidationException', 'The maximum tokens you requested exceeds the model limit of 8192.', 'broken'],
    [404, 'UnknownOperationException', '', 'broken'],
  ])('%i %s “%s” is %s', async (status, name, message, kind) => {
    const headers = { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
    const { model, double } = await start({ error: { status, body: { message }, headers } });
    expect((await ask(model)).error).toMatchObject({ kind, code: name });
    // The name may stand in the body alone, and the message be written large.
    double.answer({ error: { status, body: { __type: `com.amazon.coral.service#${name}`, Message: message } } });
    expect((await ask(model)).error).toMatchObject({ kind, code: name });
    expect(double.calls).toHaveLength(2);
  });

  test('says when to come back', async () => {
    const headers = { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '7' };
    const { model } = await start({ error: { status: 429, body: { message: 'Too many requests' }, headers } });
    expect((await ask(model)).error).toMatchObject({ kind: 'busy', retryAfterMs: 7_000 });
  });

  test('hands on the host’s words where they help, but none of the prompt', async () => {
    const headers = { 'x-amzn-errortype': 'ValidationException' };
    const message = `Invocation of model ID meta.x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile`;
    const { model, double } = await start({ error: { status: 400, body: { message }, headers } });
    expect((await ask(model)).error?.message).toContain('Retry your request with the ID or ARN of an inference');
    double.answer({ error: { status: 400, body: { message: 'Bad text: When do I plant potatoes?' }, headers } });
    expect((await ask(model)).error?.message).not.toContain('potatoes');
  });

  test.each([
    [502, 'text/html', '<html>Bad gateway</html>', 'network', '502'],
    [403, 'text/plain', 'Forbidden', 'auth', '403'],
  ])('of a gateway in between: %i', async (status, type, body, kind, code) => {
    const { model } = await start({ error: { status, body, headers: { 'content-type': type } } });
    expect((await ask(model)).error).toMatchObject({ kind, code });
  });

  test('of the double itself: a model that is not there, a key that is wrong', async () => {
    const double = await startBedrockDouble({ account: ACCOUNT, bearer: 'a-bearer', models: ['meta.other'] });
    cleanups.push(double.close);
    const keys = { AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId, AWS_SECRET_ACCESS_KEY: SECRET };
    const errorOf = async (env: Partial<ModelEnv>) => (await ask(await bedrockAt(double.url, env))).error;
    const token = { AWS_SESSION_TOKEN: ACCOUNT.sessionToken };
    expect(await errorOf({ ...keys, ...token })).toMatchObject({ kind: 'unavailable', code: 'ValidationException' });
    expect(await errorOf(keys)).toMatchObject({ kind: 'auth', code: 'UnrecognizedClientException' });
    const wrong = { ...keys, ...token, AWS_SECRET_ACCESS_KEY: 'another-secret' };
    expect(await errorOf(wrong)).toMatchObject({ kind: 'auth', code: 'InvalidSignatureException' });
    const elsewhere = { ...keys, ...token, AWS_REGION: 'eu-west-1' };
    expect(await errorOf(elsewhere)).toMatchObject({ kind: 'auth', code: 'InvalidSignatureException' });
    const bearer = { AWS_BEARER_TOKEN_BEDROCK: 'not-the-bearer' };
    expect(await errorOf(bearer)).toMatchObject({ kind: 'auth', code: 'AccessDeniedException' });
    expect(double.calls).toHaveLength(0);
  });
});

test.each([
  'meta.llama3-3-70b-instruct-v1:0',
  SCOUT,
  'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456',
])('%s is asked by its name', async (id) => {
  const { model, double } = await start('In April.', { MODEL: `bedrock:${id}` });
  expect((await ask(model)).text).toBe('In April.');
  expect(double.calls[0]?.model).toBe(id);
  expect(model.id).toBe(`bedrock:${id}`);
});

test('people are told what is asked, and where', async () => {
  const { model, double } = await start();
  const host = `Amazon Bedrock (${new URL(double.url).host})`;
  expect(model).toMatchObject({
    label: expect.stringContaining('Llama 4 Scout'),
    host,
    licence: expect.stringContaining('Llama 4'),
  });
  const [other] = await createModels({
    config: configOf({ MODEL: 'bedrock:eu.meta.llama3-1-8b-instruct-v1:0', AWS_REGION: 'eu-west-1' }),
    log,
  });
  expect(other).toMatchObject({ label: 'Llama 3.1 8B Instruct', host: 'Amazon Bedrock' });
});

test.each([
  ['us-east-1', 'bedrock-runtime.us-east-1.amazonaws.com'],
  ['cn-north-1', 'bedrock-runtime.cn-north-1.amazonaws.com.cn'],
])("without BEDROCK_URL the region's own address is called: %s", async (AWS_REGION, host) => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
  const called: string[] = [];
  const fetch = async (input: unknown) => {
    called.push(String(input));
    return new Response('{"message":"no"}', { status: 503 });
  };
  const env = { MODEL: `bedrock:${SCOUT}`, AWS_REGION, AWS_BEARER_TOKEN_BEDROCK: 'a-bearer' };
  const [model] = await createModels({ config: configOf(env), log, fetch });
  expect((await ask(model as Model)).error).toMatchObject({ kind: 'busy', code: '503' });
  expect(called).toEqual([`https://${host}/model/${encodeURIComponent(SCOUT)}/converse-stream`]);
  vi.unstubAllEnvs();
});
