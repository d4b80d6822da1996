/** What people send in Telegram, as it reaches the model. */
import { afterEach, expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { createTestIngest } from '../conformance/adapter.ts';
import { ANA, ME } from '../doubles/telegram/index.ts';
import { ANAS_CHAT, GROUP, startTelegram, TOPIC } from './harness.ts';

const open: Awaited<ReturnType<typeof startTelegram>>[] = [];

async function start(change: object = {}) {
  const ingest = Object.assign(createTestIngest(), change);
  const running = await startTelegram(ingest);
  open.push(running);
  await running.receiver.start();
  const sender = running.adapter.sender();
  /** The newest message as the model reads it. */
  async function read(count: number): Promise<string | undefined> {
    const taken = await ingest.taken.until((items) => items.length === count);
    return (await sender.enrich([taken.at(-1) as InboundMessage], { first: true })).messages[0]?.text;
  }
  return { ...running, ingest, sender, read };
}

afterEach(async () => {
  for (const { receiver, double } of open.splice(0)) {
    await receiver.stop();
    await double.close();
  }
});

const BEN = { id: 7, is_bot: false, first_name: 'Ben' };
const group = { id: GROUP, type: 'supergroup' };
const replied = (more: object) => ({ reply_to_message: { message_id: 5, from: BEN, chat: group, date: 1, ...more } });

test('what a message replies to stands above it: words, the marked part, files, polls, an answer of its own', async () => {
  const { double, read } = await start();
  const file = {
    file_id: double.addFile('disk full'),
    file_unique_id: 'u1',
    file_name: 'error.log',
    mime_type: 'text/plain',
  };
  const cases: [Record<string, unknown>, string][] = [
    [replied({ text: 'Guten Morgen' }), '[in reply to a message of Ben]\n> Guten Morgen\n\n'],
    [
      { ...replied({ text: 'Guten Morgen' }), quote: { text: 'Morgen', position: 6 } },
      '[in reply to a message of Ben]\n> Guten Morgen\n[marked in it: “Morgen”]\n\n',
    ],
    [
      replied({ from: ME, text: 'An earlier\nanswer' }),
      '[in reply to your earlier message]\n> An earlier\n> answer\n\n',
    ],
    [
      replied({ photo: [{ file_id: 'p', file_unique_id: 'p' }] }),
      '[in reply to a message of Ben]\n> [attached: photo.jpg]\n\n',
    ],
    [
      replied({ poll: { question: 'Tea?', options: [{ text: 'Yes' }, { text: 'No' }] } }),
      '[in reply to a message of Ben]\n> [poll: Tea?]\n> - Yes\n> - No\n\n',
    ],
    [
      { quote: { text: 'from afar' }, external_reply: { origin: { type: 'hidden_user', sender_user_name: 'Caro' } } },
      '[in reply to a message of Caro]\n> from afar\n\n',
    ],
    [replied({ forum_topic_created: { name: 'Topic' } }), ''],
  ];
  for (const [n, [more, above]] of cases.entries()) {
    double.says(GROUP, '@chasqui_bot translate this', more);
    expect(await read(n + 1)).toBe(`${above}translate this`);
  }
  double.says(GROUP, '@chasqui_bot what is wrong?', replied({ document: file }));
  expect(await read(cases.length + 1)).toMatch(
    /^\[in reply to a message of Ben\]\n> \[attached: error\.log\]\n\nwhat is wrong\?\n\nFile “error\.log”:\n```\ndisk full\n```/,
  );
});

test('voice notes and stickers are answered politely, once an hour; in groups only where they speak to it', async () => {
  const { double, ingest } = await start();
  const voice = { text: undefined, voice: { file_id: 'v', file_unique_id: 'v', duration: 2, mime_type: 'audio/ogg' } };
  const sticker = { text: undefined, sticker: { file_id: 's', file_unique_id: 's' } };
  double.says(GROUP, '', sticker);
  double.says(GROUP, '', { ...sticker, ...replied({}) });
  double.says(ANAS_CHAT, '', { text: undefined, pinned_message: {} });
  double.says(ANAS_CHAT, '', voice);
  double.says(ANAS_CHAT, '', sticker);
  double.redeliver();
  double.says(ANAS_CHAT, '', sticker);
  double.says(GROUP, '', { ...sticker, ...replied({ from: ME }) });
  await double.calls.until((items) => items.filter(({ method }) => method === 'sendMessage').length === 3);
  await double.confirmed(double.says(ANAS_CHAT, 'hello').update);
  const told = [...double.shown(ANAS_CHAT), ...double.shown(GROUP)].map(({ text }) => text);
  expect(told).toEqual([
    'Sorry, I cannot listen to voice notes. Please write your message as text.',
    ...Array(2).fill('Sorry, I cannot read this kind of message. Please write it as text, or send a file.'),
  ]);
  expect(ingest.taken.items.map(({ text }) => text)).toEqual(['hello']);
});

test('who writes for the group or a channel is answered, and their thumbs count; a channel’s own posts are not heard', async () => {
  const judged: unknown[] = [];
  const { double, ingest, sender } = await start({
    feedback: async (_to: unknown, { author, value, before }: { author: string; value: string; before?: string }) =>
      judged.push([author, value, before]),
  });
  const anonymous = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' };
  const channel = { id: -1009, type: 'channel', title: 'News' };
  double.says(GROUP, '@chasqui_bot who am I?', { from: anonymous, sender_chat: { ...group, title: 'Runners' } });
  double.says(GROUP, '@chasqui_bot and I?', { from: { ...anonymous, id: 136817688 }, sender_chat: channel });
  double.says(GROUP, '@chasqui_bot a post', { sender_chat: channel, is_automatic_forward: true });
  const taken = await ingest.taken.until((items) => items.length === 2);
  expect(taken.map(({ author }) => author)).toEqual([
    { id: String(GROUP), name: 'Runners', bot: false },
    { id: '-1009', name: 'News', bot: false },
  ]);
  const draft = await sender.begin((taken[0] as InboundMessage).to, 'turn');
  await sender.finish(draft, { markdown: 'Hello.', outcome: 'answered' });
  const { messages } = draft;
  const reaction = { chat: group, message_id: Number(messages[0]), actor_chat: group, date: 1, old_reaction: [] };
  const [good, bad] = ['👍', '👎'].map((emoji) => [{ type: 'emoji', emoji }]);
  double.push({ message_reaction: { ...reaction, new_reaction: good } });
  double.push({ message_reaction: { ...reaction, old_reaction: good, new_reaction: bad } });
  double.push({ message_reaction: { ...reaction, old_reaction: bad, new_reaction: [] } });
  await double.confirmed(double.says(GROUP, 'over').update);
  // What it was before goes with it: a judgement that is changed or taken back is counted once.
  expect(judged).toEqual([
    [String(GROUP), 'good', 'none'],
    [String(GROUP), 'bad', 'good'],
    [String(GROUP), 'none', 'bad'],
  ]);
});

test('files, pictures, films and sounds are kept; a poll, a place and a forward are told in words', async () => {
  const { double, ingest } = await start();
  const file = (name: string, more = {}) => ({ file_id: name, file_unique_id: `u-${name}`, ...more });
  const sent: object[] = [
    { document: file('d', { file_name: 'report.csv', mime_type: 'application/vnd.ms-excel', file_size: 12 }) },
    { photo: [file('small'), file('large')], caption: 'what is this?' },
    { video: file('v', { mime_type: 'video/mp4' }) },
    { audio: file('a', { file_name: 'song.mp3' }) },
    { document: file('g', { file_name: 'cat.mp4', mime_type: 'video/mp4' }), animation: file('g') },
    { poll: { question: 'Tea?', options: [{ text: 'Yes' }] } },
    { venue: { location: { latitude: -13.5, longitude: -71.9 }, title: 'Cusco', address: 'Peru' } },
  ];
  for (const content of sent) double.says(ANAS_CHAT, '', { text: undefined, ...content });
  double.says(ANAS_CHAT, 'Deploy failed', { forward_origin: { type: 'user', sender_user: BEN, date: 1 } });
  const taken = await ingest.taken.until((items) => items.length === sent.length + 1);
  expect(taken.map(({ text, attachments }) => [text, ...attachments.map(({ name }) => name)])).toEqual([
    ['', 'report.csv'],
    ['what is this?', 'photo.jpg'],
    ['', 'video.mp4'],
    ['', 'song.mp3'],
    ['', 'cat.mp4'],
    ['[poll: Tea?]\n- Yes'],
    ['[location: Cusco; Peru; -13.5, -71.9]'],
    ['Forwarded message: Ben: Deploy failed'],
  ]);
  expect(taken[0]?.attachments[0]).toMatchObject({ mediaType: 'application/vnd.ms-excel', size: 12 });
  expect(taken[1]?.attachments[0]?.ref).toBe('large');
});

test('an update of an unknown form holds up nothing', async () => {
  const { double, ingest, log } = await start();
  double.push({ message: { message_id: 1, from: ANA, date: 1, text: 'without a chat' } });
  double.push({ something_new: {} });
  double.says(ANAS_CHAT, 'hello');
  const taken = await ingest.taken.until((items) => items.length === 1);
  expect(taken[0]?.text).toBe('hello');
  expect(log.lines.some(({ msg }) => String(msg).includes('unknown form'))).toBe(true);
});

test('what Telegram refuses is posted without tags, in the same messages', async () => {
  const { double, sender } = await start();
  const to = {
    platform: 'telegram',
    conversation: `telegram:${GROUP}:${TOPIC}`,
    route: { chat: GROUP, thread: TOPIC },
  };
  const reply = { markdown: '**Bold** & `a < b`', outcome: 'answered', plain: true } as const;
  await sender.finish(await sender.begin(to, 'turn'), reply);
  expect(double.shown(GROUP, TOPIC)).toMatchObject([{ text: 'Bold & a < b', html: 'Bold &amp; a &lt; b' }]);
});
