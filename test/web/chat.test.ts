import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { shownText } from './browser.ts';
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

describe('a question and its answer', () => {
  test('come as user, typing, text and one final, live', async () => {
    const browser = await comes();
    const model = tap();
    script = model.script;
    const sent = await browser.say('What is a chasqui?');
    expect(sent.conversation).toMatch(/^web:[\w-]{22}$/);

    const stream = await browser.events(sent.conversation, { cursor: sent.cursor });
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    expect((await stream.until('user')).data).toMatchObject({ id: sent.id, text: 'What is a chasqui?' });
    const { turn } = (await stream.until('typing')).data;

    model.say('A relay');
    await stream.until(({ data }) => data.text === 'A relay');
    model.say(' runner 🏃');
    await stream.until(({ event, data }) => event === 'delta' && data.at === 7 && data.text === ' runner 🏃');
    model.close();
    expect((await stream.until('final')).data).toEqual({
      turn,
      text: 'A relay runner 🏃',
      outcome: 'answered',
      model: 'Test Llama',
      title: 'What is a chasqui?',
    });
    expect(shownText(stream.events.slice(0, -1), turn)).toEqual({ text: 'A relay runner 🏃', finals: 0, ignored: 0 });
    const ids = stream.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('stand in the conversation afterwards, and in the list', async () => {
    const { browser, sent, final, path } = await answered('Hello');
    const seen = await browser.json('GET', path);
    expect(seen).toMatchObject({
      id: sent.conversation,
      title: 'Hello',
      running: false,
      messages: [
        { id: sent.id, role: 'user', text: 'Hello' },
        { id: final.data.turn, role: 'assistant', text: 'Hi there', outcome: 'answered', model: 'Test Llama' },
      ],
    });
    const { conversations } = await browser.json('GET', '/api/conversations');
    expect(conversations).toEqual([{ id: sent.conversation, title: 'Hello', updatedAt: expect.any(Number) }]);
    const later = await browser.events(sent.conversation, { cursor: seen.cursor });
    script = () => ['Fine'];
    const more = await browser.say('How are you?', sent.conversation);
    await later.until('final');
    expect(later.events[0]).toMatchObject({ event: 'user', data: { id: more.id } });
  });

  test('lists the conversation that was spoken in last first', async () => {
    const { browser, sent, path } = await answered('first');
    const second = await browser.say('second');
    await browser.say('again', sent.conversation);
    await settled(browser, path);
    const { conversations } = await browser.json('GET', '/api/conversations');
    expect(conversations.map(({ id }: { id: string }) => id)).toEqual([sent.conversation, second.conversation]);
  });

  test('a request that is repeated is one message, in one conversation, with the same cursor', async () => {
    const browser = await comes();
    let calls = 0;
    script = () => [`answer ${++calls}`];
    const body = { id: randomUUID(), text: 'only once' };
    const [first, again] = await Promise.all([
      browser.json('POST', '/api/chat', body),
      browser.json('POST', '/api/chat', body),
    ]);
    expect(again).toEqual(first);
    const stream = await browser.events(first.conversation, { cursor: first.cursor });
    await stream.until('final');
    expect(await browser.json('POST', '/api/chat', body)).toEqual(first);
    script = () => ['the next'];
    await browser.say('next', first.conversation);
    await stream.until(({ data }) => data.text === 'the next' && data.outcome);
    expect(calls).toBe(1);
    expect(stream.events.filter(({ event }) => event === 'user')).toHaveLength(2);
    expect(stream.events.filter(({ event }) => event === 'final')).toHaveLength(2);
  });
});

describe('a connection that is lost', () => {
  test('in the middle of an answer goes on where it was: nothing lost, nothing doubled', async () => {
    const browser = await comes();
    const model = tap();
    script = model.script;
    const sent = await browser.say('Count');
    let expected = '';
    let events: Awaited<ReturnType<typeof browser.events>>['events'] = [];
    let last = sent.cursor;
    for (let part = 0; part < 6; part++) {
      const stream = await browser.events(sent.conversation, { last });
      for (let n = 0; n < 3; n++) {
        const piece = `${part}.${n} `;
        expected += piece;
        model.say(piece);
        await stream.until(({ data }) => data.text?.includes(piece));
      }
      stream.cut();
      await stream.ended;
      // Said while nobody listens.
      expected += 'away ';
      model.say('away ');
      events = [...events, ...stream.events];
      last = stream.events.at(-1)?.id as string;
    }
    const stream = await browser.events(sent.conversation, { last });
    await stream.until(({ data }) => data.text?.endsWith('away '));
    model.close();
    const final = await stream.until('final');
    events = [...events, ...stream.events];
    const { turn } = final.data;
    const whole = events.filter(({ event }) => event !== 'final');
    expect(shownText(whole, turn)).toEqual({ text: expected, finals: 0, ignored: 0 });
    expect(final.data.text).toBe(expected.trim());
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('until all is over gets the final and none of the pieces', async () => {
    const { browser, sent, final } = await answered();
    const late = await browser.events(sent.conversation, { cursor: sent.cursor });
    await late.until('final');
    expect(late.events.map(({ event }) => event)).toEqual(['user', 'typing', 'final']);
    expect(late.events.at(-1)).toEqual(final);
  });

  test('and a page that is loaded anew see the answer as far as it is written', async () => {
    const browser = await comes();
    const model = tap();
    script = model.script;
    const sent = await browser.say('Slowly');
    const stream = await browser.events(sent.conversation, { cursor: sent.cursor });
    model.say('Half of');
    await stream.until(({ data }) => data.text === 'Half of');
    const path = pathOf(sent.conversation);
    const seen = await browser.json('GET', path);
    expect(seen.running).toBe(true);
    expect(seen.messages).toMatchObject([
      { role: 'user', text: 'Slowly' },
      { role: 'assistant', text: 'Half of' },
    ]);
    expect(seen.messages[1].outcome).toBeUndefined();
    const resumed = await browser.events(sent.conversation, { cursor: seen.cursor });
    model.say(' it');
    expect((await resumed.until('delta')).data).toMatchObject({ at: 7, text: ' it' });
    model.close();
    await resumed.until('final');
  });

  test('two tabs see the same', async () => {
    const browser = await comes();
    const model = tap();
    script = model.script;
    const sent = await browser.say('Both');
    const tabs = await Promise.all([1, 2].map(() => browser.events(sent.conversation, { cursor: sent.cursor })));
    model.say('one');
    await Promise.all(tabs.map((tab) => tab.until(({ data }) => data.text === 'one')));
    model.close();
    await Promise.all(tabs.map((tab) => tab.until('final')));
    expect(tabs[0]?.events).toEqual(tabs[1]?.events);
  });
});
