/** A linked device in real Chromium, as the people in its chats see it. One browser for all; each test has its own people. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
import { createParts, createSite, type Site, START_MS, scanWhenShown, until, type WebParts } from './web.ts';

vi.setConfig({ testTimeout: START_MS });

let double: WhatsAppWebDouble;
let site: Site;
let parts: WebParts;
let chasqui: TestChasqui;
/** What the model was asked, newest last; and doors that hold it for a question with that word in it. */
const asked: string[] = [];
const doors = new Map<string, ReturnType<typeof createGate>>();

const LONG = Array.from({ length: 1_300 }, (_, n) => `Line ${n} of a **very** long answer.`).join('\n\n');

const { model } = createTestModel(async function* ({ messages }) {
  const question = messages.at(-1)?.content ?? '';
  asked.push(question);
  for (const [word, door] of doors) if (question.includes(word)) await door.opened;
  if (question.includes('everything')) yield LONG;
  else yield `re: ${question.split('\n').at(-1)}`;
});

beforeAll(async () => {
  double = await startWhatsAppWebDouble();
  site = createSite(double);
  parts = createParts(site, { introduced: false, most: 3, settings: { group_prefix: 'hey bot' } });
  chasqui = await startTestChasqui({
    models: [model],
    roles: ['worker'],
    platforms: [{ adapter: parts.adapter } as never],
  });
  await scanWhenShown(double, parts.printed);
  await until(async () => (await chasqui.parts()).every(({ ready }) => ready));
}, START_MS);

afterAll(async () => {
  await chasqui.stop();
  parts.disconnect();
  await double.close();
  site.remove();
}, START_MS);

function hold(word: string) {
  const door = createGate();
  doors.set(word, door);
  return door;
}

const own = (chat: string) => double.visible(chat).filter(({ from }) => from === 'me');
const feedback = () => chasqui.lines.filter(({ msg }) => msg === 'feedback').map(({ value }) => value);

/** Answered after everything that was written before, in any chat: what it should have ignored it has ignored by then. */
async function sync(): Promise<void> {
  const name = `Sync ${double.visible.length}${Math.random()}`;
  double.addContact(name);
  double.says(name, name, 'ping');
  await double.waitForMessage(name, 'ping');
}

test('the first answer says who answers, later ones do not; typing is shown meanwhile, and the message is read', async () => {
  double.addContact('Ana');
  const door = hold('capital');
  double.says('Ana', 'Ana', 'The capital of *Peru*?');
  await double.waitUntil(() => double.typingIn('Ana') === 'typing');
  expect(double.unread('Ana')).toBe(0);
  expect(own('Ana')).toEqual([]);
  door.open();
  const first = await double.waitForMessage('Ana', 're:');
  expect(first.text).toMatch(
    /^_I am Chasqui, an automatic assistant.*Test Model.*_\n\nre: Ana: The capital of \*Peru\*\?$/s,
  );
  expect(first.quoted).toBeUndefined();
  expect(asked.at(-1)).toBe('Ana: The capital of **Peru**?');
  double.says('Ana', 'Ana', 'thanks');
  await double.waitForMessage('Ana', 'thanks');
  expect(own('Ana').map(({ text }) => text)).toEqual([first.text, 're: Ana: thanks']);
});

test('in groups it answers mentions, replies to it and its prefix, quoting; other talk it leaves alone', async () => {
  double.addContact('Rosa');
  double.addContact('Luis', { byLid: true });
  double.addGroup('Hikers', ['Rosa', 'Luis']);
  double.says('Rosa', 'Hikers', 'who comes on Sunday?');
  const mention = double.says('Luis', 'Hikers', 'what is the weather like?', { mentionMe: true });
  const answer = await double.waitForMessage('Hikers', 'weather');
  expect(answer.quoted).toBe(mention);
  expect(asked.at(-1)).toBe('Luis: what is the weather like?');

  double.says('Rosa', 'Hikers', 'and on Monday?', { quote: answer.id });
  await double.waitForMessage('Hikers', 'Monday');
  expect(asked.at(-1)).toBe('Rosa: > re: Luis: what is the weather like?\n\nand on Monday?');
  double.says('Rosa', 'Hikers', 'Hey bot, sing');
  await double.waitForMessage('Hikers', 'sing');
  expect(asked.at(-1)).toBe('Rosa: sing');
  double.says('Luis', 'Hikers', 'not you', { mentions: ['Rosa'] });
  await sync();
  expect(own('Hikers')).toHaveLength(3);
});

