import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createModels, type ModelEnv } from '../../src/models/create.ts';
import type { Model } from '../../src/models/model.ts';
import { startBedrockDouble } from '../doubles/bedrock/bedrock.ts';
import { errorFrame, eventFrame, exceptionFrame, frame } from '../doubles/bedrock/frames.ts';
import type { Script } from '../doubles/models/script.ts';
import { ACCOUNT, ask, configOf, log, SCOUT, SECRET, startBedrock } from './support.ts';

let cleanups: (() => unknown)[] = [];
beforeEach(() => {
  // What the machine itself has must not answer.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups) await cleanup();
  cleanups = [];
});

async function start(answer: string | Script = 'In April.', env: Partial<ModelEnv> = {}) {
  const started = await startBedrock(answer, {}, env);
  cleanups.push(started.double.close);
  return started;
}

const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };
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
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'broken'],
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
    const errorOf = async (env: Partial<ModelEnv>) => (await ask(await modelOf(double.url, env))).error;
    const token = { AWS_SESSION_TOKEN: ACCOUNT.sessionToken };
    expect(await errorOf({ ...keys, ...token })).toMatchObject({ kind: 'broken', code: 'ValidationException' });
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

const say = (text: string) =>
  eventFrame('contentBlockDelta', JSON.stringify({ contentBlockIndex: 0, delta: { text } }));
const stop = (stopReason: string) => eventFrame('messageStop', JSON.stringify({ stopReason }));
const USAGE = eventFrame('metadata', '{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{}}');

async function answerTo(parts: Uint8Array[], headers?: Record<string, string>) {
  const { model, double } = await start({ raw: { parts, ...(headers ? { headers } : {}) } });
  const asked = await ask(model);
  expect(double.calls).toHaveLength(1);
  return asked;
}

describe('a stream', () => {
  test.each<[string, Uint8Array, string, string]>([
    ['throttled', exceptionFrame('throttlingException', 'Too many'), 'busy', 'ThrottlingException'],
    ['no service', exceptionFrame('serviceUnavailableException', 'no'), 'busy', 'ServiceUnavailableException'],
    ['an error inside', exceptionFrame('internalServerException', 'no'), 'busy', 'InternalServerException'],
    ['a model that failed', exceptionFrame('modelStreamErrorException', 'no'), 'network', 'ModelStreamErrorException'],
    ['a model that took too long', exceptionFrame('modelTimeoutException', 'no'), 'network', 'ModelTimeoutException'],
    ['too long', exceptionFrame('validationException', LONG), 'too-long', 'ValidationException'],
    ['not valid', exceptionFrame('validationException', 'no'), 'broken', 'ValidationException'],
    ['an exception nobody knows', exceptionFrame('someNewException', 'no'), 'broken', 'SomeNewException'],
    ['an unmodeled error', errorFrame('InternalFailure', 'no'), 'busy', 'InternalFailure'],
    ['its end without a stop', USAGE, 'network', 'CUT'],
    ['half a frame', say(' or May').subarray(0, 40), 'network', 'CUT'],
    ['half a prelude', say(' or May').subarray(0, 7), 'network', 'CUT'],
    ['a wrong checksum', withFlip(say(' or May'), -1), 'broken', 'MALFORMED'],
    ['a payload that was changed', withFlip(say(' or May'), -8), 'broken', 'MALFORMED'],
    ['a wrong checksum of the prelude', withFlip(say(' or May'), 8), 'broken', 'MALFORMED'],
    ['a length that was changed', withFlip(say(' or May'), 0), 'broken', 'MALFORMED'],
    ['a stop without a reason', eventFrame('messageStop', '{}'), 'broken', 'MALFORMED'],
    ['output that the host calls malformed', stop('malformed_model_output'), 'network', 'CUT'],
  ])('that is broken off by %s', async (_what, last, kind, code) => {
    for (const before of [[], [say('In'), say(' April')]]) {
      const { error, end } = await answerTo([...before, last]);
      expect(error).toMatchObject({ kind, code });
      expect(end).toBeUndefined();
    }
  });

  test('that is broken off after its stop is no whole answer either', async () => {
    const { error } = await answerTo([say('In'), stop('end_turn'), USAGE.subarray(0, 20)]);
    expect(error).toMatchObject({ kind: 'network', code: 'CUT' });
  });

  test.each([1, 2, 3, 7, 64])('cut into pieces of %i bytes is the same answer', async (size) => {
    const whole = Buffer.concat([say('In April, žluťoučký 🐎'), stop('end_turn'), USAGE]);
    const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
      whole.subarray(at * size, (at + 1) * size),
    );
    expect(await answerTo(parts)).toMatchObject({
      text: 'In April, žluťoučký 🐎',
      end: { reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } },
    });
  });

  test('with headers of every type, and events that are not known', async () => {
    const numbers = Buffer.from([1, 97, 4, 0, 0, 0, 1, 1, 98, 0, 1, 99, 6, 0, 1, 9, 1, 100, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
    const odd = framed(Buffer.concat([numbers, headersOf(eventFrame('somethingNew', '{}'))]), '{}');
    expect((await answerTo([odd, say('In'), stop('end_turn'), USAGE])).text).toBe('In');
  });

  test.each<[string, string]>([
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'filtered'],
    ['content_filtered', 'filtered'],
    ['tool_use', 'stop'],
  ])('that ends with %s: %s', async (reason, end) => {
    expect((await answerTo([say('In'), stop(reason)])).end).toEqual({
      type: 'end',
      reason: end,
      usage: { inputTokens: undefined, outputTokens: undefined },
    });
  });

  test('that holds a call of a tool, though none was offered', async () => {
    expect((await answerTo([stop('tool_use')])).error).toMatchObject({ kind: 'broken', code: 'TOOL_CALL' });
  });

  test('that is a page, by its type or without one', async () => {
    const page = Buffer.from('<!doctype html><title>Sign in</title>');
    expect((await answerTo([page], { 'content-type': 'text/html' })).error).toMatchObject({ code: 'NO_STREAM' });
    expect((await answerTo([page])).error).toMatchObject({ kind: 'broken', code: 'MALFORMED' });
  });
});

