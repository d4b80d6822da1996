import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, exchange, pathOf, type Script, settled, startChat, tap, visitor } from './harness.ts';

/** What the model says next; each test sets its own. */
let script: Script;
let chat: Chat;

beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, script: (request) => script(request) });
});
afterAll(() => chat.stop());

const comes = () => visitor(chat);
function answered(text = 'Hello') {
  script = () => ['Hi ', 'there'];
  return exchange(chat, text);
}

describe('what a person can do', () => {
  test('stop: the answer ends where it is', async () => {
    const browser = await comes();
    const model = tap();
    script = model.script;
    const sent = await browser.say('Never end');
    const path = pathOf(sent.conversation);
    const stream = await browser.events(sent.conversation, { cursor: sent.cursor });
    model.say('On and on');
    await stream.until(({ data }) => data.text === 'On and on');
    expect(await browser.json('POST', `${path}/stop`)).toEqual({ stopped: true });
    expect((await stream.until('final')).data).toMatchObject({ text: 'On and on', outcome: 'stopped' });
    expect((await model.asked).signal.aborted).toBe(true);
    await settled(browser, path);
    expect(await browser.json('POST', `${path}/stop`)).toEqual({ stopped: false });
  });

  test('retry: the last answer is replaced', async () => {
    const { browser, sent, stream, final, path } = await answered('Hello');
    script = () => ['Good day'];
    const response = await browser.call('POST', `${path}/retry`, { id: randomUUID() });
    expect(response.status).toBe(202);
    const second = await stream.until(({ event, data }) => event === 'final' && data.turn !== final.data.turn);
    expect(second.data.text).toBe('Good day');
    await settled(browser, path);
    const { messages } = await browser.json('GET', path);
    expect(messages).toMatchObject([
      { id: sent.id, text: 'Hello' },
      { id: second.data.turn, text: 'Good day' },
    ]);
    expect(stream.events.filter(({ event }) => event === 'user')).toHaveLength(1);
  });

  test('a page loaded during a retry shows the question without the old answer', async () => {
    const { browser, sent, path } = await answered('Hello');
    const model = tap();
    script = model.script;
    await browser.json('POST', `${path}/retry`, { id: randomUUID() });
    await model.asked;
    const { messages, running } = await browser.json('GET', path);
    expect(running).toBe(true);
    expect(messages.filter(({ text }: { text: string }) => text !== '')).toMatchObject([
      { id: sent.id, text: 'Hello' },
    ]);
    model.say('Anew');
    model.close();
    await settled(browser, path);
  });

  test('feedback: kept with the answer, changed, taken back; not for what was never answered', async () => {
    const { browser, final, path } = await answered();
    const judge = (message: string, value: string) => browser.call('POST', `${path}/feedback`, { message, value });
    const shown = async () => (await browser.json('GET', path)).messages[1].feedback;
    expect((await judge(final.data.turn, 'good')).status).toBe(204);
    expect(await shown()).toBe('good');
    await judge(final.data.turn, 'bad');
    expect(await shown()).toBe('bad');
    await judge(final.data.turn, 'none');
    expect(await shown()).toBeUndefined();
    expect((await judge('another', 'good')).status).toBe(404);
  });

  test('delete: gone from the list, from reading, and from Redis, also under a running answer', async () => {
    const { browser, sent, stream, path } = await answered();
    const model = tap();
    script = model.script;
    await browser.say('And more', sent.conversation);
    model.say('secret words');
    await stream.until(({ data }) => data.text === 'secret words');
    expect((await browser.call('DELETE', path)).status).toBe(204);
    await stream.ended;
    expect(stream.events.at(-1)?.event).toBe('cleared');
    expect((await model.asked).signal.aborted).toBe(true);
    expect((await browser.call('GET', path)).status).toBe(404);
    expect((await browser.call('GET', `${path}/events`)).status).toBe(404);
    expect(
      (await browser.call('POST', '/api/chat', { conversation: sent.conversation, id: randomUUID(), text: 'x' }))
        .status,
    ).toBe(404);
    expect((await browser.json('GET', '/api/conversations')).conversations).toEqual([]);
    const left = await chat.redis.keys(`${chat.prefix}:{${sent.conversation}}:*`);
    expect(left.filter((key) => !/:(deleted|sent:[\w-]+)$/.test(key))).toEqual([]);
  });

  test('reset by command: other tabs are told, and nothing of the talk is left', async () => {
    const { browser, sent, stream, path } = await answered('my secret');
    const { markdown } = await browser.json('POST', '/api/command', { conversation: sent.conversation, name: 'reset' });
    expect(markdown).toContain('forgotten');
    await stream.until('cleared');
    expect((await browser.json('GET', path)).messages).toEqual([]);
    const fresh = await browser.events(sent.conversation);
    await fresh.until('cleared');
    expect(fresh.events.map(({ event }) => event)).toEqual(['cleared']);
  });

  test('reset written as a message empties the stream as well', async () => {
    const { browser, sent } = await answered('my secret');
    const again = await browser.say('/reset', sent.conversation);
    const stream = await browser.events(sent.conversation, { cursor: again.cursor });
    expect((await stream.until('final')).data.text).toContain('forgotten');
    expect(JSON.stringify((await browser.events(sent.conversation)).events)).not.toContain('my secret');
  });

  test('commands, before and in a conversation', async () => {
    const { browser, sent } = await answered();
    const run = (body: object) => browser.json('POST', '/api/command', body);
    expect((await run({ name: 'about' })).markdown).toContain('Test Llama');
    expect((await run({ name: 'model', argument: '1' })).markdown).toContain('first message');
    expect((await run({ name: 'model', argument: '1', conversation: sent.conversation })).markdown).toContain(
      'Test Llama',
    );
    expect(await chat.conversations.chosenModel(sent.conversation)).toBe('test:llama');
    expect((await browser.call('POST', '/api/command', { name: 'shutdown' })).status).toBe(400);
  });

  test('a failed answer says so, in the stream and after a reload', async () => {
    const browser = await comes();
    script = () => [];
    const sent = await browser.say('Hello?');
    const stream = await browser.events(sent.conversation, { cursor: sent.cursor });
    const final = await stream.until('final');
    expect(final.data.outcome).toBe('failed');
    const path = pathOf(sent.conversation);
    await settled(browser, path);
    const { messages } = await browser.json('GET', path);
    expect(messages[1]).toMatchObject({ role: 'assistant', outcome: 'failed', text: expect.stringMatching(/\w/) });
  });
});