test('it never answers itself, status posts, broadcasts, channels or notices', async () => {
  double.addContact('Mia');
  double.addNewsletter('News');
  double.phone.says('Mia', 'this is the owner');
  double.phone.says('me', 'a note to oneself');
  double.says('Mia', 'status', 'my holiday');
  double.says('Mia', 'Mia', 'to all my friends', { broadcast: true });
  double.says('News', 'News', 'breaking');
  for (const type of ['call_log', 'revoked', 'protocol', 'ciphertext']) double.says('Mia', 'Mia', '', { type });
  await sync();
  expect(own('Mia').map(({ text }) => text)).toEqual(['this is the owner']);
  for (const text of ['the owner', 'a note', 'holiday', 'friends', 'breaking'])
    expect(asked.filter((question) => question.includes(text))).toEqual([]);
});

test('kinds that it cannot read are answered politely, once; a place is told to the model', async () => {
  double.addContact('Uma');
  const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Pia\nEND:VCARD';
  double.says('Uma', 'Uma', '', { type: 'sticker' });
  const said = await double.waitForMessage('Uma', 'cannot read this kind');
  expect(said.text).toMatch(/^_I am Chasqui, an automatic assistant/);
  double.says('Uma', 'Uma', '', { type: 'poll_creation', fields: { pollName: 'When?', pollOptions: [] } });
  double.says('Uma', 'Uma', vcard, { type: 'vcard' });
  double.says('Uma', 'Uma', '', { type: 'multi_vcard', fields: { vcardList: [{ vcard }, { vcard }] } });
  const place = { lat: -13.5, lng: -71.97, loc: 'Plaza de Armas\nCusco' };
  double.says('Uma', 'Uma', 'iVBORw0KGgo=', { type: 'location', fields: place });
  await double.waitForMessage('Uma', 'Plaza de Armas');
  expect(asked.at(-1)).toBe('Uma: [location: Plaza de Armas; Cusco; -13.5, -71.97]');
  expect(own('Uma')).toHaveLength(2);

  double.addContact('Vera');
  double.says('Vera', 'Vera', '', { type: 'ciphertext', fields: { subtype: 'view_once_unavailable_fanout' } });
  await double.waitForMessage('Vera', 'cannot read this kind');

  double.addGroup('Cooks', ['Uma']);
  const question = double.says('Uma', 'Cooks', 'salt?', { mentionMe: true });
  const answer = await double.waitForMessage('Cooks', 'salt');
  double.says('Uma', 'Cooks', '', { type: 'sticker', quote: question });
  await sync();
  const reply = double.says('Uma', 'Cooks', '', { type: 'sticker', quote: answer.id });
  expect((await double.waitForMessage('Cooks', 'cannot read this kind')).quoted).toBe(reply);
});

test('an edit and a deletion of messages that wait are honoured; an answer overtaken by others quotes its question', async () => {
  double.addContact('Eva');
  const door = hold('hold on');
  const first = double.says('Eva', 'Eva', 'hold on');
  await double.waitUntil(() => double.typingIn('Eva') === 'typing');
  const second = double.says('Eva', 'Eva', 'never mind this');
  const third = double.says('Eva', 'Eva', 'with a tyop');
  await sync();
  double.revokes(second);
  double.edits(third, 'with a typo');
  await sync();
  door.open();
  await double.waitForMessage('Eva', 'typo');
  expect(own('Eva').map(({ quoted }) => quoted)).toEqual([first, undefined]);
  expect(asked.filter((question) => question.includes('never mind'))).toEqual([]);
});

test('👍 on an answer is feedback; on what the owner wrote by phone it is not', async () => {
  double.addContact('Leo');
  double.says('Leo', 'Leo', 'hello');
  const answer = await double.waitForMessage('Leo', 'hello');
  await sync();
  const byPhone = double.phone.says('Leo', 'I am the owner');
  const before = feedback().length;
  double.reacts('Leo', byPhone, '👎');
  double.reacts('Leo', answer.id, '👍🏿');
  double.reacts('Leo', answer.id, '');
  await until(() => feedback().length === before + 2);
  await sync();
  expect(feedback().slice(before)).toEqual(['good', 'none']);
});

