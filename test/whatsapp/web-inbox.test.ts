/** What the linked account takes for its own, and what survives while Redis is away. */
import { expect, test } from 'vitest';
import { createSentMessages } from '../../adapters/whatsapp/sent-messages.ts';
import { createLinkedEvents } from '../../adapters/whatsapp-linked/events.ts';
import type { LinkedMessage } from '../../adapters/whatsapp-linked/message.ts';
import { createRefusals } from '../../adapters/whatsapp-linked/receive/refusals.ts';
import { createTestIngest } from '../conformance/adapter.ts';
import { captureLog } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { createMemoryStore } from '../support/store.ts';
import { until } from './web.ts';

const ME = ['4915550000000@c.us', '19@lid'];

function build(allowedChats: string[] = [], me = ME) {
  const { log } = captureLog();
  const ingest = createTestIngest();
  const pending = new Map<string, number>();
  const told: string[] = [];
  const store = createMemoryStore();
  const listeners = new Map<string, (...args: unknown[]) => void>();
  const inbox = createLinkedEvents({
    ingest,
    sentMessages: createSentMessages({ store, keepSeconds: 60, log }),
    refusals: createRefusals({
      store,
      log,
      sender: {
        begin: async (to, key) => ({ to, key, messages: [], unverified: false, state: {} }),
        async finish({ to }, { markdown }) {
          told.push(`${to.route.chat}: ${markdown}`);
        },
      },
    }),
    settings: { groupPrefix: undefined, allowedChats },
    me: () => me,
    phoneOf: async (lid) => (lid === '77@lid' ? '4917700000000@c.us' : undefined),
    onStored: (id) => void pending.delete(id),
    onPending: (id, at) => void pending.set(id, at),
    log,
  });
  inbox.listen({
    on: (event: string, listener: (...args: unknown[]) => void) => listeners.set(event, listener),
  } as never);
  const emit = (event: string, ...args: unknown[]): void => listeners.get(event)?.(...args);
  return { ingest, inbox, pending, told, emit, hear: (message: LinkedMessage) => emit('message', message) };
}

let count = 0;
const message = (chat: string, body = 'hello', more: Partial<LinkedMessage> = {}): LinkedMessage => ({
  id: { fromMe: false, remote: chat, _serialized: `false_${chat}_${++count}` },
  type: 'chat',
  body,
  from: chat,
  timestamp: Math.floor(Date.now() / 1_000),
  ...more,
});

test('with a list of chats only those are answered, whether they go by number or by lid', async () => {
  const { inbox, ingest } = build(['4917700000000', '120363000000000001@g.us']);
  const group = '120363000000000001@g.us';
  for (const chat of ['4917700000000@c.us', '77@lid', '4918800000000@c.us', '88@lid']) await inbox.take(message(chat));
  await inbox.take(message(group, '@4915550000000 hi', { mentionedIds: [ME[0]], author: '99@lid' }));
  expect(ingest.taken.items.map(({ to }) => to.route.chat)).toEqual(['4917700000000@c.us', '77@lid', group]);
  await inbox.close();
});

test('ids in both of their forms name us: mentions and replies to us in groups', async () => {
  const { inbox, ingest } = build();
  const group = '1-2@g.us';
  await inbox.take(message(group, 'no', { mentionedIds: [{ _serialized: '20@lid' }] }));
  await inbox.take(message(group, 'yes @19', { mentionedIds: [{ _serialized: '19@lid' }] }));
  await inbox.take(
    message(group, 'reply', { rawData: { quotedParticipant: { _serialized: '19@lid' }, quotedMsg: { body: 'x' } } }),
  );
  await inbox.take(
    message(group, 'reply to another', { rawData: { quotedParticipant: '20@lid', quotedMsg: { body: 'x' } } }),
  );
  expect(ingest.taken.items.map(({ text }) => text)).toEqual(['yes', 'reply']);
  expect(ingest.taken.items.map(({ to }) => to.conversation)).toEqual(Array(2).fill('whatsapp-web:1-2@g.us'));
  await inbox.close();
});

test('ids may name a device too, on either side', async () => {
  const group = '1-2@g.us';
  for (const me of [ME, ['4915550000000:16@c.us', '19:16@lid'], ['4915550000000_1:2@c.us', '19_1:16@lid']]) {
    const { inbox, ingest } = build([], me);
    for (const id of ['19@lid', '19:16@lid', '4915550000000:3@c.us'])
      await inbox.take(message(group, `hi ${id} @19`, { mentionedIds: [{ _serialized: id }] }));
    await inbox.take(message(group, 'reply', { rawData: { quotedParticipant: '19:7@lid', quotedMsg: { body: 'x' } } }));
    await inbox.take(message(group, 'not me', { mentionedIds: ['191@lid', '9:19@lid', '1:9@lid', ''] }));
    expect(ingest.taken.items.map(({ text }) => text)).toEqual([
      ...['19@lid', '19:16@lid', '4915550000000:3@c.us'].map((id) => `hi ${id}`),
      'reply',
    ]);
    await inbox.close();
  }
});

