import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createHttp, kindOfStatus, lostCall, retryAfterOf } from '../../adapters/kit/http.ts';
import { SendError } from '../../src/contract/index.ts';
import { freePort } from '../support/redis.ts';
import { serve } from './server.ts';

const SECRET = 'a-secret-token';

function client(address: string) {
  const errors: string[] = [];
  const http = createHttp<{ said?: string }>({
    address: `${address}/bot${SECRET}`,
    headers: { authorization: `Bearer ${SECRET}` },
    refusal: (name, { status, headers, body }) =>
      status < 400
        ? undefined
        : new SendError(kindOfStatus(status), String(status), `${name}: ${body?.said ?? 'nothing'}`, {
            retryAfterMs: retryAfterOf(headers),
          }),
    onError: (name, code) => void errors.push(`${name} ${code}`),
  });
  return { http, errors };
}

test('a call carries its body and the token, and brings the answer back', async () => {
  const address = await serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    response.end(
      JSON.stringify({ said: [method, url, headers.authorization, headers['content-type'], body].join(' ') }),
    );
  });
  const { http, errors } = client(address);
  const head = `/bot${SECRET}/x Bearer ${SECRET}`;
  expect(await http('ask', '/x')).toEqual({ said: `GET ${head}  ` });
  expect(await http('ask', '/x', { body: { a: 1 } })).toEqual({ said: `POST ${head} application/json {"a":1}` });
  expect(await http('ask', '/x', { body: { a: 1 }, method: 'PUT' })).toEqual({
    said: `PUT ${head} application/json {"a":1}`,
  });
  expect(errors).toEqual([]);
});

test('refusals come as what they mean, with the time to wait, and are counted', async () => {
  const address = await serve((_, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end('{"said":"slower"}');
  });
  const { http, errors } = client(address);
  await expect(http('post', '/x')).rejects.toMatchObject({
    kind: 'rate-limited',
    code: '429',
    message: 'post: slower',
    retryAfterMs: 7_000,
  });
  expect(errors).toEqual(['post 429']);
});

test('an answer that is no JSON is a refusal by its status, or of an unknown outcome; none at all is one where none is due', async () => {
  let status = 502;
  const address = await serve((_, response) => {
    response.writeHead(status).end(status === 204 ? undefined : '<html>A proxy speaks</html>');
  });
  const { http } = client(address);
  await expect(http('post', '/x')).rejects.toMatchObject({ kind: 'unknown-outcome', code: '502' });
  status = 200;
  await expect(http('post', '/x')).rejects.toMatchObject({ kind: 'unknown-outcome', code: 'unreadable' });
  status = 204;
  expect(await http('post', '/x')).toBeUndefined();
});

test('without an answer: surely not applied only where there was no connection; no error names the token', async () => {
  const broken = await serve((request, response) => {
    if (request.url?.endsWith('/half')) response.writeHead(200, { 'content-length': '9' }).write('{"said"');
    setImmediate(() => request.socket.destroy());
  });
  const led: unknown[] = [];
  const leads = await serve(({ url, headers }, response) => {
    if (url === '/elsewhere') led.push(headers);
    response.writeHead(url === '/elsewhere' ? 200 : 302, { location: '/elsewhere' }).end('{}');
  });
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const cases = [
    [nobody, '/x', 'unavailable', 'ECONNREFUSED'],
    [broken, '/x', 'unknown-outcome', expect.any(String)],
    [broken, '/half', 'unknown-outcome', expect.any(String)],
    [leads, '/x', 'unknown-outcome', expect.any(String)],
    ['no address', '/x', 'unknown-outcome', 'ERR_INVALID_URL'],
  ] as const;
  for (const [address, path, kind, code] of cases) {
    const { http, errors } = client(address);
    const error: unknown = await http('post', path).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: 'SendError', kind, code });
    expect(errors).toEqual([`post ${(error as SendError).code}`]);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
  }
  expect(led).toEqual([]);
});

test('a call that is ended early is no error of the platform’s; one that takes too long is', async () => {
  const address = await serve(() => {});
  const { http, errors } = client(address);
  const stopping = new AbortController();
  const call = http('poll', '/x', { signal: stopping.signal });
  stopping.abort();
  await expect(call).rejects.toBeInstanceOf(SendError);
  expect(errors).toEqual([]);
  await expect(http('poll', '/x', { timeoutMs: 1 })).rejects.toMatchObject({ kind: 'unknown-outcome' });
  expect(errors).toHaveLength(1);
});

test('what an SDK wraps is found', () => {
  const wrapped = new Error('SDK', { cause: Object.assign(new Error('DNS'), { code: 'ENOTFOUND' }) });
  expect(lostCall('post', wrapped)).toMatchObject({ kind: 'unavailable', code: 'ENOTFOUND' });
  expect(lostCall('post', 'a string')).toMatchObject({ kind: 'unknown-outcome', code: 'unknown' });
});
