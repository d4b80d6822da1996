import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createClient, createProfile } from './client.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from './index.ts';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let double: WhatsAppWebDouble;
let profile: ReturnType<typeof createProfile>;
let phone: ReturnType<typeof createClient>;

const QUIET = { sendSeen: false, linkPreview: false };
const textMatches = (text: string) => ({ where: ([message]: { body: string }[]) => message?.body === text });
const heard = (text: string) =>
  phone.heard.filter(({ event, args }) => event === 'message' && args[0].body === text).map(({ args }) => args[0]);
const textsIn = async (chat: string) => {
  const messages = await (await phone.client.getChatById(double.chatId(chat))).fetchMessages({ limit: 100 });
  return messages.map(({ body }) => body);
};

/** Waits until the page has gone, does something, and waits until the library listens to the next one. */
async function whileReloading(run: () => void): Promise<void> {
  const before = phone.heard.length;
  await double.waitUntil(() => !double.listening, { what: 'the page to be gone' });
  run();
  await phone.next('ready', { from: before });
}

beforeAll(async () => {
  double = await startWhatsAppWebDouble();
  profile = createProfile();
  double.addContact('Ana');
  double.addContact('Ben');
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

test('after a reload it is ready again; what came meanwhile is in the chat but was not told', async () => {
  double.says('Ana', 'Ana', 'before');
  await phone.next('message', textMatches('before'));
  double.reload();
  await whileReloading(() => double.says('Ana', 'Ana', 'meanwhile'));
  expect(phone.count('ready')).toBe(2);
  double.says('Ana', 'Ana', 'after');
  await phone.next('message', textMatches('after'));
  expect(heard('meanwhile')).toEqual([]);
  expect(new Set(heard('before').map(({ id }) => id._serialized)).size).toBe(1);
  expect((await textsIn('Ana')).slice(-3)).toEqual(['before', 'meanwhile', 'after']);
});

test('a result can be lost in a reload although the message was sent', async () => {
  double.faults.loseResult();
  const send = phone.client.sendMessage(double.person('Ben').pn, 'sent or not?', QUIET);
  await Promise.all([expect(send).rejects.toThrow(), whileReloading(() => undefined)]);
  expect(double.visible('Ben')).toMatchObject([{ from: 'me', text: 'sent or not?', ack: 2 }]);
  expect(await textsIn('Ben')).toEqual(['sent or not?']);
});

test('without a network messages wait on both sides, and are told when it is back', async () => {
  const before = phone.heard.length;
  double.goOffline();
  await phone.next('change_state', { from: before, where: ([state]) => state === 'TIMEOUT' });
  double.says('Ana', 'Ana', 'are you there?');
  await phone.client.sendMessage(double.person('Ben').pn, 'hold on', QUIET);
  expect(double.visible('Ben').at(-1)).toMatchObject({ text: 'hold on', ack: 0 });
  expect(heard('are you there?')).toEqual([]);
  double.online();
  await phone.next('change_state', { from: before, where: ([state]) => state === 'CONNECTED' });
  await phone.next('message', textMatches('are you there?'));
  await double.waitForMessage('Ben', (message) => message.text === 'hold on' && message.ack === 2);
});

test('what came while it was away is synced without a word', async () => {
  const before = phone.heard.length;
  double.away();
  await phone.next('change_state', { from: before, where: ([state]) => state === 'TIMEOUT' });
  double.says('Ana', 'Ana', 'missed');
  double.back();
  double.says('Ana', 'Ana', 'not missed');
  await phone.next('message', textMatches('not missed'));
  expect(heard('missed')).toEqual([]);
  expect((await textsIn('Ana')).slice(-2)).toEqual(['missed', 'not missed']);
});

test('a frame that appears while the page loads: everything is told twice, under the same ids', async () => {
  const before = phone.count('ready');
  double.faults.frameWhileLoading();
  double.reload();
  await whileReloading(() => double.faults.frameWhileLoading(false));
  await phone.times('ready', before + 2);
  const id = double.says('Ana', 'Ana', 'once');
  double.says('Ana', 'Ana', 'then');
  await phone.next('message', textMatches('then'));
  expect(heard('once').map((message) => message.id._serialized)).toEqual([id, id]);
});

test('a crash of the tab is told by the page alone', async () => {
  const crashed = new Promise<Error>((resolve) => phone.client.pupPage?.once('error', resolve));
  double.crashTab();
  expect((await crashed).message).toContain('crashed');
  expect(phone.count('disconnected')).toBe(0);
  await double.waitUntil(() => !double.listening);
  expect(() => double.crashTab()).toThrow('no browser');
});
