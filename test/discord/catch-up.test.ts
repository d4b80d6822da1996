/** What was missed without a session: what is taken, in which text, how much of it; and that no end of a process loses any. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Receiver } from '../../adapters/contract.ts';
import { type DiscordDouble, startDiscordDouble } from '../doubles/discord/index.ts';
import { createInbox, createReceiver, createSharedStore } from './receivers.ts';

const HISTORY = 'GET /channels/:channel/messages';

let discord: DiscordDouble;
let inbox: ReturnType<typeof createInbox>;
let shared: ReturnType<typeof createSharedStore>;
const receivers: Receiver[] = [];
let ana: string;
let dm: string;
let general: string;

beforeEach(async () => {
  discord = await startDiscordDouble();
  inbox = createInbox();
  shared = createSharedStore();
  ana = discord.ana.id;
  dm = discord.dm(ana).id;
  general = discord.general.id;
});
afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
  await discord.close();
  shared.close();
});

async function start(options: Partial<Parameters<typeof createReceiver>[0]> = {}) {
  const receiver = createReceiver({ discord, inbox, store: shared.store, ...options });
  receivers.push(receiver);
  await receiver.start();
  return receiver;
}

/** It has heard Ana once, so that it knows her direct channel, and is stopped. */
async function heardAndStopped(): Promise<void> {
  const receiver = await start();
  discord.say(ana, dm, 'hello');
  await inbox.until('hello');
  await receiver.stop();
}

/** The session is lost for good, and `meanwhile` happens before there is a new one. */
function withoutSession(meanwhile: () => void): void {
  discord.gateway.refuse();
  discord.gateway.forgetSessions();
  discord.gateway.drop();
  meanwhile();
  discord.gateway.refuse(false);
}

test('what was written, edited and deleted while nobody listened is taken as it is now', async () => {
  await heardAndStopped();
  const edited = discord.say(ana, dm, 'the first version');
  const gone = discord.say(ana, dm, 'never mind');
  const elsewhere = discord.say(ana, general, 'not here', { mention: true });
  discord.edit(dm, edited.id, 'the second version');
  discord.remove(dm, gone.id);
  discord.remove(general, elsewhere.id);
  discord.say(ana, general, 'to nobody');
  discord.say(ana, general, 'and you?', { mention: true });
  await start();
  await Promise.all([inbox.until('the second version'), inbox.until('and you?')]);
  discord.say(ana, dm, 'last');
  await inbox.until('last');
  expect(inbox.texts().sort()).toEqual(['and you?', 'hello', 'last', 'the second version']);
});

test('what waited when it went down is amended by what happened meanwhile', async () => {
  const receiver = await start();
  const [first, second] = [discord.say(ana, dm, 'first'), discord.say(ana, dm, 'second')];
  const third = discord.say(ana, general, 'third', { mention: true });
  await Promise.all(['first', 'second', 'third'].map(inbox.until));
  await receiver.stop();
  discord.edit(dm, first.id, 'first, corrected');
  discord.remove(dm, second.id);
  discord.remove(general, third.id);
  await start();
  await inbox.amended.until((items) => items.length === 3);
  expect(inbox.amended.items).toEqual(
    expect.arrayContaining([
      { id: first.id, text: 'first, corrected' },
      { id: second.id, text: null },
      { id: third.id, text: null },
    ]),
  );
  expect(inbox.texts()).toHaveLength(3);
});

test('the same within one process, after a session that could not be resumed', async () => {
  await start();
  const [first, second] = [discord.say(ana, dm, 'first'), discord.say(ana, dm, 'second')];
  await inbox.until('second');
  withoutSession(() => {
    discord.edit(dm, first.id, 'first, corrected');
    discord.remove(dm, second.id);
    const later = discord.say(ana, dm, 'third');
    discord.edit(dm, later.id, 'third, corrected');
  });
  await inbox.until('third, corrected');
  expect(inbox.amended.items).toEqual([
    { id: first.id, text: 'first, corrected' },
    { id: second.id, text: null },
  ]);
  // What the gateway had brought is not asked for again.
  expect(inbox.offered).toEqual(['first', 'second', 'third, corrected']);
});

test('a history that it may not read says nothing about deletions', async () => {
  const receiver = await start();
  discord.say(ana, general, 'hello', { mention: true });
  await inbox.until('hello');
  await receiver.stop();
  discord.permit(general, { deny: ['readMessageHistory'] });
  await start();
  await discord.waitForCall((call) => call.route === 'GET /channels/:channel/messages/:message');
  discord.say(ana, general, 'still there?', { mention: true });
  await inbox.until('still there?');
  expect(inbox.amended.items).toEqual([]);
});

test('an edit that comes live after a restart finds its message', async () => {
  const receiver = await start();
  const { id } = discord.say(ana, dm, 'first');
  await inbox.until('first');
  await receiver.stop();
  await start();
  discord.edit(dm, id, 'first, corrected');
  await inbox.amended.until((items) => items.some(({ text }) => text === 'first, corrected'));
});

test('what comes live stays behind what was missed', async () => {
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  // The answer is slow; meanwhile Ana writes on.
  discord.fault(HISTORY, { delayMs: 300 });
  await start();
  discord.say(ana, dm, 'live');
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['hello', 'missed', 'live']);
});

