import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Address, Draft, InboundMessage, Sender } from '../../src/contract/index.ts';
import { sharedRedis } from '../support/redis.ts';
import { type Browser, type Stream, shownText } from './browser.ts';
import { type Chat, startChat } from './harness.ts';

/** No worker runs here: the test itself is the one that answers. */
let chat: Chat;
let sender: Sender;
let browser: Browser;
let stream: Stream;
let to: Address;
let turns = 0;
let turn: string;

beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix });
  sender = chat.adapter.sender();
});
afterAll(() => chat.stop());

beforeEach(async () => {
  browser = chat.browser();
  await browser.openSession();
  const { conversation, cursor } = await browser.say('Hello');
  to = { platform: 'web', conversation, route: {} };
  stream = await browser.events(conversation, { cursor });
  turn = `turn-${++turns}`;
});

const answered = (markdown: string) => ({ markdown, outcome: 'answered' as const });
const events = (kind: string, of = stream) => of.events.filter(({ event }) => event === kind);
/** A draft as another worker reads it from the turn's record. */
const passedOn = (draft: Draft): Draft => ({ ...(JSON.parse(JSON.stringify(draft)) as Draft), unverified: true });

describe('an answer', () => {
  test('is appended to piece by piece, by characters as JavaScript counts them', async () => {
    let draft = await sender.begin(to, turn);
    draft = await sender.update(draft, '¡Hola 👋');
    draft = await sender.update(draft, '¡Hola 👋 mundo');
    await stream.until(({ data }) => data.text === ' mundo');
    await sender.finish(draft, answered('¡Hola 👋 mundo'));
    await stream.until('final');
    expect(stream.events.map(({ event, data }) => [event, data.at, data.text])).toEqual([
      ['user', expect.any(Number), 'Hello'],
      ['typing', undefined, undefined],
      ['delta', 0, '¡Hola 👋'],
      ['delta', 8, ' mundo'],
      ['final', undefined, '¡Hola 👋 mundo'],
    ]);
  });

  test('that begins anew is shown whole', async () => {
    let draft = await sender.begin(to, turn);
    draft = await sender.update(draft, "The model did not answer; I'll try once more.");
    draft = await sender.update(draft, 'Here');
    await sender.update(draft, 'Here it is');
    await stream.until(({ data }) => data.text === ' it is');
    expect(events('text').map(({ data }) => data.text)).toEqual(['Here']);
    expect(shownText(stream.events, turn)).toEqual({ text: 'Here it is', finals: 0, ignored: 0 });
  });

  test('has one final, however often it is finished', async () => {
    const draft = await sender.update(await sender.begin(to, turn), 'Done');
    const other = chat.adapter.sender();
    await Promise.all([
      sender.finish(draft, answered('Done.')),
      other.finish(passedOn(draft), answered('Done.')),
      sender.finish(draft, answered('Done.')),
    ]);
    expect(draft.messages).toEqual([turn]);
    const next = await sender.begin(to, `${turn}-next`);
    await sender.finish(next, answered('Next.'));
    await sender.finish(draft, answered('Done.'));
    await stream.until(({ event, data }) => event === 'final' && data.text === 'Next.');
    const late = await browser.events(to.conversation);
    await late.until(({ data }) => data.text === 'Next.');
    expect(events('final', late).map(({ data }) => data.text)).toEqual(['Done.', 'Next.']);
  });

  test('goes on with another worker where the first one died', async () => {
    const draft = await sender.update(await sender.begin(to, turn), 'Half of');
    const other = chat.adapter.sender();
    let taken = await other.update(passedOn(draft), 'Half');
    taken = await other.update(taken, 'Half of it');
    // The first one was only asleep: what it still says is not what stands there, so all of it is sent.
    await sender.update(draft, 'Half of this');
    await other.finish(taken, answered('Half of it.'));
    await sender.update(draft, 'Half of this, too late');
    await stream.until('final');
    expect(events('typing')).toHaveLength(1);
    expect(shownText(stream.events, turn)).toEqual({ text: 'Half of it.', finals: 1, ignored: 0 });
    expect((await browser.events(to.conversation)).events.filter(({ event }) => event === 'delta')).toEqual([]);
    await sender.finish(await sender.begin(to, `${turn}-next`), answered('Next.'));
    await stream.until(({ data }) => data.text === 'Next.');
    expect(JSON.stringify(stream.events)).not.toContain('too late');
  });

  test('that was begun twice is announced once', async () => {
    await sender.begin(to, turn);
    await sender.update(await chat.adapter.sender().begin(to, turn), 'Here');
    await stream.until(({ data }) => data.text === 'Here');
    expect(events('typing')).toHaveLength(1);
  });

  test('leaves no pieces behind', async () => {
    let draft = await sender.begin(to, turn);
    for (let n = 1; n <= 30; n++) draft = await sender.update(draft, 'word '.repeat(n));
    await sender.finish(draft, answered('words'));
    const kept = await chat.redis.xrange(`${chat.prefix}:{${to.conversation}}:events`, '-', '+');
    expect(kept.map(([, fields]) => fields[1])).toEqual(['user', 'typing', 'final']);
  });

  test('of which a reader missed much comes in one piece, then goes on', async () => {
    let draft = await sender.begin(to, turn);
    let text = '';
    for (let n = 0; n < 100; n++) {
      text += `word${n} `;
      draft = await sender.update(draft, text);
    }
    const late = await browser.events(to.conversation);
    await late.until('text');
    await sender.update(draft, `${text}on`);
    await late.until('delta');
    expect(late.events.map(({ event, data }) => [event, data.text])).toEqual([
      ['user', 'Hello'],
      ['typing', undefined],
      ['text', text],
      ['delta', 'on'],
    ]);
  });

  test('of 200 KB with every kind of character arrives whole', async () => {
    const text = 'aé漢🏃\u2028</script>"\\\n'.repeat(15_000);
    const draft = await sender.update(await sender.begin(to, turn), text);
    await stream.until('delta');
    await sender.finish(draft, answered(text));
    expect((await stream.until('final')).data.text).toBe(text);
    expect(shownText(stream.events.slice(0, -1), turn).text).toBe(text);
  });

  test('brings its title to the list', async () => {
    await sender.finish(await sender.begin(to, turn), { ...answered('Hi'), title: 'Greetings' });
    const { conversations } = await browser.json('GET', '/api/conversations');
    expect(conversations[0].title).toBe('Greetings');
  });

  test('in a conversation that was deleted is refused for good', async () => {
    const draft = await sender.update(await sender.begin(to, turn), 'Too');
    await browser.call('DELETE', `/api/conversations/${to.conversation.slice(4)}`);
    await expect(sender.update(draft, 'Too late')).rejects.toMatchObject({ name: 'SendError', kind: 'gone' });
    await expect(sender.finish(draft, answered('Too late'))).rejects.toMatchObject({ kind: 'gone' });
    await expect(sender.begin(to, turn)).resolves.toMatchObject({ key: turn });
  });
});

