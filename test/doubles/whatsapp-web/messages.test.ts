import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import WAWebJS from 'whatsapp-web.js';
import { createClient, createProfile } from './client.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from './index.ts';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let double: WhatsAppWebDouble;
let profile: ReturnType<typeof createProfile>;
let phone: ReturnType<typeof createClient>;

const QUIET = { sendSeen: false, linkPreview: false };
const textMatches = (text: string) => ({ where: ([message]: WAWebJS.Message[]) => message?.body === text });

beforeAll(async () => {
  double = await startWhatsAppWebDouble();
  profile = createProfile();
  double.addContact('Ana');
  double.addContact('Ben', { byLid: true, saved: false });
  double.addContact('Cem', { phone: 'asked' });
  double.addContact('Dia', { phone: 'hidden' });
  double.addGroup('Team', ['Ana', 'Ben']);
  phone = createClient(double, profile.path);
  await phone.client.initialize();
  await phone.next('qr');
  double.scan();
  await phone.next('ready');
});

afterAll(async () => {
  await phone.end();
  await double.close();
  profile.remove();
});

test('a private message arrives, and its answer quotes it', async () => {
  const id = double.says('Ana', 'Ana', 'Where is the key?');
  const [message] = await phone.next('message', textMatches('Where is the key?'));
  expect(message).toMatchObject({ from: double.person('Ana').pn, to: double.me.pn, fromMe: false, hasMedia: false });
  expect(message.id._serialized).toBe(id);
  // A chat's first message brings a notification along.
  expect(phone.heard.find(({ event }) => event === 'message')?.args[0].type).toBe('e2e_notification');

  const sent = await phone.client.sendMessage(message.from, 'Under the *mat*.', { quotedMessageId: id, ...QUIET });
  expect(sent.ack).toBe(0);
  await phone.next('message_ack', { where: ([acked, ack]) => acked.id.id === sent.id.id && ack === 2 });
  expect(double.visible('Ana')).toMatchObject([
    { from: 'Ana', text: 'Where is the key?' },
    { id: sent.id._serialized, from: 'me', text: 'Under the *mat*.', quoted: id, ack: 2 },
  ]);
  // Heard as one's own as well, and before the call was answered.
  expect(
    phone.heard.findIndex(({ event, args }) => event === 'message_create' && args[0].id.id === sent.id.id),
  ).toBeLessThan(phone.heard.findIndex(({ event, args }) => event === 'message_ack' && args[0].id.id === sent.id.id));
  double.reads('Ana');
  await phone.next('message_ack', { where: ([acked, ack]) => acked.id.id === sent.id.id && ack === 3 });
});

test('in a group people go by lid: a mention names the account, a reply quotes it', async () => {
  double.says('Ben', 'Team', 'What is the plan, @me?', { mentionMe: true });
  const [asked] = await phone.next('message', { where: ([message]) => message.body.startsWith('What is the plan') });
  expect(asked.from).toBe(double.chatId('Team'));
  expect(asked.author).toBe(double.person('Ben').lid);
  expect(asked.mentionedIds).toEqual([double.me.lid]);
  expect(asked.id._serialized.split('_')[3]).toBe(double.person('Ben').lid);
  const sent = await phone.client.sendMessage(asked.from, 'Lunch.', {
    quotedMessageId: asked.id._serialized,
    ...QUIET,
  });
  expect(sent.id._serialized.split('_')[3]).toBe(double.me.lid);

  double.says('Ana', 'Team', 'When?', { quote: sent.id._serialized });
  const [reply] = await phone.next('message', textMatches('When?'));
  const quoted = await reply.getQuotedMessage();
  expect(quoted).toMatchObject({ fromMe: true, body: 'Lunch.', id: { _serialized: sent.id._serialized } });
  expect(reply.rawData).toMatchObject({ quotedParticipant: double.me.lid, quotedStanzaID: sent.id.id });

  const chat = (await phone.client.getChatById(asked.from)) as WAWebJS.GroupChat;
  expect(chat).toMatchObject({ name: 'Team', isGroup: true });
  expect(chat.participants.map(({ id }) => id._serialized)).toEqual([
    double.person('Ana').pn,
    double.person('Ben').pn,
    double.me.pn,
  ]);
});

