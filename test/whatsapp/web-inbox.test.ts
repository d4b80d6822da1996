/** What the linked account takes for its own, and what survives while Redis is away. */
import { expect, test, vi } from 'vitest';
import { createMemory } from '../../adapters/whatsapp/memory.ts';
import { createInbox } from '../../adapters/whatsapp/web/inbox.ts';
import type { LinkedMessage } from '../../adapters/whatsapp/web/message.ts';
import { guardRejections, isTheLibrarys } from '../../adapters/whatsapp/web/rejections.ts';
import { createTestIngest } from '../conformance/adapter.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

const ME = ['4915550000000@c.us', '19@lid'];

function build(allowedChats: string[] = []) {
  const { log } = captureLog();
  const ingest = createTestIngest();
  const pending = new Map<string, number>();
  const listeners = new Map<string, (message: unknown) => void>();
  const inbox = createInbox({
    ingest,
    memory: createMemory({ store: createMemoryStore(), keepSeconds: 60, log }),
    settings: { groupPrefix: undefined, allowedChats },
    me: () => ME,
    phoneOf: async (lid) => (lid === '77@lid' ? '4917700000000@c.us' : undefined),
    onStored: (id) => void pending.delete(id),
    onPending: (id, at) => void pending.set(id, at),
    log,
  });
  inbox.listen({
    on: (event: string, listener: (message: unknown) => void) => listeners.set(event, listener),
  } as never);
  return { ingest, inbox, pending, hear: (message: LinkedMessage) => listeners.get('message')?.(message) };
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

test('a message that cannot be stored is tried again, and marks where a catch-up has to begin until it is', async () => {
  const { ingest, hear, pending, inbox } = build();
  ingest.away = true;
  hear(message('1@c.us', 'meanwhile'));
  await vi.waitUntil(() => pending.size === 1);
  ingest.away = false;
  const [taken] = await ingest.taken.until((items) => items.length === 1);
  expect(taken?.text).toBe('meanwhile');
  await vi.waitUntil(() => pending.size === 0);
  await inbox.close();
});

test('failures that the library leaves unhandled are told from those of others', () => {
  const theirs = new Error('Target closed');
  theirs.stack = 'Error: Target closed\n    at Client.inject (/x/node_modules/whatsapp-web.js/src/Client.js:1:1)';
  expect(isTheLibrarys(theirs)).toBe(true);
  expect(isTheLibrarys(new Error('outer', { cause: theirs }))).toBe(true);
  expect(isTheLibrarys('auth timeout')).toBe(true);
  expect(isTheLibrarys(new Error('ours'))).toBe(false);
  expect(isTheLibrarys('something else')).toBe(false);
  const before = process.listenerCount('unhandledRejection');
  guardRejections(captureLog().log)();
  expect(process.listenerCount('unhandledRejection')).toBe(before);
});
