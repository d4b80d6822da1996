import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, startChat, visitor } from './harness.ts';

let chat: Chat;
beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix });
});
afterAll(() => chat.stop());

const message = () => ({ id: randomUUID(), text: 'hello' });
async function refusal(response: Response): Promise<[number, string]> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.message).toMatch(/\w/);
  return [response.status, error.code];
}

describe('bad input', () => {
  test('is refused in the API’s shape, and the next call works', async () => {
    const browser = await visitor(chat);
    const bad: [string, unknown, number][] = [
      ['/api/chat', '{"id": ', 400],
      ['/api/chat', 'null', 400],
      ['/api/chat', '[]', 400],
      ['/api/chat', '{"__proto__": {"text": "x"}}', 400],
      ['/api/chat', '', 400],
      ['/api/chat', { id: 'not-a-uuid', text: 'x' }, 400],
      ['/api/chat', { id: randomUUID(), text: 7 }, 400],
      ['/api/chat', { id: randomUUID(), text: 'x', admin: true }, 400],
      ['/api/chat', { id: randomUUID(), text: ' \n\t ' }, 400],
      ['/api/chat', { id: randomUUID(), text: '\u200b\u2060\ufeff\u200d\u202e\u3164\u{e0041}' }, 400],
      ['/api/chat', { id: randomUUID(), text: 'x', conversation: 'web:../../etc' }, 404],
      ['/api/chat', { id: randomUUID(), text: 'x'.repeat(32_001) }, 413],
      ['/api/chat', { id: randomUUID(), text: 'x'.repeat(1_000_000) }, 413],
      ['/api/chat', { id: randomUUID(), text: 'x'.repeat(1_200_000) }, 413],
      ['/api/command', { name: 'model', argument: 'x'.repeat(201) }, 400],
      ['/api/nothing', {}, 404],
    ];
    for (const [path, body, status] of bad) {
      const response = await browser.call('POST', path, body);
      expect([path, JSON.stringify(body).slice(0, 60), (await refusal(response))[0]]).toEqual([
        path,
        JSON.stringify(body).slice(0, 60),
        status,
      ]);
    }
    expect((await browser.json('GET', '/api/conversations')).conversations).toEqual([]);
    expect((await browser.call('POST', '/api/chat', message())).status).toBe(202);
  });

  test('a message of exactly the limit is taken', async () => {
    const browser = await visitor(chat);
    expect((await browser.say('x'.repeat(32_000))).conversation).toMatch(/^web:/);
  });

  test('hidden characters and lone surrogates go; joiners and emoji stay', async () => {
    const browser = await visitor(chat);
    const body = `{"id":"${randomUUID()}","text":"a\\ud800b\\u200b\\u202ec\\u0000 👩‍🚀"}`;
    const response = await browser.call('POST', '/api/chat', body);
    const { conversation } = (await response.json()) as { conversation: string };
    const stream = await browser.events(conversation);
    expect((await stream.until('user')).data.text).toBe('abc 👩‍🚀');
  });

  test('a cursor that is none', async () => {
    const browser = await visitor(chat);
    const { conversation } = await browser.say('hi');
    const path = `/api/conversations/${conversation.slice(4)}/events`;
    for (const cursor of ['abc', '1', '1-2-3', '$', '-', `${'9'.repeat(30)}-1`]) {
      expect(await refusal(await browser.call('GET', `${path}?cursor=${cursor}`))).toEqual([400, 'bad_cursor']);
    }
    expect((await browser.call('GET', `${path}?cursor=1-1&cursor=2-2`)).status).toBe(400);
  });

  test('a path that leads elsewhere', async () => {
    const { port } = new URL(chat.url);
    const raw = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('end', () => resolve(text)).on('error', reject);
      socket.write('GET /assets/../../index.ts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    expect(raw).toMatch(/^HTTP\/1\.1 (404|503)/);
    expect(raw).not.toContain('createWebAdapter');
  });
});