test('lid and phone number are found for each other, as far as WhatsApp tells', async () => {
  const people = ['Ben', 'Cem', 'Dia'].map(double.person);
  const ids = await phone.client.getContactLidAndPhone([...people.map(({ lid }) => lid), double.person('Ana').pn]);
  expect(ids).toEqual([
    { lid: people[0]?.lid, pn: people[0]?.pn },
    { lid: people[1]?.lid, pn: people[1]?.pn },
    { lid: people[2]?.lid },
    { lid: double.person('Ana').lid, pn: double.person('Ana').pn },
  ]);
  double.says('Dia', 'Dia', 'Guess who');
  const [message] = await phone.next('message', textMatches('Guess who'));
  expect(message.from).toBe(double.person('Dia').lid);
  const contact = await message.getContact();
  expect(contact).toMatchObject({ pushname: 'Dia', name: 'Dia' });
  // A chat by lid is also found by the phone number.
  double.says('Ben', 'Ben', 'me too');
  const [other] = await phone.next('message', textMatches('me too'));
  expect((await phone.client.getChatById(double.person('Ben').pn)).id._serialized).toBe(other.from);
  expect((await other.getContact()).name).toBeUndefined();
  await expect(phone.client.getChatById('999999@c.us')).rejects.toThrow('No LID for user');
});

test('files come in, and one goes out', async () => {
  const sound = Buffer.from('OggS of a kind');
  double.says('Ana', 'Ana', '', {
    media: { mimetype: 'audio/ogg; codecs=opus', data: sound, voice: true, duration: 3 },
  });
  const [voice] = await phone.next('message', { where: ([message]) => message.type === 'ptt' });
  expect(voice).toMatchObject({ hasMedia: true, duration: '3' });
  expect(Buffer.from((await voice.downloadMedia()).data, 'base64')).toEqual(sound);

  const paper = { mimetype: 'application/pdf', data: Buffer.from('%PDF-1.7'), filename: 'lease.pdf' };
  double.says('Ana', 'Ana', 'read this', { media: paper });
  const [document] = await phone.next('message', textMatches('read this'));
  expect(document.type).toBe('document');
  expect(await document.downloadMedia()).toMatchObject({
    filename: 'lease.pdf',
    mimetype: 'application/pdf',
    filesize: 8,
  });
  double.faults.mediaGone();
  expect(await document.downloadMedia()).toBeUndefined();
  double.faults.mediaGone(false);

  const media = new WAWebJS.MessageMedia('text/plain', Buffer.from('a,b\n').toString('base64'), 'table.csv');
  await phone.client.sendMessage(double.person('Ana').pn, media, {
    sendMediaAsDocument: true,
    caption: 'the table',
    ...QUIET,
  });
  const seen = await double.waitForMessage('Ana', 'the table');
  expect(seen).toMatchObject({ type: 'document', file: { filename: 'table.csv', mimetype: 'text/plain' } });
  expect(seen.file?.data.toString()).toBe('a,b\n');
});

test('own messages can be edited for a quarter of an hour, and deleted', async () => {
  const sent = await phone.client.sendMessage(double.person('Ana').pn, 'draft', QUIET);
  const edited = await sent.edit('better, see https://example.org', { linkPreview: false });
  expect(edited?.body).toBe('better, see https://example.org');
  expect(double.visible('Ana').at(-1)).toMatchObject({ text: 'better, see https://example.org', edits: ['draft'] });
  await phone.next('message_edit', { where: ([message, now]) => message.fromMe && now.startsWith('better') });
  await expect(sent.edit('see https://example.com')).rejects.toThrow();

  await double.ages(sent.id._serialized, 16 * 60);
  expect(await sent.edit('too late', { linkPreview: false })).toBeNull();
  expect(double.visible('Ana').at(-1)?.text).toBe('better, see https://example.org');
  await sent.delete(true);
  expect(double.visible('Ana').at(-1)).toMatchObject({ deleted: true, text: '' });
});