test('files are kept, text files read, also the second time and in what is replied to; a voice note gets a sentence', async () => {
  double.addContact('Noa');
  double.says('Noa', 'Noa', '', {
    media: { mimetype: 'audio/ogg; codecs=opus', data: Buffer.from('ogg'), voice: true },
  });
  await double.waitForMessage('Noa', 'cannot listen to voice notes');
  const file = { mimetype: 'text/plain', data: Buffer.from('the word is llama'), filename: 'note.txt' };
  double.faults.mediaFails();
  const note = double.says('Noa', 'Noa', 'read this', { media: file });
  await until(() => asked.at(-1)?.includes('the word is llama'));
  double.says('Noa', 'Noa', 'and this?', { quote: note });
  await until(() => asked.at(-1)?.includes('and this?'));
  expect(asked.at(-1)).toBe(
    'Noa: > read this\n> [attached: note.txt]\n\nand this?\n\nFile “note.txt”:\n```\nthe word is llama\n```',
  );
  const picture = double.says('Noa', 'Noa', '', { media: { mimetype: 'image/jpeg', data: Buffer.from('jpeg') } });
  await until(() => asked.at(-1)?.includes('picture.jpg'));
  double.says('Noa', 'Noa', 'what is it?', { quote: picture });
  await until(() => asked.at(-1)?.includes('what is it?'));
  expect(asked.at(-1)).toBe('Noa: > [attached: picture.jpg]\n\nwhat is it?');
});

test('a message that WhatsApp refuses is sent again; one whose result is lost in a reload is not', async () => {
  double.addContact('Tom');
  double.faults.sendFails();
  double.says('Tom', 'Tom', 'refused once');
  await double.waitForMessage('Tom', ({ text, ack }) => text.includes('refused once') && ack > 0);
  double.faults.loseResult();
  double.says('Tom', 'Tom', 'lost once');
  await double.waitForMessage('Tom', 'lost once');
  // Answered in order: when this is there, the one before is settled.
  double.says('Tom', 'Tom', 'and then');
  await double.waitForMessage('Tom', 'and then');
  const seen = own('Tom').filter(({ ack }) => ack >= 0);
  expect(seen.map(({ text }) => text.split('\n').at(-1))).toEqual([
    're: Tom: refused once',
    're: Tom: lost once',
    're: Tom: and then',
  ]);
  expect(parts.errors).toContain('post refused');
});

test('messages of a reload, and of an hour without a connection, are answered afterwards, once', async () => {
  double.addContact('Kim');
  double.says('Kim', 'Kim', 'one');
  await double.waitForMessage('Kim', 'one');
  double.reload();
  double.says('Kim', 'Kim', 'two');
  await double.waitForMessage('Kim', 'two');
  const door = hold('two and a half');
  double.says('Kim', 'Kim', 'two and a half');
  await until(() => asked.at(-1)?.includes('two and a half'));
  double.away();
  await until(async () => (await chasqui.parts()).some(({ detail }) => detail.startsWith('lost')));
  // An answer that is ready meanwhile is not handed to a page that has no connection.
  door.open();
  await until(() => parts.errors.includes('post not_linked'));
  double.says('Kim', 'Kim', 'three');
  double.back();
  await double.waitForMessage('Kim', 'two and a half');
  await double.waitForMessage('Kim', 'three');
  double.addFrame();
  double.changeAddress();
  double.says('Kim', 'Kim', 'four');
  await double.waitForMessage('Kim', 'four');
  await sync();
  expect(own('Kim').map(({ text }) => text.split('\n').at(-1))).toEqual(
    ['one', 'two', 'two and a half', 'three', 'four'].map((text) => `re: Kim: ${text}`),
  );
});

test('a long answer ends with a file that holds all of it, once, or with a line that says it was cut', async () => {
  double.addContact('Ruth');
  double.says('Ruth', 'Ruth', 'everything');
  await double.waitForMessage('Ruth', ({ file }) => file !== undefined);
  const [first, second, last, ...more] = own('Ruth');
  expect(more).toEqual([]);
  expect([first?.type, second?.type, last?.type]).toEqual(['chat', 'chat', 'document']);
  expect(last?.text).toBe('The rest of the answer is in the file.');
  expect(last?.file).toMatchObject({ filename: 'answer.txt', mimetype: 'text/plain' });
  expect(last?.file?.data.toString()).toBe(LONG);

  // The file is there; only the page's answer is lost.
  double.addContact('Vera');
  let losses = 1;
  double.faults.judgeCalls((call, args) => {
    const { message } = args as { message?: { type?: string } };
    return call === 'send' && message?.type === 'document' && losses-- > 0 ? 'lose' : undefined;
  });
  double.says('Vera', 'Vera', 'everything');
  await double.waitForMessage('Vera', ({ file }) => file !== undefined);
  double.says('Vera', 'Vera', 'and then');
  await double.waitForMessage('Vera', 'and then');
  expect(own('Vera').filter(({ file }) => file)).toHaveLength(1);

  double.addContact('Quinn');
  double.faults.uploadFails();
  double.says('Quinn', 'Quinn', 'everything');
  await double.waitForMessage('Quinn', 'the rest is left out');
  double.faults.uploadFails(false);
  expect(own('Quinn').map(({ type }) => type)).toEqual(['chat', 'chat', 'chat']);
});
