import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { isSame, registerWebhook, WRONG } from '../../adapters/kit/webhook.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { captureLog } from '../support/config.ts';

let http: FastifyInstance | undefined;
afterEach(async () => {
  await http?.close();
});

const sign = (text: string) => createHmac('sha256', 'secret').update(text).digest('hex');

async function start(take: (body: { n: number }) => Promise<unknown>) {
  const { log, lines } = captureLog();
  http = createHttpServer(log);
  const webhook = registerWebhook<{ n: number }>({
    http,
    platform: 'Somewhere',
    path: '/hook',
    maxBytes: 1_000,
    mayBeSigned: (headers) => /^[0-9a-f]{64}$/.test(String(headers['x-sign'] ?? '')),
    faultOf: (headers, raw) => (isSame(String(headers['x-sign']), sign(raw.toString())) ? undefined : WRONG),
    parse(raw) {
      try {
        return JSON.parse(raw.toString()) as { n: number };
      } catch {
        return undefined;
      }
    },
    answer: (body) => (body.n === 0 ? { hello: true } : undefined),
    take,
    log,
  });
  const address = await http.listen({ host: '127.0.0.1', port: 0 });
  const post = async (text: string, signature: string | null = sign(text)) => {
    const response = await fetch(`${address}/hook`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json', ...(signature === null ? {} : { 'x-sign': signature }) },
    });
    return { status: response.status, text: await response.text() };
  };
  return { webhook, post, lines };
}

test('a delivery is answered when it is stored, and asked for again when it could not be', async () => {
  let away = true;
  const taken: number[] = [];
  const { webhook, post, lines } = await start(async ({ n }) => {
    if (away) throw new Error('Redis is away');
    taken.push(n);
    return { n };
  });
  expect((await post('{"n":1}')).status).toBe(503);
  webhook.open();
  expect((await post('{"n":1}')).status).toBe(503);
  expect(lines.at(-1)?.msg).toContain('Somewhere will deliver it again');
  away = false;
  expect(await post('{"n":1}')).toEqual({ status: 200, text: '{"n":1}' });
  expect(taken).toEqual([1]);
  // A handshake delivers nothing.
  expect(await post('{"n":0}')).toEqual({ status: 200, text: '{"hello":true}' });
});

test.each([
  ['no signature', '{"n":1}', null, 401],
  ['another’s signature', '{"n":1}', sign('{"n":2}'), 401],
  ['a signature of another length', '{"n":1}', sign('{"n":1}').slice(1), 401],
  ['no JSON', 'n=1', undefined, 400],
  ['too much', JSON.stringify({ n: 1, more: 'x'.repeat(2_000) }), undefined, 413],
])('%s: refused, and nothing is taken', async (_name, text, signature, status) => {
  const taken: unknown[] = [];
  const { webhook, post } = await start(async (body) => taken.push(body));
  webhook.open();
  expect((await post(text, signature)).status).toBe(status);
  expect(taken).toEqual([]);
});

test('a stop waits for the deliveries in hand and takes no new one', async () => {
  const held = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const { webhook, post } = await start(async () => {
    began.resolve();
    await held.promise;
    return 'kept';
  });
  webhook.open();
  const first = post('{"n":1}');
  await began.promise;
  let closed = false;
  const closing = webhook.close().then(() => {
    closed = true;
  });
  expect((await post('{"n":2}')).status).toBe(503);
  expect(closed).toBe(false);
  held.resolve();
  expect((await first).text).toBe('kept');
  await closing;
});
