/** WhatsApp by the Cloud API, as a person in the chat and Meta's servers see it. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { type CloudBot, startCloudBot } from './cloud.ts';

let bot: CloudBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(options?: Parameters<typeof startCloudBot>[0]): Promise<CloudBot> {
  bot = await startCloudBot(options);
  return bot;
}

const texts = ({ whatsapp }: CloudBot, person = whatsapp.ana) => whatsapp.visible(person).map(({ text }) => text);

test('a question is read, typed at, and answered once in a whole message without a quote', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* () {
    yield 'It is **';
    await gate.opened;
    yield 'four**.';
  });
  const { whatsapp, chasqui } = await start({ models: [model] });
  const { id } = whatsapp.say(whatsapp.ana, 'What is 2 + 2?');
  await whatsapp.waitUntil(() => whatsapp.typing(whatsapp.ana));
  expect(whatsapp.calls.find((call) => call.method === 'read')?.body).toMatchObject({ status: 'read', message_id: id });
  expect(whatsapp.visible(whatsapp.ana)).toEqual([]);
  gate.open();
  await chasqui.turns(1);
  expect(whatsapp.visible(whatsapp.ana)).toMatchObject([{ text: 'It is *four*.', quotes: undefined }]);
  expect(whatsapp.typing(whatsapp.ana)).toBe(false);
});

test('an answer that others have overtaken quotes its question', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* ({ messages }) {
    await gate.opened;
    yield `re: ${messages.at(-1)?.content}`;
  });
  const { whatsapp, chasqui } = await start({ models: [model] });
  const first = whatsapp.say(whatsapp.ana, 'the first');
  await whatsapp.waitUntil(() => whatsapp.typing(whatsapp.ana));
  await whatsapp.say(whatsapp.ana, 'the second').delivered;
  gate.open();
  await chasqui.turns(2);
  expect(whatsapp.visible(whatsapp.ana)).toMatchObject([
    { text: 're: Ana Quispe: the first', quotes: first.id },
    { text: 're: Ana Quispe: the second', quotes: undefined },
  ]);
});

test('a long answer comes in order, in messages that WhatsApp takes', async () => {
  const words = Array.from({ length: 2_000 }, (_, n) => `word${n}${n % 30 === 29 ? '.\n\n' : ' '}`);
  const { model } = createTestModel(() => words);
  const started = await start({ models: [model] });
  started.whatsapp.say(started.whatsapp.ana, 'a long one, please');
  await started.chasqui.turns(1);
  expect(texts(started).length).toBeGreaterThan(2);
  expect(
    texts(started)
      .join(' ')
      .match(/word\d+/g),
  ).toEqual(words.map((word) => word.match(/word\d+/)?.[0]));
});

test('several people’s messages and statuses in one call are each answered where they belong', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const delivered = await whatsapp.together(() => {
    whatsapp.say(whatsapp.ana, 'from Ana');
    void whatsapp.change({ statuses: [{ id: 'wamid.old', status: 'read', timestamp: '1' }] });
    whatsapp.say(whatsapp.ben, 'from Ben');
  });
  expect(delivered).toMatchObject({ acked: true });
  await chasqui.turns(2);
  expect(texts(started, whatsapp.ana)).toEqual(['re: Ana Quispe: from Ana']);
  expect(texts(started, whatsapp.ben)).toEqual(['re: Ben Huanca: from Ben']);
});

test('what is delivered again is not answered again', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  await whatsapp.say(whatsapp.ana, 'once').delivered;
  const body = whatsapp.sent.at(-1) as string;
  await chasqui.turns(1);
  await whatsapp.redeliver(body);
  await whatsapp.say(whatsapp.ana, 'and then').delivered;
  await chasqui.turns(2);
  expect(texts(started)).toEqual(['re: Ana Quispe: once', 're: Ana Quispe: and then']);
});

test('the handshake asks for the verify token; unsigned, altered and odd deliveries are refused', async () => {
  const { whatsapp, chasqui } = await start();
  const url = `${chasqui.address}/whatsapp/webhook`;
  const ask = (token: string) =>
    fetch(`${url}?hub.mode=subscribe&hub.challenge=123&hub.verify_token=${encodeURIComponent(token)}`);
  const right = await ask(whatsapp.verifyToken);
  expect([right.status, right.headers.get('content-type'), await right.text()]).toEqual([
    200,
    'text/plain; charset=utf-8',
    '123',
  ]);
  expect((await ask('a guess')).status).toBe(403);
  expect((await fetch(url)).status).toBe(403);

  const post = async (body: string, headers: Record<string, string> = whatsapp.sign(body)) =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status;
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ changes: [{ field: 'messages' }] }] });
  expect(await post(body, {})).toBe(401);
  expect(await post(body, whatsapp.sign(body, 'another secret'))).toBe(401);
  expect(await post(body.replace('messages', 'massages'), whatsapp.sign(body))).toBe(401);
  expect(await post('{"entry":')).toBe(400);
  expect(await post('[]')).toBe(400);
  expect(await post(body)).toBe(200);
  for (const odd of [
    '{}',
    '{"entry":[{}]}',
    '{"entry":[{"changes":[{"field":"messages","value":{"messages":[{}]}}]}]}',
  ])
    expect(await post(odd)).toBe(200);
});

test('messages to another number of the same app, and in groups, are not ours', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const message = {
    from: whatsapp.ana.waId,
    id: 'wamid.x',
    timestamp: '1',
    type: 'text',
    text: { body: 'for others' },
  };
  expect((await whatsapp.change({ messages: [message] }, 'messages', '100000000000009')).acked).toBe(true);
  expect((await whatsapp.change({ messages: [{ ...message, group_id: 'g' }] })).acked).toBe(true);
  expect((await whatsapp.change({ messages: [message] }, 'message_template_status_update')).acked).toBe(true);
  await whatsapp.say(whatsapp.ana, 'for us').delivered;
  await chasqui.turns(1);
  expect(texts(started)).toEqual(['re: Ana Quispe: for us']);
});

test('buttons, lists, places, pictures, sounds and text files reach the model', async () => {
  const { model, calls } = createTestModel(() => ['seen']);
  const { whatsapp, chasqui } = await start({ models: [model] });
  const { ana } = whatsapp;
  const send: (() => unknown)[] = [
    () =>
      whatsapp.write(ana, 'interactive', {
        interactive: { type: 'button_reply', button_reply: { id: 'y', title: 'Yes' } },
      }),
    () =>
      whatsapp.write(ana, 'interactive', {
        interactive: { type: 'list_reply', list_reply: { id: '1', title: 'Llama', description: 'woolly' } },
      }),
    () => whatsapp.write(ana, 'button', { button: { payload: 'p', text: 'Tell me more' } }),
    () => whatsapp.write(ana, 'location', { location: { latitude: -13.5, longitude: -71.9, name: 'Cusco' } }),
    () => whatsapp.sendFile(ana, 'image', { mediaType: 'image/jpeg', content: 'jpeg', caption: 'what is *this*?' }),
    () => whatsapp.sendFile(ana, 'audio', { mediaType: 'audio/mpeg', content: 'mp3', voice: false }),
    () => whatsapp.sendFile(ana, 'document', { mediaType: 'text/plain', content: 'the secret is 42', name: 'a.txt' }),
    () => whatsapp.sendFile(ana, 'document', { mediaType: 'application/vnd.ms-excel', content: 'a;1', name: 'b.csv' }),
    () => whatsapp.sendFile(ana, 'document', { mediaType: 'application/octet-stream', content: '# C', name: 'c.md' }),
  ];
  for (const [n, act] of send.entries()) {
    act();
    await chasqui.turns(n + 1);
  }
  expect(calls.items.map(({ question }) => question.replace('Ana Quispe: ', ''))).toEqual([
    'Yes',
    'Llama: woolly',
    'Tell me more',
    '[location: Cusco; -13.5, -71.9]',
    'what is **this**?\n[attached: picture.jpg]',
    '\n[attached: audio.mp3]',
    '\n\nFile “a.txt”:\n```\nthe secret is 42\n```\n[attached: a.txt]',
    '\n\nFile “b.csv”:\n```\na;1\n```\n[attached: b.csv]',
    '\n\nFile “c.md”:\n```\n# C\n```\n[attached: c.md]',
  ]);
});

test('a reply says to the model which message it is about: an answer, one of their own, a file, a picture', async () => {
  const { model, calls } = createTestModel(({ messages }) => [`about ${messages.at(-1)?.content.split(' ').at(-1)}`]);
  const { whatsapp, chasqui } = await start({ models: [model] });
  const { ana } = whatsapp;
  const asked = whatsapp.say(ana, 'what are *llamas*');
  await chasqui.turns(1);
  const file = whatsapp.sendFile(ana, 'document', {
    mediaType: 'text/plain',
    content: 'the word is wool',
    name: 'a.txt',
  });
  await chasqui.turns(2);
  const picture = whatsapp.sendFile(ana, 'image', { mediaType: 'image/jpeg', content: 'jpeg' });
  await chasqui.turns(3);
  const replies: [string, string][] = [
    ['why?', whatsapp.visible(ana)[0]?.id as string],
    ['again', asked.id],
    ['and here?', file.id],
    ['and this?', picture.id],
    ['older than all', 'wamid.unknown'],
  ];
  for (const [n, [text, quotes]] of replies.entries()) {
    whatsapp.say(ana, text, { quotes });
    await chasqui.turns(4 + n);
  }
  const own = '[in reply to an earlier message of their own]';
  expect(calls.items.map(({ question }) => question.replace('Ana Quispe: ', '')).slice(3)).toEqual([
    '[in reply to one of your earlier messages]\n> about **llamas**\n\nwhy?',
    `${own}\n> what are **llamas**\n\nagain`,
    expect.stringMatching(/\n> \[attached: a\.txt\]\n\nand here\?\n\nFile “a.txt”:\n```\nthe word is wool\n```/),
    `${own}\n> [attached: picture.jpg]\n\nand this?`,
    `${own}\nolder than all`,
  ]);
});

test('a reply to the second message of a long answer quotes that one, and a reply to a message of the same turn finds it', async () => {
  const long = Array.from({ length: 1_000 }, (_, n) => `word${n}${n % 30 === 29 ? '.\n\n' : ' '}`).join('');
  const gate = createGate();
  const { model, calls } = createTestModel(async function* (_request, call) {
    yield call === 1 ? long : 'short';
    if (call === 2) await gate.opened;
  });
  const { whatsapp, chasqui } = await start({ models: [model] });
  const { ana } = whatsapp;
  whatsapp.say(ana, 'a long one');
  await chasqui.turns(1);
  const second = whatsapp.visible(ana)[1];
  whatsapp.say(ana, 'this part?', { quotes: second?.id as string });
  await calls.until((items) => items.length === 2);
  expect(calls.items[1]?.question).toContain(`> ${second?.text.split('\n')[0]}`);
  const first = whatsapp.say(ana, 'one of two');
  await first.delivered;
  await whatsapp.say(ana, 'I mean that', { quotes: first.id }).delivered;
  gate.open();
  await chasqui.turns(3);
  expect(calls.items[2]?.question).toMatch(/one of two\n\n.*their own\]\n> one of two\n\nI mean that$/);
});

test('a voice note alone is answered in one plain sentence, without a guess of the model’s', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const { ana } = whatsapp;
  await whatsapp.sendFile(ana, 'audio', { mediaType: 'audio/ogg; codecs=opus', content: 'ogg' }).delivered;
  await whatsapp.redeliver();
  await whatsapp.waitForMessage(ana, ({ text }) => text.includes('voice notes'));
  whatsapp.say(ana, 'hello');
  await chasqui.turns(1);
  expect(texts(started)).toEqual([
    'Sorry, I cannot listen to voice notes. Please write your message as text.',
    're: Ana Quispe: hello',
  ]);
});

test('👍 and 👎 on an answer are feedback, also in another skin; on other messages they are not', async () => {
  const { whatsapp, chasqui } = await start();
  const asked = whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  const answer = whatsapp.visible(whatsapp.ana)[0]?.id as string;
  for (const [id, emoji] of [
    [answer, '👍🏽'],
    [answer, '👍'],
    [answer, '👎'],
    [answer, '❤️'],
    [answer, ''],
    [answer, ''],
    [asked.id, '👍'],
  ] as const)
    expect(await whatsapp.react(whatsapp.ana, id, emoji).delivered).toMatchObject({ acked: true });
  const given = chasqui.lines.filter((line) => line.msg === 'feedback').map((line) => line.value);
  expect(given).toEqual(['good', 'bad', 'none']);
});

test('kinds of messages that it cannot read are answered politely, once', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const { ana } = whatsapp;
  await whatsapp.sendFile(ana, 'sticker', { mediaType: 'image/webp', content: 'webp' }).delivered;
  await whatsapp.redeliver();
  await whatsapp.write(ana, 'unsupported', { errors: [{ code: 131051, title: 'Message type unknown' }] }).delivered;
  await whatsapp.write(ana, 'system', { system: { body: 'changed number', type: 'user_changed_number' } }).delivered;
  whatsapp.say(ana, 'hello');
  await chasqui.turns(1);
  await whatsapp.waitForMessage(ana, ({ text }) => text.includes('cannot read'));
  expect(texts(started).filter((text) => text.includes('cannot read'))).toHaveLength(1);
});

test('an edit or a deletion of a message that still waits is honoured', async () => {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* () {
    await gate.opened;
    yield 'done';
  });
  const { whatsapp, chasqui } = await start({ models: [model] });
  const { ana } = whatsapp;
  await whatsapp.say(ana, 'first').delivered;
  await whatsapp.waitUntil(() => whatsapp.typing(ana));
  const second = whatsapp.say(ana, 'with a tyop');
  const third = whatsapp.say(ana, 'never mind');
  await Promise.all([second.delivered, third.delivered]);
  await whatsapp.edit(ana, second.id, 'with a typo').delivered;
  await whatsapp.revoke(ana, third.id).delivered;
  gate.open();
  await chasqui.turns(2);
  expect(calls.items.map(({ question }) => question)).toEqual(['Ana Quispe: first', 'Ana Quispe: with a typo']);
});

test('a person who hides the number behind a username keeps the conversation, and is answered', async () => {
  const { model, calls } = createTestModel(() => ['noted']);
  const started = await start({ models: [model] });
  const { whatsapp, chasqui } = started;
  whatsapp.say(whatsapp.ana, 'my name is Ana');
  await chasqui.turns(1);
  whatsapp.ana.hidden = true;
  whatsapp.say(whatsapp.ana, 'who am I?');
  await chasqui.turns(2);
  expect(calls.items.at(-1)?.request.messages.map(({ content }) => content)).toContain('Ana Quispe: my name is Ana');
  const stranger = whatsapp.addPerson({ waId: '15550004444', name: 'Caro', hidden: true });
  whatsapp.say(stranger, 'hello');
  await chasqui.turns(3);
  expect(texts(started)).toHaveLength(2);
  expect(texts(started, stranger)).toEqual(['noted']);
});
