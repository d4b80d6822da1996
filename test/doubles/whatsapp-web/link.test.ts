import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createClient, createProfile } from './client.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from './index.ts';

// A browser takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let double: WhatsAppWebDouble;
let profile: ReturnType<typeof createProfile>;
let phone: ReturnType<typeof createClient>;

beforeEach(async () => {
  double = await startWhatsAppWebDouble();
  profile = createProfile();
  phone = createClient(double, profile.path);
});

afterEach(async () => {
  await phone.end();
  await double.close();
  profile.remove();
});

test('the code on the screen links the device, an expired one does not; the session outlives a killed browser, not a logout', async () => {
  await phone.client.initialize();
  const [first] = await phone.next('qr');
  double.renewQr();
  const [second] = await phone.next('qr', { where: ([qr]) => qr !== first });
  expect(() => double.scan(first)).toThrow('expired');
  expect(phone.count('ready')).toBe(0);

  double.scan(second);
  await phone.next('ready');
  expect(phone.count('authenticated')).toBe(1);
  expect(double.linked).toBe(true);
  expect(phone.client.info.wid._serialized).toBe(double.me.pn);
  expect(phone.client.info.pushname).toBe('Chasqui');
  expect([...double.unknownModules]).toEqual([]);

  const gone = new Promise((resolve) => phone.client.pupBrowser?.once('disconnected', resolve));
  double.killBrowser();
  await gone;
  phone = createClient(double, profile.path);
  await phone.client.initialize();
  await phone.next('ready');
  expect(phone.count('qr')).toBe(0);

  // A logout on the phone brings a new code in the same browser; a pairing code links it again.
  const before = phone.heard.length;
  double.logout();
  expect((await phone.next('disconnected'))[0]).toBe('LOGOUT');
  expect(double.linked).toBe(false);
  await phone.next('qr', { from: before });

  const code = await phone.client.requestPairingCode('4915550000000');
  expect(code).toMatch(/^[1-9A-Z]{8}$/);
  expect(() => double.enterCode('AAAAAAAA')).toThrow('wrong');
  double.enterCode(code);
  await phone.next('ready', { from: before });
  expect(double.linked).toBe(true);
});

test('a module that is gone, or a sync told too early, leave the library waiting; opened elsewhere it takes over, unpaired it closes', async () => {
  phone = createClient(double, profile.path, { takeoverOnConflict: true, takeoverTimeoutMs: 1 });
  double.faults.moduleMissing('WAWebUserPrefsMeUser');
  await phone.client.initialize();
  const problem = new Promise<Error>((resolve) => phone.client.pupPage?.once('pageerror', resolve as never));
  await phone.next('qr');
  double.scan();
  await phone.next('authenticated');
  expect((await problem).message).toContain('WAWebUserPrefsMeUser');
  expect([...double.unknownModules]).toEqual(['WAWebUserPrefsMeUser']);
  expect(phone.count('ready')).toBe(0);

  double.faults.moduleMissing('WAWebUserPrefsMeUser', false);
  double.faults.syncsEarly();
  double.reload();
  await double.waitUntil(() => !double.attached, { what: 'the page to be gone' });
  await double.waitUntil(() => double.attached, { what: 'the library to wait' });
  expect(await phone.client.getState()).toBe('CONNECTED');
  expect([phone.count('ready'), double.listening]).toEqual([0, false]);

  double.faults.syncsEarly(false);
  double.reload();
  await phone.next('ready');

  double.conflict();
  await phone.next('change_state', { where: ([state]) => state === 'CONFLICT' });
  await phone.next('change_state', { where: ([state]) => state === 'CONNECTED' });
  expect(phone.count('disconnected')).toBe(0);
  const closed = new Promise((resolve) => phone.client.pupBrowser?.once('disconnected', resolve));
  double.unpair();
  expect((await phone.next('disconnected'))[0]).toBe('UNPAIRED');
  await closed;
});
