/** Slack as people use it: who is answered, where, and what they see. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { repliesIn, type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(options?: SlackBotOptions) {
  bot = await startSlackBot(options);
  const { slack, chasqui } = bot;
  return { slack, chasqui, ana: slack.ana.id, ben: slack.ben.id, general: slack.general.id };
}

for (const transport of ['socket', 'http'] as const) {
  test(`a direct message is answered in its thread (${transport})`, async () => {
    const { slack, ana } = await start({ transport });
    const dm = slack.dm(ana).id;
    const said = slack.say(ana, dm, 'Is it <warm> & dry?');
    expect(await said.delivered).toMatchObject({ acked: true, attempts: 1 });
    const reply = await slack.waitForMessage(dm, (message) => message.text.startsWith('re:') && !message.streaming);
    expect(reply.thread_ts).toBe(said.ts);
    expect(reply.text).toContain('re: Ana: Is it');
    expect(reply.text.replaceAll('\\', '')).toContain('warm');
  });
}

for (const mentionOrder of ['app_mention_first', 'message_first'] as const) {
  test(`a mention in a channel is answered once, in a thread under it (${mentionOrder})`, async () => {
    const { slack, chasqui, ana, general } = await start({ slack: { mentionOrder } });
    const said = slack.say(ana, general, 'hello', { mention: true });
    await said.delivered;
    await chasqui.turns(1);
    expect(repliesIn(slack, general, said.ts)).toEqual(['re: Ana: hello']);
  });
}

test('a channel message without a mention is nobody’s business', async () => {
  const { slack, chasqui, ana, general } = await start();
  await slack.say(ana, general, 'hello all').delivered;
  await slack.say(ana, general, 'now you', { mention: true }).delivered;
  await chasqui.turns(1);
  expect(slack.visible(general, { all: true }).filter((message) => message.user === slack.ids.botUser)).toHaveLength(1);
});

test('in its thread with one person it needs no new mention; with a second person it does', async () => {
  const { slack, chasqui, ana, ben, general } = await start();
  const { ts: thread_ts } = slack.say(ana, general, 'hello', { mention: true });
  await chasqui.turns(1);
  await slack.say(ana, general, 'and more', { thread_ts }).delivered;
  await chasqui.turns(2);
  await slack.say(ana, general, `<@${ben}> what do you think?`, { thread_ts, raw: true }).delivered;
  await slack.say(ben, general, 'I am here too', { thread_ts }).delivered;
  await slack.say(ana, general, 'so am I', { thread_ts }).delivered;
  await slack.say(ben, general, 'you there', { thread_ts, mention: true }).delivered;
  await chasqui.turns(3);
  expect(repliesIn(slack, general, thread_ts)).toEqual(['re: Ana: hello', 're: Ana: and more', 're: Ben: you there']);
});

test('called into a thread of others, it knows what was said before and needs a mention there', async () => {
  const { model, calls } = createTestModel(() => ['I see']);
  const { slack, chasqui, ana, ben, general } = await start({ models: [model] });
  const { ts: thread_ts } = slack.say(ben, general, 'The printer is on fire');
  await slack.say(ben, general, `<@${ana}> help`, { thread_ts, raw: true }).delivered;
  await slack.say(ana, general, 'what now?', { thread_ts, mention: true }).delivered;
  await chasqui.turns(1);
  expect(calls.items[0]?.question).toBe(
    'Earlier in this thread:\nBen: The printer is on fire\nBen: @Ana help\n\nNow:\nAna: what now?',
  );
  await slack.say(ana, general, 'Ben, get water', { thread_ts }).delivered;
  await slack.say(ana, general, 'thanks', { thread_ts, mention: true }).delivered;
  await chasqui.turns(2);
  expect(calls.items).toHaveLength(2);
  expect(calls.items[1]?.question).toBe('Ana: thanks');
});

test('it hears neither itself, nor bots, nor joins, nor edits of old messages', async () => {
  const { slack, chasqui, ana, general } = await start();
  const { ts: thread_ts } = slack.say(ana, general, 'hello', { mention: true });
  await chasqui.turns(1);
  const mention = `<@${slack.ids.botUser}>`;
  await slack.sayAsBot(general, `${mention} are you a bot?`).delivered;
  await slack.sayAsBot(general, `${mention} hi`, { modern: true, thread_ts }).delivered;
  await slack.join(slack.addUser({ name: 'new' }).id, general);
  await slack.edit(general, thread_ts, `${mention} hello again`);
  await slack.event({ type: 'something_new', channel: general, user: ana });
  await slack.say(ana, general, 'last', { mention: true }).delivered;
  await chasqui.turns(2);
  const own = slack.visible(general, { all: true }).filter((message) => message.user === slack.ids.botUser);
  expect(own.map((message) => message.text)).toEqual(['re: Ana: hello', 're: Ana: last']);
});

test('two bots that talk to each other fall silent after a few turns, if bots are answered at all', async () => {
  const { slack, chasqui, general, ana } = await start({ sections: { conversation: { answer_bots: true } } });
  const { ts: thread_ts } = slack.say(ana, general, 'hello', { mention: true });
  await chasqui.turns(1);
  for (let n = 0; n < 12; n++)
    await slack.sayAsBot(general, `<@${slack.ids.botUser}> tell me ${n}`, { thread_ts }).delivered;
  await slack.say(ana, general, 'stop that', { thread_ts, mention: true }).delivered;
  const reply = await slack.waitForMessage(
    general,
    (message) => message.text.includes('stop that') && message.text.startsWith('re:'),
  );
  expect(reply.text).not.toContain('tell me 5');
  expect(repliesIn(slack, general, thread_ts).length).toBeLessThanOrEqual(7);
});

test('an edit of a message that waits is answered as edited; a deleted one is not answered', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    if (call === 1) await gate.opened;
    yield 'ok';
  });
  const { slack, chasqui, ana } = await start({ models: [model] });
  const dm = slack.dm(ana).id;
  const { ts: thread_ts } = slack.say(ana, dm, 'first');
  await calls.until((items) => items.length === 1);
  const edited = slack.say(ana, dm, 'teh question', { thread_ts });
  const deleted = slack.say(ana, dm, 'a secret', { thread_ts });
  await Promise.all([edited.delivered, deleted.delivered]);
  await slack.edit(dm, edited.ts, 'the question');
  await slack.remove(dm, deleted.ts);
  gate.open();
  await chasqui.turns(2);
  expect(calls.items[1]?.question).toBe('Ana: the question');
});

test('text files that come along are read; pictures are kept with the message', async () => {
  const { model, calls } = createTestModel(() => ['ok']);
  const { slack, chasqui, ana } = await start({ models: [model] });
  const dm = slack.dm(ana);
  const files = [
    { name: 'notes.md', mimetype: 'text/markdown', content: '# Plan\n```js\nrun()\n```' },
    { name: 'photo.png', mimetype: 'image/png', content: new Uint8Array([137, 80, 78, 71]) },
  ];
  const { ts } = slack.say(ana, dm.id, 'what is this?', { files });
  await chasqui.turns(1);
  const question = calls.items[0]?.question ?? '';
  expect(question).toContain('what is this?');
  expect(question).toContain('File “notes.md”:\n````\n# Plan\n```js\nrun()\n```\n````');
  expect(question).toContain('[attached: notes.md, photo.png]');
  const [turn] = await chasqui.conversations.history(`slack:${slack.ids.team}:${dm.id}:${ts}`);
  expect(turn?.user[0]?.attachments).toMatchObject([
    { name: 'notes.md' },
    { name: 'photo.png', mediaType: 'image/png' },
  ]);
});

test('mentions are names to the model, in the text and as speakers', async () => {
  const { model, calls } = createTestModel(() => ['ok']);
  const { slack, chasqui, ana, ben, general } = await start({ models: [model] });
  slack.say(ana, general, `<@${slack.ids.botUser}> tell <@${ben}> about <#${general}|general> &amp; <!here>`, {
    raw: true,
  });
  await chasqui.turns(1);
  expect(calls.items[0]?.question).toBe('Ana: tell @Ben about #general & @here');
});

test('nothing that a model or a person writes pings anybody', async () => {
  const evil = '<!channel> <!here> @channel <@U0000000001> <!subteam^S0000000001> [x](<!everyone>) `<!here>`';
  const { model } = createTestModel((request) => [`${evil} and ${request.messages.at(-1)?.content}`]);
  const { slack, chasqui, ana } = await start({ models: [model] });
  const dm = slack.dm(ana).id;
  const { ts } = slack.say(ana, dm, `please write <!channel> and <@${slack.ben.id}>`, { raw: true });
  await chasqui.turns(1);
  const [, reply] = slack.visible(dm, { thread_ts: ts });
  expect(reply?.text).toContain('channel');
  expect(reply?.pings).toEqual([]);
  expect(reply?.fallback).not.toMatch(/<[!@]/);
});

test('the slash command answers only the person who typed it', async () => {
  const { slack, chasqui, ana, general } = await start();
  const help = await slack.command(ana, general, '/chasqui', 'help');
  expect(JSON.stringify(help.body)).toContain('reset');
  const about = await slack.command(ana, general, '/chasqui', 'about');
  expect(JSON.stringify(about.body)).toMatch(/Test Model.*this test/);
  expect(JSON.stringify((await slack.command(ana, general, '/chasqui', 'reset')).body)).toContain('no conversation');

  const dm = slack.dm(ana).id;
  slack.say(ana, dm, 'I am Ana');
  await chasqui.turns(1);
  expect(JSON.stringify((await slack.command(ana, dm, '/chasqui', 'model')).body)).toContain('answers now');
  expect(JSON.stringify((await slack.command(ana, dm, '/chasqui', 'reset')).body)).toContain('forgotten');
  expect(slack.visible(general)).toEqual([]);
});

test('/chasqui ask is answered in the direct messages, under the quoted question', async () => {
  const { slack, ana, general } = await start();
  const answered = await slack.command(ana, general, '/chasqui', 'ask why is the sky blue?');
  expect(JSON.stringify(answered.body)).toContain('direct messages');
  const dm = slack.dm(ana).id;
  const reply = await slack.waitForMessage(dm, (message) => message.text.startsWith('re:'));
  expect(reply.text).toBe('re: Ana: why is the sky blue?');
  const [root] = slack.visible(dm);
  expect(root?.text).toContain('why is the sky blue?');
  expect(reply.thread_ts).toBe(root?.ts);
});

test('who opens the assistant is greeted once and offered prompts', async () => {
  const { slack, ana } = await start();
  await slack.openHome(ana);
  await slack.openHome(ana);
  const dm = slack.dm(ana).id;
  expect(slack.visible(dm).map((message) => message.text)).toEqual([expect.stringContaining('I am **Chasqui**')]);
  expect(JSON.stringify(slack.prompts(dm))).toContain('What can you do?');
});

test('apps on the older assistant view work too', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    await gate.opened;
    yield 'here';
  });
  const { slack, chasqui, ana } = await start({ models: [model], slack: { surface: 'assistant' } });
  const { channel, thread_ts, delivered } = slack.openAssistantThread(ana);
  await delivered;
  expect(JSON.stringify(slack.prompts(channel, thread_ts))).toContain('What can you do?');
  slack.say(ana, channel, 'hello there', { thread_ts });
  await slack.waitForCall((call) => call.method === 'assistant.threads.setStatus' && call.ok);
  gate.open();
  await chasqui.turns(1);
  await slack.waitForCall((call) => call.method === 'assistant.threads.setTitle' && call.ok);
  expect(slack.threadTitle(channel, thread_ts)).toBe('hello there');
  expect(slack.calls.filter((call) => !call.ok)).toEqual([]);
});

test('feedback buttons stand under an answer; a person counts once, as they pressed last', async () => {
  const { slack, chasqui, ana } = await start();
  const dm = slack.dm(ana).id;
  const { ts: thread_ts } = slack.say(ana, dm, 'hello');
  await chasqui.turns(1);
  const [, reply] = slack.visible(dm, { thread_ts });
  const given = () => chasqui.lines.filter((line) => line.msg === 'feedback').map((line) => line.value);
  const press = async (value: string, counted: string[]) => {
    expect(await slack.pressButton(ana, dm, reply?.ts as string, 'chasqui_feedback', value)).toMatchObject({
      acked: true,
    });
    // Acknowledged at once, counted after that.
    await expect.poll(given).toEqual(counted);
  };
  await press('bad', ['bad']);
  await press('bad', ['bad']);
  await press('good', ['bad', 'good']);
  expect(await (await fetch(`${chasqui.address}/metrics`, chasqui.asOperator)).text()).toContain(
    'chasqui_feedback_total{platform="slack",value="bad"} 1',
  );
});

test('a conversation gets its title and goes back to active', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    await gate.opened;
    yield 'done';
  });
  const { slack, chasqui, ana } = await start({ models: [model] });
  const dm = slack.dm(ana).id;
  const { ts: thread_ts } = slack.say(ana, dm, 'How do I bake bread?');
  await slack.waitUntil(() => slack.session(dm, thread_ts)?.status === 'processing');
  gate.open();
  await chasqui.turns(1);
  await slack.waitUntil(() => slack.session(dm, thread_ts)?.title === 'How do I bake bread?');
  expect(slack.session(dm, thread_ts)?.history).toEqual(['processing', 'active']);
});

test('a model that breaks in an unforeseen way is told truly and shortly, never by a stack trace', async () => {
  const { model } = createTestModel(() => {
    throw new TypeError('undefined is not a function\n    at /srv/app.js:1');
  });
  const { slack, chasqui, ana } = await start({ models: [model], sections: { models: { retries: 0 } } });
  const dm = slack.dm(ana).id;
  const { ts: thread_ts } = slack.say(ana, dm, 'hello');
  await chasqui.turns(1);
  expect(repliesIn(slack, dm, thread_ts)).toEqual([
    'The model did not give a usable answer. Please send your message again in a moment.',
  ]);
});