/** One bit is another; `at` below 0 counts from the end. */
function withFlip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  const index = at < 0 ? bytes.length + at : at;
  flipped.writeUInt8(flipped.readUInt8(index) ^ 1, index);
  return flipped;
}

const headersOf = (bytes: Buffer): Buffer => bytes.subarray(12, 12 + bytes.readUInt32BE(4));

/** A frame around headers as they are. */
function framed(headers: Buffer, payload: string): Buffer {
  // A header with an empty name and text of the right length gives the room; then its bytes are overwritten.
  const room = frame({ '': ' '.repeat(headers.length - 4) }, payload);
  headers.copy(room, 12);
  const body = room.subarray(0, -4);
  room.writeUInt32BE(crc32(body), body.length);
  return room;
}

async function modelOf(url: string, env: Partial<ModelEnv>): Promise<Model> {
  const config = configOf({ MODEL: `bedrock:${SCOUT}`, AWS_REGION: ACCOUNT.region, BEDROCK_URL: url, ...env });
  return (await createModels({ config, log }))[0] as Model;
}

describe('credentials', () => {
  test('a bearer token goes before keys', async () => {
    const double = await startBedrockDouble({ bearer: 'a-bearer', answer: 'In April.' });
    cleanups.push(double.close);
    const model = await modelOf(double.url, {
      AWS_BEARER_TOKEN_BEDROCK: 'a-bearer',
      AWS_ACCESS_KEY_ID: 'AKIDOTHER',
      AWS_SECRET_ACCESS_KEY: 'other',
    });
    expect((await ask(model)).text).toBe('In April.');
    expect(double.calls[0]?.headers.authorization).toBe('Bearer a-bearer');
  });

  test('the profile that is named, from the shared file, goes before keys', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chasqui-aws-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const { accessKeyId, secretAccessKey, sessionToken } = ACCOUNT;
    const lines = [
      '[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other',
      `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`,
      `aws_session_token = ${sessionToken}\n`,
    ];
    await writeFile(join(folder, 'credentials'), lines.join('\n'));
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
    const { model } = await start('In April.', { AWS_PROFILE: 'work', AWS_ACCESS_KEY_ID: 'AKIDOTHER' });
    expect((await ask(model)).text).toBe('In April.');
    const nobody = await start('In April.', { ...NO_KEYS, AWS_PROFILE: 'nobody' });
    const { error } = await ask(nobody.model);
    expect(error).toMatchObject({ kind: 'auth', code: 'NO_CREDENTIALS' });
    expect(error?.message).toContain('nobody');
  });

  test('the container’s, got once for many calls and masked in errors', async () => {
    let asked = 0;
    const keys = { AccessKeyId: ACCOUNT.accessKeyId, SecretAccessKey: SECRET, Token: ACCOUNT.sessionToken };
    const server = createServer((_request, response) => {
      asked++;
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...keys, Expiration }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${port}/keys`);
    const { model, double } = await start('In April.', NO_KEYS);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(model)));
    expect(answers.map(({ text }) => text)).toEqual(Array(5).fill('In April.'));
    expect(asked).toBe(1);
    const message = `Bad ${SECRET} ${ACCOUNT.sessionToken} ${ACCOUNT.accessKeyId}`;
    const headers = { 'x-amzn-errortype': 'ValidationException' };
    double.answer({ error: { status: 400, body: { message }, headers } });
    const { error } = await ask(model);
    expect(error?.message).toContain('Bad [secret] [secret] [secret]');
  });

  test('none at all, told as such, and looked for again at the next call', async () => {
    const { model, double } = await start('In April.', NO_KEYS);
    for (const _ of [1, 2]) {
      const { error } = await ask(model);
      expect(error).toMatchObject({ kind: 'auth', code: 'NO_CREDENTIALS' });
    }
    expect(double.calls).toHaveLength(0);
    vi.stubEnv('AWS_ACCESS_KEY_ID', ACCOUNT.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
    vi.stubEnv('AWS_SESSION_TOKEN', ACCOUNT.sessionToken);
    expect((await ask(model)).text).toBe('In April.');
  });

  test('no key that is echoed stands in words or code', async () => {
    const { model } = await start({ error: { status: 400, body: { __type: SECRET, message: `key ${SECRET}` } } });
    const { error } = await ask(model);
    expect(error).toMatchObject({ kind: 'broken', code: 'MASKED' });
    expect(`${error?.message}${error?.stack}${JSON.stringify(error)}`).not.toContain(SECRET);
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