test('older messages than the setting says are left alone', async () => {
  await heardAndStopped();
  const old = discord.say(ana, dm, 'too old');
  const channel = discord.channel(dm);
  const post = channel.byId.get(old.id);
  // As if it had been written an hour and a minute ago.
  if (post) post.id = String(BigInt(post.id) - (BigInt(61 * 60_000) << 22n));
  discord.say(ana, dm, 'young enough');
  await shared.store.set('catch-up', JSON.stringify({ seen: Date.now() - 2 * 3_600_000, direct: [dm] }), 60);
  await start({ catchUp: { maxAgeMs: 3_600_000 } });
  await inbox.until('young enough');
  expect(inbox.texts()).toEqual(['hello', 'young enough']);
});

test('of more messages than the setting says the newest are taken, and it says so', async () => {
  await heardAndStopped();
  for (let n = 1; n <= 8; n++) discord.say(ana, dm, `question ${n}`);
  const receiver = await start({ catchUp: { maxMessages: 3 } });
  await inbox.until('question 8');
  expect(inbox.texts()).toEqual(['hello', 'question 6', 'question 7', 'question 8']);
  const left = () => receiver.lines.find(({ msg }) => String(msg).includes('left out'));
  await expect.poll(left).toMatchObject({ messages: 5, level: 40 });
});

test('a direct channel is noted before its first message is taken, since no list has it', async () => {
  const noted: (string | null)[] = [];
  const watching: typeof inbox = {
    ...inbox,
    async message(message, needs) {
      noted.push(await shared.store.get('catch-up'));
      return inbox.message(message, needs);
    },
  };
  await start({ inbox: watching });
  discord.say(ana, dm, 'hello');
  await inbox.until('hello');
  expect(noted).toEqual([expect.stringContaining(dm)]);
});

test('a channel with more than a page is read to the end', async () => {
  await heardAndStopped();
  discord.say(ana, general, 'the one for us', { mention: true });
  for (let n = 0; n < 250; n++) discord.say(ana, general, `chatter ${n}`);
  await start();
  await inbox.until('the one for us');
});

test.each([{ maxMessages: 0 }, { maxAgeMs: 0 }])('with %o nothing is asked for', async (catchUp) => {
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  await start({ catchUp });
  discord.say(ana, dm, 'live');
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['hello', 'live']);
  expect(discord.calls.filter(({ route }) => route === HISTORY)).toEqual([]);
});

test.each([{ status: 500 }, { ratelimited: 0.2 }, { ratelimited: 30 }, { cut: true }] as const)(
  'while Discord answers with %o what is missing stays missing, also for the next start; live ones are taken',
  async (fault) => {
    await heardAndStopped();
    discord.say(ana, dm, 'missed');
    const struck = discord.fault(HISTORY, fault, { times: Number.POSITIVE_INFINITY });
    const receiver = await start();
    await discord.waitForCall((call) => call.route === HISTORY && !call.ok);
    discord.say(ana, dm, 'live');
    await inbox.until('live');
    await receiver.stop();
    struck.remove();
    expect(inbox.texts()).not.toContain('missed');
    await start();
    await inbox.until('missed');
  },
);

test('while Redis is away what was missed stays missing', async () => {
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  inbox.away = true;
  const receiver = await start();
  await discord.waitForCall((call) => call.route === HISTORY && call.ok);
  await receiver.stop();
  inbox.away = false;
  await start();
  await inbox.until('missed');
});

test('a Redis that is away at the start is waited for, since only it knows what was missed', async () => {
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  const store = shared.seenBy();
  store.away = true;
  const receiver = createReceiver({ discord, inbox, store });
  receivers.push(receiver);
  const started = receiver.start();
  await expect
    .poll(() => receiver.status())
    .toMatchObject({ connected: false, detail: expect.stringMatching(/Redis/) });
  store.away = false;
  await started;
  await inbox.until('missed');
});

test('more than is kept in memory while Redis is away is fetched afterwards', async () => {
  const receiver = await start();
  inbox.away = true;
  for (let n = 0; n < 2_010; n++) discord.say(ana, general, `question ${n}`, { mention: true });
  const edited = discord.say(ana, dm, 'the last one');
  discord.edit(dm, edited.id, 'the very last one');
  const channels = () =>
    receiver.lines.filter(({ msg }) => String(msg).includes('too many')).map((line) => line.channel);
  await expect.poll(channels, { timeout: 20_000 }).toEqual([general, dm]);
  inbox.away = false;
  await Promise.all([inbox.until('question 2009'), inbox.until('the very last one')]);
  // Each once, and those of the channel in their order but for the ones that had no room.
  expect(inbox.texts()).toHaveLength(2_011);
}, 60_000);

test('archived threads that it takes part in are looked into as well', async () => {
  const receiver = await start();
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.say(ana, thread, 'come in', { mention: true });
  await inbox.until('come in');
  await receiver.stop();
  // As if it had been hours ago: nothing of it waits any more.
  const { taken: _, ...saved } = JSON.parse((await shared.store.get('catch-up')) ?? '{}');
  await shared.store.set('catch-up', JSON.stringify(saved), 60);
  discord.say(ana, thread, 'and then?', { mention: true });
  discord.archive(thread);
  await start();
  await inbox.until('and then?');
});
