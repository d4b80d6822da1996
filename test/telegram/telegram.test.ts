/** What people in Telegram would notice, beside what every adapter must do. */
import { afterEach, expect, test, vi } from 'vitest';
import { InboxFullError, SendError } from '../../src/contract/index.ts';
import { createTestIngest } from '../conformance/adapter.ts';
import { Refusal, TOKEN } from '../doubles/telegram/index.ts';
import { ANAS_CHAT, GROUP, OTHER_CHAT, startTelegram, TOPIC } from './harness.ts';

type Running = Awaited<ReturnType<typeof startTelegram>>;
const open: Running[] = [];

async function start(more: Parameters<typeof startTelegram>[1] = {}, change: object = {}) {
  const ingest = Object.assign(createTestIngest(), change);
  const running = await startTelegram(ingest, more);
  open.push(running);
  await running.receiver.start();
  const to = { platform: 'telegram', conversation: `telegram:${ANAS_CHAT}`, route: { chat: ANAS_CHAT } };
  return { ...running, ingest, sender: running.adapter.sender(), to };
}

afterEach(async () => {
  vi.useRealTimers();
  for (const { receiver, double } of open.splice(0)) {
    await receiver.stop();
    await double.close();
  }
});

const answered = (markdown: string) => ({ markdown, outcome: 'answered' as const });

test('a mention in a private chat, and the Start button', async () => {
  const { double, ingest } = await start();
  double.push({
    message: {
      chat: { first_name: 'Test User', id: ANAS_CHAT, type: 'private', username: 'telegram_test_user' },
      date: 1_767_224_888,
      entities: [{ length: 12, offset: 0, type: 'mention' }],
      from: { first_name: 'Test User', id: ANAS_CHAT, is_bot: false, username: 'telegram_test_user' },
      message_id: 133,
      text: '@chasqui_bot hi',
    },
  });
  double.says(ANAS_CHAT, '/start');
  const [mention, begin] = await ingest.taken.until((items) => items.length === 2);
  expect(mention).toMatchObject({
    id: '133',
    text: 'hi',
    author: { id: '7527593', name: 'Test User', bot: false },
    sentAt: 1_767_224_888_000,
  });
  expect(begin?.text).toBe('/help');
});

test('in a group it hears mentions, replies to it and commands; each topic is a conversation', async () => {
  const { double, ingest } = await start();
  const ours = {
    message_id: 5,
    from: { id: 8765336106, is_bot: true },
    chat: { id: GROUP, type: 'supergroup' },
    date: 1,
  };
  double.says(GROUP, 'not for us');
  double.says(GROUP, '/help@other_bot');
  double.says(GROUP, '@chasqui_bots hello');
  double.says(GROUP, 'a robot says @chasqui_bot', { from: { id: 9, is_bot: true, first_name: 'Robo' } });
  double.says(GROUP, '@Chasqui_Bot what is new?');
  double.says(GROUP, 'and then?', { reply_to_message: ours });
  double.says(GROUP, '/model@chasqui_bot 2');
  double.says(GROUP, 'ask @chasqui_bot here', { message_thread_id: TOPIC, is_topic_message: true });
  const taken = await ingest.taken.until((items) => items.length === 4);
  expect(taken.map(({ text }) => text)).toEqual(['what is new?', 'and then?', '/model 2', 'ask @chasqui_bot here']);
  const group = `telegram:${GROUP}`;
  expect(taken.map(({ to }) => to.conversation)).toEqual([group, group, group, `${group}:${TOPIC}`]);
});

test('in a group the answer replies to the question, in its topic, and pings nobody', async () => {
  const { double, ingest, sender } = await start();
  const { message } = double.says(GROUP, '@chasqui_bot hi', { message_thread_id: TOPIC, is_topic_message: true });
  const [{ to } = { to: undefined }] = await ingest.taken.until((items) => items.length === 1);
  if (!to) throw new Error('nothing was taken');
  const text =
    'Ask @ana_q, @**bob** or [her](tg://user?id=1), not `@code`: a@b.example & [docs](https://x.example/?a=1&b="2")';
  await sender.finish(await sender.begin(to, 'turn'), answered(text));
  const [shown] = double.shown(GROUP, TOPIC);
  expect(shown).toMatchObject({ replyTo: message, mentions: [] });
  expect(shown?.links).toHaveLength(1 + Number(shown?.html.includes('mailto:')));
});

