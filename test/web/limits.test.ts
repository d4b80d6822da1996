import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createLogger } from '../../src/log/logger.ts';
import { startPrivateRedis } from '../../src/redis/server.ts';
import { sharedRedis, startRedis } from '../support/redis.ts';
import { type Chat, startChat } from './harness.ts';

let chat: Chat;
afterEach(() => chat.stop());

async function start(options: Partial<Parameters<typeof startChat>[0]> = {}): Promise<Chat> {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, ...options });
  return chat;
}
async function visitor() {
  const browser = chat.browser();
  await browser.openSession();
  return browser;
}
const message = () => ({ id: randomUUID(), text: 'hello' });

describe('too much', () => {
  test('messages of one session: 429 with the time to wait; others go on', async () => {
    await start({ web: { messages_per_minute: 3 } });
    const browser = await visitor();
    for (let n = 0; n < 3; n++) expect((await browser.call('POST', '/api/chat', message())).status).toBe(202);
    const refused = await browser.call('POST', '/api/chat', message());
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(20);
    expect(await refused.json()).toEqual({
      error: { code: 'rate_limited', message: expect.stringContaining('again in'), retryAfterSeconds: seconds },
    });
    expect((await (await visitor()).call('POST', '/api/chat', message())).status).toBe(202);
  });

  test('messages and sessions of one address, which a proxy tells and a client cannot forge', async () => {
    await start({ web: { messages_per_minute: 1, trust_proxy: true } });
    const from = (address: string) => ({ 'x-forwarded-for': `1.2.3.4, ${address}` });
    const call = async (address: string) => {
      const browser = chat.browser();
      const session = await browser.call('POST', '/api/session', {}, from(address));
      browser.cookie = session.headers.get('set-cookie')?.split(';')[0];
      return browser.call('POST', '/api/chat', message(), from(address));
    };
    for (let n = 0; n < 10; n++) expect((await call('2001:db8::1')).status).toBe(202);
    let refused = await call('2001:db8:0:0:ffff::2');
    // The budget fills up again while the test is slow.
    for (let n = 0; n < 30 && refused.status === 202; n++) refused = await call('2001:db8::1');
    expect(refused.status).toBe(429);
    expect(((await refused.json()) as { error: { message: string } }).error.message).toContain('network');
    expect((await call('2001:db8:0:1::1')).status).toBe(202);

    const open = () => chat.browser().call('POST', '/api/session', {}, from('5.6.7.8'));
    const answers = await Promise.all(Array.from({ length: 120 }, open));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });

  test('text of one address, over all of its sessions', async () => {
    await start({ web: { trust_proxy: true, kilobytes_per_hour: 400 } });
    const send = async (address: string) => {
      const headers = { 'x-forwarded-for': address };
      const browser = chat.browser();
      const session = await browser.call('POST', '/api/session', {}, headers);
      browser.cookie = session.headers.get('set-cookie')?.split(';')[0];
      // Three bytes a character, as Redis stores it.
      return browser.call('POST', '/api/chat', { id: randomUUID(), text: '宇'.repeat(20_000) }, headers);
    };
    for (let n = 0; n < 3; n++) expect((await send('2001:db8::1')).status).toBe(202);
    const refused = await send('2001:db8::2');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('Too much text') } });
    expect((await send('2001:db8:0:1::1')).status).toBe(202);
  });

  test('messages that wait in one conversation', async () => {
    await start({ conversation: { max_waiting: 2 } });
    const browser = await visitor();
    const { conversation } = await browser.say('one');
    await browser.say('two', conversation);
    const refused = await browser.call('POST', '/api/chat', { ...message(), conversation });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const stream = await browser.events(conversation);
    await stream.until(({ data }) => data.text === 'two');
    expect(stream.events.map(({ data }) => data.text)).toEqual(['one', 'two']);
    const { messages, running } = await browser.json('GET', `/api/conversations/${conversation.slice(4)}`);
    expect(messages.map(({ text }: { text: string }) => text)).toEqual(['one', 'two']);
    expect(running).toBe(true);
  });

  test('open streams of one session; a closed one makes room', async () => {
    await start();
    const browser = await visitor();
    const { conversation } = await browser.say('hi');
    const path = `/api/conversations/${conversation.slice(4)}/events`;
    const streams = await Promise.all(Array.from({ length: 10 }, () => browser.events(conversation)));
    expect(streams.every(({ status }) => status === 200)).toBe(true);
    expect((await browser.call('GET', path)).status).toBe(429);
    streams[0]?.cut();
    for (;;) {
      const again = await browser.events(conversation);
      if (again.status === 200) break;
      expect(again.status).toBe(429);
    }
  });
});