test('a page that is loaded between the final and the commit does not wait for another final', async () => {
  const taken = await chat.conversations.take(to.conversation);
  if (!taken) throw new Error('nothing waits');
  const draft = await sender.begin(to, taken.id);
  const answer = { markdown: 'Hi', outcome: 'answered' as const, model: 'test:llama', user: [] };
  await chat.conversations.save(taken, { state: 'answered', answer });
  const seen = () => browser.json('GET', `/api/conversations/${to.conversation.slice(4)}`);
  const before = await seen();
  expect(before.running).toBe(true);
  expect(before.messages[1].outcome).toBeUndefined();
  await sender.finish(draft, answered('Hi'));
  expect(await seen()).toMatchObject({
    running: false,
    messages: [
      { role: 'user', text: 'Hello' },
      { id: taken.id, role: 'assistant', text: 'Hi', outcome: 'answered', model: 'Test Llama' },
    ],
  });
  const resumed = await browser.events(to.conversation, { cursor: before.cursor });
  expect((await resumed.until('final')).data.text).toBe('Hi');
});

test('all that is kept of a conversation has a lifetime', async () => {
  const draft = await sender.update(await sender.begin(to, turn), 'Half');
  const keysOf = () => chat.redis.keys(`${chat.prefix}:{${to.conversation}}:*`);
  const running = await keysOf();
  await sender.finish(draft, answered('Whole'));
  await browser.json('POST', `/api/conversations/${to.conversation.slice(4)}/feedback`, {
    message: turn,
    value: 'good',
  });
  const lists = await chat.redis.keys(`${chat.prefix}:{web-session:*`);
  const all = new Set([...running, ...(await keysOf()), ...lists]);
  const own = [...all].filter((key) => /:(events|owner|live|text|finished|feedback|sent:.*|conversations)$/.test(key));
  expect(own.length).toBeGreaterThanOrEqual(8);
  await sender.update(await sender.begin(to, `${turn}-next`), 'More');
  for (const key of own) expect([key, await chat.redis.pttl(key)]).toEqual([key, expect.toSatisfy((ms) => ms > 0)]);
});

test('messages are taken as they are, and there are no files', async () => {
  const message: InboundMessage = {
    v: 1,
    id: 'm',
    author: { id: 'someone' },
    text: 'hi',
    attachments: [],
    sentAt: 1,
    to,
  };
  expect(await sender.enrich([message], { first: true })).toEqual({ messages: [message], earlier: [] });
  const file = { id: 'f', name: 'f.txt', mediaType: 'text/plain', ref: 'f' };
  await expect(sender.download(file, 10)).rejects.toMatchObject({ name: 'SendError', kind: 'gone' });
});
