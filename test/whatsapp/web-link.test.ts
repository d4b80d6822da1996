/** How a linked device comes to be, and comes back: codes, restarts, crashes, logouts, other processes. */
import { execFileSync, spawn } from 'node:child_process';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Receiver } from '../../adapters/contract.ts';
import { argumentsFor, ChromiumError, findChromium } from '../../adapters/whatsapp/web/chromium.ts';
import { profileIn } from '../../adapters/whatsapp/web/profile.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createTestIngest, type TestIngest } from '../conformance/adapter.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { createParts, createSite, type Site, START_MS, scanWhenShown, untilLinked } from './web.ts';

let double: WhatsAppWebDouble;
let site: Site;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  double = await startWhatsAppWebDouble();
  site = createSite(double);
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await double.close();
  site.remove();
}, START_MS);

/** One process of Chasqui, as far as this adapter is concerned. */
async function start(options: Parameters<typeof createParts>[1] = {}, ingest: TestIngest = createTestIngest()) {
  const parts = createParts(site, options);
  const http = createHttpServer(parts.log);
  const receiver: Receiver = parts.adapter.receiver({ ingest, http });
  const address = await http.listen({ host: '127.0.0.1', port: 0 });
  await receiver.start();
  let over = false;
  const stop = async () => {
    if (over) return;
    over = true;
    await receiver.stop();
    await http.close();
    parts.disconnect();
  };
  ends.push(stop);
  return { ...parts, receiver, ingest, address, stop };
}

const texts = (ingest: TestIngest) =>
  [...new Set(ingest.taken.items.map(({ id, text }) => `${id} ${text}`))].map((one) =>
    one.split(' ').slice(1).join(' '),
  );

function get(address: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(`${address}/ops/whatsapp`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    })
      .on('error', reject)
      .end();
  });
}

test('the code is shown in the terminal and on a page of this machine alone; the next start needs none', {
  timeout: START_MS * 2,
}, async () => {
  const first = await start();
  await first.printed.until((printed) => printed.length > 0);
  expect(first.receiver.status()).toEqual({ connected: false, detail: 'waiting for scan, see /ops/whatsapp' });
  expect(first.printed.items[0]).toMatch(/[▀▄█]{20}/);
  const page = await get(first.address);
  expect([page.status, page.body.includes('<svg'), page.body.includes('waiting for scan')]).toEqual([200, true, true]);
  expect((await get(first.address, { 'x-forwarded-for': '203.0.113.7' })).status).toBe(403);
  expect((await get(first.address, { host: 'chasqui.example.org' })).status).toBe(403);
  expect(JSON.stringify(first.lines)).not.toContain(double.qr as string);
  double.scan();
  await untilLinked(first.receiver);
  expect((await get(first.address)).body).not.toContain('<svg');
  double.addContact('Ana');
  double.says('Ana', 'Ana', 'before');
  await first.ingest.taken.until((items) => items.length > 0);
  await first.stop();

  double.says('Ana', 'Ana', 'while it was off');
  const second = await start();
  await untilLinked(second.receiver);
  await second.ingest.taken.until((items) => items.some(({ text }) => text === 'while it was off'));
  expect(second.printed.items).toEqual([]);
});

test('a pairing code is the other way', { timeout: START_MS }, async () => {
  const { printed, receiver, address } = await start({ env: { WHATSAPP_WEB_PHONE: '4915550000000' } });
  await printed.until((all) => all.length > 0);
  const code = double.pairingCode as string;
  expect(printed.items[0]).toContain(`${code.slice(0, 4)}-${code.slice(4)}`);
  expect((await get(address)).body).toContain(code);
  double.enterCode(code);
  await untilLinked(receiver);
});

test('crashes of the page and the browser, "use here" elsewhere and a missed sync lead back by themselves; nothing is lost', {
  timeout: START_MS * 4,
}, async () => {
  const { printed, receiver, ingest, lines } = await start();
  await scanWhenShown(double, printed);
  await untilLinked(receiver);
  double.addContact('Ana');
  const mishaps: [string, () => void][] = [
    ['the page crashed', double.crashTab],
    ['the browser ended', double.killBrowser],
    ['taken over', double.conflict],
  ];
  for (const [name, happens] of mishaps) {
    happens();
    await vi.waitUntil(() => receiver.status().detail !== 'linked', { timeout: START_MS });
    double.says('Ana', 'Ana', `during: ${name}`);
    await ingest.taken.until((items) => items.some(({ text }) => text === `during: ${name}`));
    await untilLinked(receiver);
  }
  double.faults.syncsEarly();
  double.reload();
  double.says('Ana', 'Ana', 'during: an early sync');
  await ingest.taken.until((items) => items.some(({ text }) => text.includes('early sync')));
  await untilLinked(receiver);
  expect(texts(ingest)).toEqual([...mishaps.map(([name]) => `during: ${name}`), 'during: an early sync']);
  expect(printed.items).toHaveLength(1);
  for (const state of ['restarting', 'taken over']) expect(lines.map((line) => line.state)).toContain(state);
});

