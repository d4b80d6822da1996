/** Catching up while Discord or Redis is away: nothing counts as caught up that is not stored. */
import { expect, test } from 'vitest';
import { setUp } from './receivers.ts';

const HISTORY = 'GET /channels/:channel/messages';

test.each([{ status: 500 }, { ratelimited: 0.2 }, { ratelimited: 30 }, { cut: true }] as const)(
  'while Discord answers with %o what is missing stays missing, also for the next start; live ones are taken',
  async (fault) => {
    const { discord, inbox, ana, dm, start, missed } = await setUp();
    await missed('missed');
    const struck = discord.fault(HISTORY, fault, { times: Number.POSITIVE_INFINITY });
    const receiver = await start({ catchUp: { holdMs: 0 } });
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

const lost = [
  ['an answer that is lost', [{ cut: true }]],
  ['a server error', [{ status: 500 }]],
  ['two failures in a row', [{ status: 502 }, { cut: true }]],
  ['a wait that is longer than a look is patient', [{ ratelimited: 3.2 }]],
] as const;

test.each(lost)('after %s, what comes live waits behind what was missed; others do not', async (_, faults) => {
  const { discord, inbox, ana, dm, general, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  const inDm = (request: { params: Record<string, string> }) => request.params.channel === dm;
  for (const fault of faults) discord.fault(HISTORY, fault, { when: inDm });
  await start();
  discord.say(ana, dm, 'live');
  discord.say(ana, general, 'elsewhere', { mention: true });
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['hello', 'elsewhere', 'missed', 'live']);
});

test('a thread with a gap waits, the channel above it does not; the gap may be of several pages', async () => {
  const { discord, inbox, ana, general, start } = await setUp();
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  const receiver = await start();
  discord.say(ana, thread, 'come in', { mention: true });
  await inbox.until('come in');
  await receiver.stop();
  discord.say(ana, thread, 'missed', { mention: true });
  for (let n = 0; n < 120; n++) discord.say(ana, thread, `<@${discord.ben.id}> chatter ${n}`);
  const secondPage = (request: { params: Record<string, string>; query: Record<string, string> }) =>
    request.params.channel === thread && request.query.before !== undefined;
  discord.fault(HISTORY, { cut: true }, { when: secondPage });
  await start();
  discord.say(ana, thread, 'live', { mention: true });
  discord.say(ana, general, 'above', { mention: true });
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['come in', 'above', 'missed', 'live']);
});

test('in a channel with a gap a reply waits for it, and a question of its own does not', async () => {
  const { discord, inbox, ana, general, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  const { id } = discord.say(ana, general, 'missed', { mention: true });
  discord.fault(HISTORY, { cut: true }, { when: (request) => request.params.channel === general });
  await start();
  discord.say(ana, general, 'reply', { mention: true, reply_to: id });
  discord.say(ana, general, 'another question', { mention: true });
  await inbox.until('reply');
  expect(inbox.texts()).toEqual(['hello', 'another question', 'missed', 'reply']);
});

test('stopped while it waits, it leaves both to the next start, in their order', async () => {
  const { discord, inbox, ana, dm, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  const struck = discord.fault(HISTORY, { status: 500 }, { times: Number.POSITIVE_INFINITY });
  const receiver = await start();
  await discord.waitForCall((call) => call.route === HISTORY && !call.ok);
  discord.say(ana, dm, 'live');
  await receiver.stop();
  struck.remove();
  await start();
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['hello', 'missed', 'live']);
});

test('while Redis is away what was missed stays missing', async () => {
  const { discord, inbox, start, missed } = await setUp();
  await missed('missed');
  inbox.away = true;
  const receiver = await start();
  await discord.waitForCall((call) => call.route === HISTORY && call.ok);
  await receiver.stop();
  inbox.away = false;
  await start();
  await inbox.until('missed');
});

test('a Redis that is away at the start is waited for, since only it knows what was missed', async () => {
  const { inbox, shared, build, missed } = await setUp();
  await missed('missed');
  const store = shared.seenBy();
  store.away = true;
  const receiver = build({ store });
  const started = receiver.start();
  await expect
    .poll(() => receiver.status())
    .toMatchObject({ connected: false, detail: expect.stringMatching(/Redis/) });
  store.away = false;
  await started;
  await inbox.until('missed');
});

test('the same when it goes away a moment later', async () => {
  const { inbox, shared, start, missed } = await setUp();
  await missed('missed');
  let failures = 1;
  const get = (key: string) =>
    key === 'catch-up' && failures-- > 0 ? Promise.reject(new Error('Redis is away')) : shared.store.get(key);
  await start({ store: { ...shared.store, get } });
  await inbox.until('missed');
});

test('more than is kept in memory while Redis is away is fetched afterwards', async () => {
  const { discord, inbox, ana, dm, general, start } = await setUp();
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
