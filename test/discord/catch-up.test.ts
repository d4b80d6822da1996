/** What was missed without a session: what is taken, in which text, and how much of it. */
import { expect, test } from 'vitest';
import { setUp } from './receivers.ts';

const HISTORY = 'GET /channels/:channel/messages';
const MINUTE = 60_000;

test('what was written, edited and deleted while nobody listened is taken as it is now', async () => {
  const { discord, inbox, ana, dm, general, start, heardAndStopped } = await setUp();
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
  const { discord, inbox, ana, dm, general, start } = await setUp();
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
  const { discord, inbox, ana, dm, start, withoutSession } = await setUp();
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

test('a command that waits is no message, and so not deleted', async () => {
  const { discord, inbox, ana, dm, start, withoutSession } = await setUp();
  await start();
  await discord.command(ana, dm, 'ask', { question: 'what now?' });
  await inbox.until('what now?');
  withoutSession(() => discord.say(ana, dm, 'missed'));
  await inbox.until('missed');
  expect(inbox.amended.items).toEqual([]);
});

test('a history that it may not read says nothing about deletions', async () => {
  const { discord, inbox, ana, general, start } = await setUp();
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
  const { discord, inbox, ana, dm, start } = await setUp();
  const receiver = await start();
  const { id } = discord.say(ana, dm, 'first');
  await inbox.until('first');
  await receiver.stop();
  await start();
  discord.say(ana, dm, 'second');
  await inbox.until('second');
  discord.edit(dm, id, 'first, corrected');
  await inbox.amended.until((items) => items.some(({ text }) => text === 'first, corrected'));
});

test('what comes live stays behind what was missed', async () => {
  const { discord, inbox, ana, dm, start, heardAndStopped } = await setUp();
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
  const { discord, inbox, ana, dm, start, missed } = await setUp();
  await missed('too old', 6);
  discord.backdate(dm, discord.say(ana, dm, 'young enough').id, 4 * MINUTE);
  await start({ catchUp: { maxAgeMs: 5 * MINUTE } });
  await inbox.until('young enough');
  expect(inbox.texts()).toEqual(['hello', 'young enough']);
});

test('of more messages than the setting says the newest are taken, and it says so', async () => {
  const { discord, inbox, ana, dm, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  for (let n = 1; n <= 8; n++) discord.say(ana, dm, `question ${n}`);
  const receiver = await start({ catchUp: { maxMessages: 3 } });
  await inbox.until('question 8');
  expect(inbox.texts()).toEqual(['hello', 'question 6', 'question 7', 'question 8']);
  const left = () => receiver.lines.find(({ msg }) => String(msg).includes('left out'));
  await expect.poll(left).toMatchObject({ messages: 5, level: 40 });
});

test('a direct channel is noted before its first message is taken, since no list has it', async () => {
  const { discord, inbox, shared, ana, dm, start } = await setUp();
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
  const { discord, inbox, ana, general, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  discord.say(ana, general, 'the one for us', { mention: true });
  for (let n = 0; n < 250; n++) discord.say(ana, general, `chatter ${n}`);
  await start();
  await inbox.until('the one for us');
});

test.each([{ maxMessages: 0 }, { maxAgeMs: 0 }])('with %o nothing is asked for', async (catchUp) => {
  const { discord, inbox, ana, dm, start, heardAndStopped } = await setUp();
  await heardAndStopped();
  discord.say(ana, dm, 'missed');
  await start({ catchUp });
  discord.say(ana, dm, 'live');
  await inbox.until('live');
  expect(inbox.texts()).toEqual(['hello', 'live']);
  expect(discord.calls.filter(({ route }) => route === HISTORY)).toEqual([]);
});

test('archived threads that it takes part in are looked into as well', async () => {
  const { discord, inbox, shared, ana, general, start } = await setUp();
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