test('a logout on the phone brings a new code, and linking again works', { timeout: START_MS * 2 }, async () => {
  const { printed, receiver, ingest, lines } = await start();
  await scanWhenShown(double, printed);
  await untilLinked(receiver);
  for (const happens of [double.logout, double.unpair]) {
    const before = printed.items.length;
    happens();
    await printed.until((all) => all.length > before);
    double.scan();
    await untilLinked(receiver);
  }
  expect(lines.filter(({ state }) => state === 'logged out').length).toBeGreaterThanOrEqual(2);
  double.addContact('Ana');
  double.says('Ana', 'Ana', 'are you back?');
  await ingest.taken.until((items) => items.some(({ text }) => text === 'are you back?'));
});

test('a browser that a killed process left behind is ended first, and no other', {
  timeout: START_MS * 2,
}, async () => {
  const { path } = await findChromium(undefined);
  const launch = (profile: string) =>
    spawn(
      path,
      [
        '--headless=new',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        ...double.chromiumArgs,
        'about:blank',
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
  const left = launch(profileIn(`${site.folder}/whatsapp-web`));
  const other = launch(`${site.folder}/other`);
  const over = new Promise((resolve) => left.once('exit', resolve));
  for (const child of [left, other])
    ends.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    });
  await Promise.all([left, other].map(({ stderr }) => new Promise((resolve) => stderr.once('data', resolve))));
  const { printed, receiver } = await start();
  await over;
  await scanWhenShown(double, printed);
  await untilLinked(receiver);
  expect(other.exitCode ?? other.signalCode).toBeNull();
  expect(execFileSync('cat', [`/proc/${other.pid}/cmdline`]).toString()).toContain('/other');
});

test('one process owns the browser; another takes over when it ends, and answers through it meanwhile', {
  timeout: START_MS * 3,
}, async () => {
  const first = await start();
  await scanWhenShown(double, first.printed);
  await untilLinked(first.receiver);
  const second = await start();
  expect(second.receiver.status()).toMatchObject({ connected: true, detail: expect.stringContaining('elsewhere') });
  double.addContact('Ana');
  double.says('Ana', 'Ana', 'hello');
  const [message] = await first.ingest.taken.until((items) => items.length > 0);
  const sender = second.adapter.sender();
  const to = (message as NonNullable<typeof message>).to;
  await sender.finish(await sender.begin(to, 'turn-1'), { markdown: 'from the other process', outcome: 'answered' });
  expect(double.visible('Ana').at(-1)).toMatchObject({ from: 'me', text: 'from the other process' });

  await first.stop();
  await untilLinked(second.receiver);
  double.says('Ana', 'Ana', 'still there?');
  await second.ingest.taken.until((items) => items.some(({ text }) => text === 'still there?'));
  await sender.finish(await sender.begin(to, 'turn-2'), { markdown: 'now by itself', outcome: 'answered' });
  expect(double.visible('Ana').at(-1)).toMatchObject({ from: 'me', text: 'now by itself' });
  await sender.close();
});

test('without a process that owns the browser a post is refused in time, and never carried out later', {
  timeout: START_MS * 2,
}, async () => {
  const alone = createParts(site, { answerTimeoutMs: 200 });
  double.addContact('Ana');
  const route = { chat: double.chatId('Ana'), group: false, asked: 'x', askedAt: Date.now() };
  const to = { platform: 'whatsapp-web', conversation: `whatsapp-web:${route.chat}`, route };
  const sender = alone.adapter.sender();
  const draft = { to, key: 'turn-1', messages: [], doubt: false, state: {} };
  await expect(sender.finish(draft, { markdown: 'too late', outcome: 'answered' })).rejects.toMatchObject({
    kind: 'unavailable',
    code: 'not_linked',
  });
  await sender.close();
  const { printed, receiver, adapter } = await start();
  await scanWhenShown(double, printed);
  await untilLinked(receiver);
  const here = adapter.sender();
  await here.finish({ ...draft, key: 'turn-2' }, { markdown: 'in time', outcome: 'answered' });
  await here.close();
  expect(
    double
      .visible('Ana')
      .filter(({ from }) => from === 'me')
      .map(({ text }) => text),
  ).toEqual(['in time']);
  alone.disconnect();
});

test('without Chromium it says what to do; arguments may hold spaces', async () => {
  await expect(findChromium(undefined, '/nonexistent')).rejects.toThrow(/install it, or set CHROMIUM_PATH/);
  await expect(findChromium('/nonexistent/chromium')).rejects.toThrow(ChromiumError);
  const args = argumentsFor('--a=1 "--b=x y" --c="z w"');
  expect(args.slice(-3)).toEqual(['--a=1', '--b=x y', '--c=z w']);
});