test('others edit, delete and react; so does the account', async () => {
  const id = double.says('Ana', 'Ana', 'tpyo');
  await phone.next('message', textMatches('tpyo'));
  double.edits(id, 'typo');
  const [, now, before] = await phone.next('message_edit', { where: ([message]) => message.id._serialized === id });
  expect([now, before]).toEqual(['typo', 'tpyo']);
  await phone.client.sendReaction(id, '👀');
  expect(double.visible('Ana').at(-1)?.reactions).toEqual({ me: '👀' });
  double.revokes(id);
  await phone.next('message_revoke_everyone', { where: ([message]) => message.id._serialized === id });

  const sent = await phone.client.sendMessage(double.chatId('Team'), 'Rate me', QUIET);
  double.reacts('Ana', sent.id._serialized, '👍');
  const [reaction] = await phone.next('message_reaction', { where: ([one]) => one.reaction === '👍' });
  expect(reaction.msgId._serialized).toBe(sent.id._serialized);
  expect(reaction.senderId).toBe(double.person('Ana').lid);
  double.reacts('Ana', sent.id._serialized, '');
  await phone.next('message_reaction', { where: ([one]) => one.reaction === '' });
});

test('status posts, channels, broadcasts, the own phone and late messages are told apart', async () => {
  const channel = double.addNewsletter('News');
  double.says('Ana', 'status', 'my day');
  double.says('News', 'News', 'breaking');
  double.says('Ana', 'Ana', 'to all of you', { broadcast: true });
  double.phone.says('Ana', 'written on the phone');
  const late = double.says('Ana', 'Ana', 'sealed', { late: true });
  expect((await phone.next('message', textMatches('my day')))[0]).toMatchObject({
    isStatus: true,
    from: 'status@broadcast',
  });
  expect((await phone.next('message', textMatches('breaking')))[0].from).toBe(channel);
  expect((await phone.next('message', textMatches('to all of you')))[0].broadcast).toBe(true);
  const [own] = await phone.next('message_create', textMatches('written on the phone'));
  expect(own.fromMe).toBe(true);
  await phone.next('message_ciphertext', { where: ([message]) => message.id._serialized === late });
  double.decrypts(late);
  await phone.next('message', textMatches('sealed'));
  await phone.next('message_edit', { where: ([message]) => message.id._serialized === late });
  expect(phone.heard.filter(({ event, args }) => event === 'message' && args[0].fromMe)).toEqual([]);
});

test('typing is seen until it ends, and sendSeen can fail', async () => {
  const chat = await phone.client.getChatById(double.person('Ana').pn);
  await chat.sendStateTyping();
  await double.waitUntil(() => double.typingIn('Ana') === 'typing');
  double.faults.sendSeenThrows();
  await expect(phone.client.sendMessage(chat.id._serialized, 'hm')).rejects.toThrow('markedUnread');
  expect(double.typingIn('Ana')).toBe('typing');
  double.faults.sendSeenThrows(false);
  await chat.sendMessage('done', QUIET);
  expect(double.typingIn('Ana')).toBeUndefined();
});

test('a refused message gets ack −1', async () => {
  double.faults.sendFails();
  const sent = await phone.client.sendMessage(double.person('Ana').pn, 'no way', QUIET);
  await phone.next('message_ack', { where: ([message, ack]) => message.id.id === sent.id.id && ack === -1 });
  expect(double.visible('Ana').at(-1)).toMatchObject({ text: 'no way', ack: -1 });
});

test('the chat gives back what was written, beyond what the page has in memory', async () => {
  const eve = double.addContact('Eve');
  for (let at = 0; at < 30; at++) double.says('Eve', 'Eve', `line ${at}`);
  await phone.next('message', textMatches('line 29'));
  const chats = await phone.client.getChats();
  const chat = chats.find(({ id }) => id._serialized === eve.pn);
  expect(chat).toMatchObject({ unreadCount: 30, name: 'Eve', isGroup: false });
  const messages = await chat?.fetchMessages({ limit: 200 });
  expect(messages?.map(({ body }) => body)).toEqual(Array.from({ length: 30 }, (_, at) => `line ${at}`));
  expect(double.unread('Eve')).toBe(30);
  await chat?.sendMessage('ok', QUIET);
  expect(double.unread('Eve')).toBe(0);
});