test('an answer grows in one message, in pieces that Telegram takes; the rest of a long draft is removed', async () => {
  const { double, sender, to } = await start();
  const long = 'A sentence that is repeated.\n\n'.repeat(300);
  let draft = await sender.begin(to, 'turn');
  draft = await sender.update(draft, '**Thinking');
  expect(double.shown(ANAS_CHAT).map(({ text }) => text)).toEqual(['Thinking']);
  for (let n = 0; n < 5; n++) draft = await sender.update(draft, long);
  const before = double.shown(ANAS_CHAT).length;
  await sender.finish(draft, answered('Short after all.'));
  expect(before).toBeGreaterThan(1);
  expect(double.shown(ANAS_CHAT).map(({ text }) => text)).toEqual(['Short after all.']);
  await sender.finish(draft, answered('Short after all.'));
  const methods = double.calls.items.map(({ method }) => method);
  expect(methods.filter((method) => method === 'deleteMessage')).toHaveLength(before - 1);
});

test('Telegram that asks to wait is given its time; who blocked the bot is left alone; the reasons are counted', async () => {
  const { double, sender, to, errors, log } = await start();
  double.faults.push({
    method: 'sendMessage',
    refusal: new Refusal(429, 'Too Many Requests: retry after 7', { retry_after: 7 }),
  });
  const draft = await sender.begin(to, 'turn');
  await expect(sender.finish(draft, answered('Hi'))).rejects.toMatchObject({
    kind: 'rate-limited',
    retryAfterMs: 7_000,
  });
  // Nobody asks again before that, by whatever method.
  const asked = double.calls.items.length;
  await expect(sender.update(draft, 'Hi')).rejects.toMatchObject({ kind: 'rate-limited' });
  await expect(sender.finish(draft, answered('Hi'))).rejects.toMatchObject({ kind: 'rate-limited' });
  await sender.begin(to, 'another turn');
  await expect.poll(() => log.lines.some(({ msg }) => String(msg).includes('not shown'))).toBe(true);
  expect(double.calls.items.slice(asked).filter(({ method }) => method !== 'getUpdates')).toEqual([]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7_001 });
  double.addChat(ANAS_CHAT, { blocked: true });
  await expect(sender.finish(draft, answered('Hi'))).rejects.toMatchObject({ kind: 'gone', code: '403' });
  expect(errors).toEqual(expect.arrayContaining(['sendMessage 429', 'sendMessage 403']));
});

test('it keeps the published pace', async () => {
  const limits = { take: async () => 1_500 };
  const { double, sender, to } = await start({ limits });
  const draft = await sender.begin(to, 'turn');
  const early = { kind: 'rate-limited', retryAfterMs: 1_500 };
  await expect(sender.update(draft, 'So far')).rejects.toMatchObject(early);
  await expect(sender.finish(draft, answered('Done'))).rejects.toMatchObject(early);
  expect(double.shown(ANAS_CHAT)).toEqual([]);
});

test('updates have a smaller budget of their own; groups have less than private chats', async () => {
  const taken: [string, number][] = [];
  const take = async (bucket: string, perMinute: number) => {
    taken.push([bucket, perMinute]);
    return 0;
  };
  const { sender, to } = await start({ limits: { take } });
  const draft = await sender.update(await sender.begin(to, 'turn'), 'So far');
  await sender.update(draft, 'So far');
  await sender.finish(draft, answered('Done.'));
  const common = [
    [`chat:${ANAS_CHAT}`, 60],
    ['all', 1_800],
  ];
  expect(taken).toEqual([[`updates:${ANAS_CHAT}`, 40], ...common, ...common]);
  taken.length = 0;
  const group = { ...to, conversation: `telegram:${GROUP}`, route: { chat: GROUP } };
  await sender.update(await sender.begin(group, 'turn-2'), 'So far');
  expect(taken).toEqual([
    [`updates:${GROUP}`, 10],
    [`chat:${GROUP}`, 20],
    ['all', 1_800],
  ]);
});

test('typing is shown until there is something to read', async () => {
  const { double, sender, to } = await start();
  const typing = ({ items }: typeof double.calls) => items.filter(({ method }) => method === 'sendChatAction');
  const draft = await sender.begin(to, 'turn');
  await double.calls.until(() => typing(double.calls).length > 0);
  expect(typing(double.calls)).toMatchObject([{ params: { chat_id: ANAS_CHAT, action: 'typing' } }]);
  await sender.finish(draft, answered('Hello.'));
  await sender.close();
});