test('of what it cannot read it tells people politely, once in a while: what they send, and no notice', async () => {
  const { inbox, ingest, told } = build();
  const SENT = [
    'sticker',
    'sticker-pack',
    'poll_creation',
    'event_creation',
    'vcard',
    'multi_vcard',
    'order',
    'unknown',
  ];
  for (const type of SENT) await inbox.take(message(`${type}@c.us`, '', { type }));
  const voice = { type: 'ptt', hasMedia: true, rawData: { mimetype: 'audio/ogg; codecs=opus' } };
  await inbox.take(message('voice@c.us', '', voice));
  const once = { rawData: { subtype: 'view_once_unavailable_fanout' } };
  await inbox.take(message('once@c.us', '', { type: 'ciphertext', ...once }));
  await inbox.take(message('empty@c.us', '', { type: 'image', hasMedia: false }));
  await until(() => told.length === SENT.length + 3);
  expect(told.map((text) => text.split('@')[0]).sort()).toEqual([...SENT, 'once', 'empty', 'voice'].sort());
  expect(told[0]).toMatch(/Sorry, I cannot read this kind/);
  expect(told.filter((text) => text.includes('voice notes'))).toEqual([
    'voice@c.us: Sorry, I cannot listen to voice notes. Please write your message as text.',
  ]);

  const NOTICES = ['e2e_notification', 'revoked', 'call_log', 'gp2', 'ciphertext', 'protocol', 'notification'];
  const OTHERS = ['notification_template', 'group_notification', 'broadcast_notification', 'reaction', 'poll_update'];
  for (const type of [...NOTICES, ...OTHERS, 'pinned_message', 'album', 'debug', 'interactive', ''])
    await inbox.take(message('notice@c.us', 'x', { type }));
  const sticker = message('1@c.us', '', { type: 'sticker' });
  await Promise.all([inbox.take(sticker), inbox.take(sticker), inbox.take(message('1@c.us', '', { type: 'sticker' }))]);
  await inbox.close();
  expect(told.slice(SENT.length + 3).map((text) => text.split(':')[0])).toEqual(['1@c.us']);
  expect(ingest.taken.items).toEqual([]);
});

test('what it cannot read is left alone in groups, where it does not speak to us, and in chats that are not on the list', async () => {
  const group = '1-2@g.us';
  const { inbox, told } = build([group, '1@c.us']);
  const sticker = (chat: string, quoted?: string) =>
    message(chat, '', { type: 'sticker', author: '20@lid', rawData: quoted ? { quotedParticipant: quoted } : {} });
  for (const one of [sticker(group), sticker(group, '20@lid'), sticker('2@c.us')]) await inbox.take(one);
  await inbox.take(sticker(group, '19@lid'));
  await inbox.close();
  expect(told.map((text) => text.split(':')[0])).toEqual([group]);
});

test('a message that cannot be stored is tried again, and marks where a catch-up has to begin until it is', async () => {
  const { ingest, hear, pending, inbox } = build();
  ingest.away = true;
  hear(message('1@c.us', 'meanwhile'));
  await until(() => pending.size === 1);
  ingest.away = false;
  const [taken] = await ingest.taken.until((items) => items.length === 1);
  expect(taken?.text).toBe('meanwhile');
  await until(() => pending.size === 0);
  await inbox.close();
});

test('what came while Redis was away is taken in its order afterwards: messages, an edit, a deletion', async () => {
  const { ingest, hear, emit, inbox } = build();
  const seen = createRecord<string>();
  const store = ingest.message.bind(ingest);
  ingest.message = async (one) => {
    const result = await store(one);
    seen.add(one.text);
    return result;
  };
  ingest.amend = async (_conversation, _id, text) => {
    if (ingest.away) throw new Error('Redis is away');
    seen.add(text ?? 'deleted');
    return true;
  };
  ingest.away = true;
  const [first, second] = [message('1@c.us', 'first'), message('1@c.us', 'second')];
  hear(first);
  hear(second);
  emit('message_edit', { ...first, body: 'mended' }, 'mended');
  emit('message_revoke_everyone', second, null);
  ingest.away = false;
  await seen.until((items) => items.length === 4);
  expect(seen.items).toEqual(['first', 'second', 'mended', 'deleted']);
  await inbox.close();
});