describe('a reader', () => {
  test('that leaves at once takes no room', async () => {
    await start();
    const browser = await visitor();
    const { conversation } = await browser.say('hi');
    const path = `/api/conversations/${conversation.slice(4)}/events`;
    const { port } = new URL(chat.url);
    for (let n = 0; n < 30; n++) {
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${browser.cookie}\r\n\r\n`;
      await new Promise((written) => socket.write(request, written));
      if (n % 2 === 0) await once(socket, 'data');
      socket.destroy();
    }
    // The server hears of the last ones' leaving a moment later.
    let open = 0;
    while (open < 10) if ((await browser.events(conversation)).status === 200) open++;
    expect((await browser.events(conversation)).status).toBe(429);
  });

  test('is let go when the server stops, and the server stops', async () => {
    await start();
    const browser = await visitor();
    const { conversation } = await browser.say('hi');
    const stream = await browser.events(conversation);
    await stream.until('user');
    await chat.http.close();
    await stream.ended;
  });
});

describe('Redis', () => {
  test('a private one has a limit by itself, so the web closes before it is full', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chasqui-limit-'));
    const redis = await startPrivateRedis({ dataDir, log: createLogger({ level: 'silent' }) });
    try {
      await start({ redisUrl: redis.url, prefix: 'full' });
      const [, most] = (await chat.redis.config('GET', 'maxmemory')) as string[];
      expect(Number(most)).toBeGreaterThan(0);
      // As on a small machine: half of the memory of this one is too much to fill.
      await redis.stop();
      const small = await startPrivateRedis({
        dataDir,
        log: createLogger({ level: 'silent' }),
        maxMemory: 32 * 2 ** 20,
      });
      try {
        const browser = await visitor();
        const send = async () => (await browser.call('POST', '/api/chat', message())).status;
        expect(await send()).toBe(202);
        await chat.redis.setrange('filler', 27 * 2 ** 20, 'x');
        await expect.poll(send, { timeout: 10_000, interval: 100 }).toBe(503);
      } finally {
        await small.stop();
      }
    } finally {
      await redis.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test('nearly full: the web closes and says so, other platforms go on; room again: so does the web', async () => {
    const redis = await startRedis();
    try {
      await start({ redisUrl: redis.url, prefix: 'full' });
      const browser = await visitor();
      const send = async () => (await browser.call('POST', '/api/chat', message())).status;
      expect(await send()).toBe(202);
      const used = Number(/^used_memory:(\d+)/m.exec(await chat.redis.info('memory'))?.[1]);
      await chat.redis.config('SET', 'maxmemory', Math.round(used / 0.9));
      await expect.poll(send, { timeout: 10_000, interval: 100 }).toBe(503);
      const refused = await browser.call('POST', '/api/chat', message());
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({
        error: { code: 'memory_low', message: expect.stringContaining('no room') },
      });
      const to = { platform: 'test', conversation: 'test:room', route: {} };
      const said = {
        v: 1,
        id: 'm1',
        author: { id: 'ana' },
        text: 'hi',
        attachments: [],
        sentAt: Date.now(),
        to,
      } as const;
      expect((await chat.conversations.append({ ...said, attachments: [] }, 'always')).result).toBe('accepted');
      await chat.redis.config('SET', 'maxmemory', 0);
      await expect.poll(send, { timeout: 10_000, interval: 100 }).toBe(202);
    } finally {
      await redis.close();
    }
  });

  test('away: messages are refused with 503, open streams wait; back: all goes on', async () => {
    const redis = await startRedis();
    try {
      await start({ redisUrl: redis.url, prefix: 'away' });
      const browser = await visitor();
      const { conversation } = await browser.say('before');
      const stream = await browser.events(conversation);
      await stream.until('user');

      await redis.kill();
      const body = { ...message(), conversation };
      const refused = await browser.call('POST', '/api/chat', body);
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(((await refused.json()) as { error: { code: string } }).error.code).toBe('unavailable');
      const sender = chat.adapter.sender();
      const to = { platform: 'web', conversation, route: {} };
      const draft = await sender.begin(to, 'turn');
      await expect(sender.update(draft, 'lost')).rejects.toMatchObject({ name: 'SendError', kind: 'unknown-outcome' });

      await redis.restart();
      for (;;) {
        const again = await browser.call('POST', '/api/chat', body);
        if (again.status === 202) break;
        expect(again.status).toBe(503);
      }
      await sender.finish(draft, { markdown: 'after', outcome: 'answered' });
      await stream.until('final');
      expect(stream.events.map(({ event, data }) => [event, data.text])).toEqual([
        ['user', 'before'],
        ['user', 'hello'],
        ['final', 'after'],
      ]);
    } finally {
      await redis.close();
    }
  });

  test('keeps the secret that signs sessions, so that all processes and restarts share it', async () => {
    const shared = await start();
    const browser = await visitor();
    const { url } = sharedRedis();
    const other = await startChat({ redisUrl: url, prefix: shared.prefix });
    const there = other.browser();
    there.cookie = browser.cookie;
    expect((await there.call('GET', '/api/conversations')).status).toBe(200);
    await other.stop();
    const otherwise = await startChat({
      redisUrl: url,
      prefix: shared.prefix,
      secret: 'a secret of thirty-two characters',
    });
    const stranger = otherwise.browser();
    stranger.cookie = browser.cookie;
    expect((await stranger.call('GET', '/api/conversations')).status).toBe(401);
    await otherwise.stop();
  });
});