test('a lost answer to a post is told as such, and no error or log names the token', async () => {
  const { double, sender, to, log } = await start();
  double.faults.push({ method: 'sendMessage', lost: true }, { method: 'getUpdates', lost: true });
  const error: unknown = await sender.finish(await sender.begin(to, 'turn'), answered('Hi')).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(SendError);
  expect(error).toMatchObject({ kind: 'unknown-outcome' });
  await double.polls.until((items) => items.length > 3);
  const file = double.addFile('x'.repeat(2_000));
  const missing = { id: 'x', name: 'notes.txt', mediaType: 'text/plain', ref: 'nothing' };
  await expect(sender.download(missing, 10)).rejects.toThrow(SendError);
  await expect(sender.download({ ...missing, ref: file }, 10)).rejects.toMatchObject({ kind: 'too-large' });
  expect(log.lines).not.toEqual([]);
  expect(JSON.stringify(log.lines) + String((error as Error).stack)).not.toContain(TOKEN);
});

test('an edit or a deletion whose answer was lost is made again, and harms nothing', async () => {
  const { double, sender, to } = await start();
  let draft = await sender.begin(to, 'turn');
  for (let n = 0; n < 2; n++) draft = await sender.update(draft, 'A sentence that is repeated.\n\n'.repeat(200));
  double.faults.push({ method: 'editMessageText', lost: true }, { method: 'deleteMessage', lost: true });
  const lost = { kind: 'unknown-outcome' };
  await expect(sender.finish(draft, answered('Short after all.'))).rejects.toMatchObject(lost);
  await expect(sender.finish(draft, answered('Short after all.'))).rejects.toMatchObject(lost);
  await sender.finish(draft, answered('Short after all.'));
  expect(double.shown(ANAS_CHAT).map(({ text }) => text)).toEqual(['Short after all.']);
});

test('edits, thumbs on its own answers and /stop', async () => {
  const seen: unknown[] = [];
  const { double, sender, ingest } = await start(
    {},
    {
      amend: async (...args: unknown[]) => seen.push(['amend', ...args]),
      stop: async (...args: unknown[]) => seen.push(['stop', ...args]),
      feedback: async (to: { conversation: string }, { value }: { value: string }) =>
        seen.push(['feedback', to.conversation, value]),
    },
  );
  const asked = double.says(GROUP, '@chasqui_bot hi', { message_thread_id: TOPIC, is_topic_message: true });
  const [{ to } = { to: undefined }] = await ingest.taken.until((items) => items.length === 1);
  if (!to) throw new Error('nothing was taken');
  const draft = await sender.begin(to, 'turn');
  await sender.finish(draft, answered('Hello.'));
  const { messages } = draft;
  double.reacts(GROUP, asked.message, '👍');
  double.reacts(GROUP, Number(messages[0]), '👍');
  double.edits(ANAS_CHAT, 12, 'better words');
  await double.confirmed(double.says(ANAS_CHAT, '/stop').update);
  expect(seen).toEqual([
    ['feedback', `telegram:${GROUP}:${TOPIC}`, 'good'],
    ['amend', `telegram:${ANAS_CHAT}`, '12', 'better words'],
    ['stop', `telegram:${ANAS_CHAT}`],
  ]);
  expect(ingest.taken.items).toHaveLength(1);
});

test('what Redis cannot take stays with Telegram', async () => {
  const { double, ingest } = await start();
  ingest.away = true;
  const { update } = double.says(ANAS_CHAT, 'keep this');
  await double.confirmed(update);
  expect(double.isConfirmed(update)).toBe(false);
  ingest.away = false;
  await ingest.taken.until((items) => items.some(({ text }) => text === 'keep this'));
  await double.polls.until((items) => items.some(({ offset = 0 }) => offset > update));
});

test('a chat whose inbox is full does not hold up the others', async () => {
  const taken = createTestIngest();
  const message = async (inbound: Parameters<typeof taken.message>[0]) => {
    if (inbound.text === 'too much') throw new InboxFullError(inbound.to.conversation);
    return taken.message(inbound);
  };
  const { double } = await start({}, { message });
  double.says(ANAS_CHAT, 'too much');
  await double.confirmed(double.says(OTHER_CHAT, 'hello').update);
  expect(taken.taken.items.map(({ text }) => text)).toEqual(['hello']);
});

test('a wrong token ends the start, and the doctor says what to do', async () => {
  const running = await startTelegram(createTestIngest(), { token: '1:wrong' });
  open.push(running);
  await expect(running.receiver.start()).rejects.toMatchObject({ kind: 'auth' });
  expect(await running.adapter.check()).toMatchObject([{ ok: false, detail: expect.stringContaining('@BotFather') }]);
  const { adapter, double } = await start();
  double.state.webhook = 'https://elsewhere.example';
  expect(await adapter.check()).toMatchObject([{ ok: false, detail: expect.stringContaining('deleteWebhook') }]);
});
