/** How a linked device comes to be, and comes back: codes, restarts, crashes, logouts, other processes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { argumentsFor, ChromiumError, findChromium } from '../../adapters/whatsapp-linked/browser/chromium.ts';
import { profileIn } from '../../adapters/whatsapp-linked/browser/profile.ts';
import type { InboundMessage, Receiver } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createAccess } from '../../src/ops/access.ts';
import { createTestIngest, type TestIngest } from '../conformance/adapter.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { createParts, createSite, type Site, START_MS, until, untilLinked } from './web.ts';

const OPERATOR = 'correct-horse-battery';

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
  const http = createHttpServer(parts.log, [createAccess({ password: OPERATOR }).guard]);
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

/** A post by a process without the browser, while no process has it. */
async function postsAlone(markdown: string): Promise<unknown> {
  const alone = createParts(site, { answerTimeoutMs: 200 });
  const sender = alone.adapter.sender();
  const route = { chat: double.chatId('Ana'), group: false, asked: 'x', askedAt: Date.now() };
  const to = { platform: 'whatsapp-web', conversation: `whatsapp-web:${route.chat}`, route };
  const draft = { to, key: 'turn-0', messages: [], unverified: false, state: {} };
  const outcome = await sender.finish(draft, { markdown, outcome: 'answered' }).catch((error: unknown) => error);
  await sender.close();
  alone.disconnect();
  return outcome;
}

/** The session's browser as a killed process leaves it, and somebody else's with a profile of much the same name. */
async function leaveBehind(): Promise<{ left: ChildProcess; other: ChildProcess }> {
  const { path } = await findChromium(undefined);
  const profile = profileIn(`${site.folder}/whatsapp-web`);
  const args = ['--headless=new', '--remote-debugging-port=0', ...double.chromiumArgs, 'about:blank'];
  const left = spawn(path, [`--user-data-dir=${profile}`, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', '--', `--user-data-dir=${profile}-2`]);
  for (const child of [left, other])
    ends.push(async () => {
      if (hasEnded(child)) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    });
  await Promise.all([
    new Promise((resolve) => left.stderr.once('data', resolve)),
    new Promise((resolve) => other.once('spawn', resolve)),
  ]);
  return { left, other };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Browsers that run with the session's profile, by pid. */
const browsersHere = (): string[] =>
  spawnSync('pgrep', ['-a', '-f', `user-data-dir=${profileIn(`${site.folder}/whatsapp-web`)}( |$)`], {
    encoding: 'utf8',
  })
    .stdout.split('\n')
    .filter((line) => line !== '' && !line.includes('--type='))
    .map((line) => line.split(' ')[0] as string);

/** Local addresses of sockets on which this process, or one that it started, takes connections (Linux, /proc). */
function listening(pid: number): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const held = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return []; // closed meanwhile
    }
  });
  const sockets = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, 'utf8').trim().split('\n').slice(1),
  );
  const ours = sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && held.includes(`socket:[${inode}]`))
    .map(([, local]) => local as string);
  return [...ours, ...children.flatMap(listening)];
}

const answersIn = (chat: string) =>
  double
    .visible(chat)
    .filter(({ from }) => from === 'me')
    .map(({ text }) => text);

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

test('the code is shown in the terminal and to operators alone; the next process needs none, until a logout', {
  timeout: START_MS * 3,
}, async () => {
  double.addContact('Ana');
  // Made by an earlier release, for everybody to read.
  mkdirSync(profileIn(`${site.folder}/whatsapp-web`), { recursive: true, mode: 0o755 });
  const tooLate = await postsAlone('too late');
  expect(tooLate).toMatchObject({ kind: 'unavailable', code: 'not_linked' });

  const first = await start();
  await first.printed.until((printed) => printed.length > 0);
  expect(first.receiver.status()).toEqual({
    connected: false,
    detail: 'waiting for scan, see /ops/whatsapp',
    state: 'waiting',
  });
  expect(first.printed.items[0]).toMatch(/[▀▄█]{20}/);
  const operator = { authorization: `Bearer ${OPERATOR}` };
  const page = await get(first.address, operator);
  expect([page.status, page.body.includes('<svg'), page.body.includes('waiting for scan')]).toEqual([200, true, true]);
  const strangers: Record<string, string>[] = [{}, { host: '127.0.0.1' }, { authorization: 'Bearer guessed' }];
  for (const headers of strangers) expect((await get(first.address, headers)).status).toBe(401);
  expect(JSON.stringify(first.lines)).not.toContain(double.qr as string);
  // After some minutes the page stops renewing it.
  double.qrIdles();
  await first.printed.until((printed) => printed.length > 1);
  double.scan();
  await untilLinked(first.receiver);
  expect((await get(first.address, operator)).body).not.toContain('<svg');

  // Nobody else on this machine gets at the browser or its profile.
  const [browser] = browsersHere();
  expect(listening(Number(browser))).toEqual([]);
  const profile = profileIn(`${site.folder}/whatsapp-web`);
  expect(existsSync(`${profile}/DevToolsActivePort`)).toBe(false);
  for (const path of [profile, `${site.folder}/whatsapp-web`]) expect(statSync(path).mode & 0o777).toBe(0o700);

  // One process owns the browser; another answers through it.
  const second = await start();
  expect(second.receiver.status()).toMatchObject({ connected: true, detail: expect.stringContaining('standby') });
  double.says('Ana', 'Ana', 'hello');
  const [message] = await first.ingest.taken.until((items) => items.length > 0);
  const sender = second.adapter.sender();
  const { to } = message as InboundMessage;
  await sender.finish(await sender.begin(to, 'turn-1'), { markdown: 'from the other process', outcome: 'answered' });
  // Nobody owned the browser when it was asked for: taken back, and never carried out later.
  expect(answersIn('Ana')).toEqual(['from the other process']);

  // It takes over when the first ends, with the session that is there, and with what was written in between.
  await first.stop();
  double.says('Ana', 'Ana', 'while it was off');
  await untilLinked(second.receiver);
  await second.ingest.taken.until((items) => items.some(({ text }) => text === 'while it was off'));
  expect(second.printed.items).toEqual([]);
  await sender.finish(await sender.begin(to, 'turn-2'), { markdown: 'now by itself', outcome: 'answered' });
  expect(answersIn('Ana').at(-1)).toBe('now by itself');
  await sender.close();

  // A logout on the phone brings a new code, and linking again works.
  double.logout();
  await until(() => second.receiver.status().state === 'logged-out');
  expect(second.receiver.status().detail).toMatch(/^logged out/);
  await second.printed.until((printed) => printed.length > 0);
  expect(second.receiver.status()).toMatchObject({ connected: false, state: 'waiting' });
  expect(second.receiver.status().detail).toMatch(/^waiting for scan.*logged it out/);
  double.scan();
  await untilLinked(second.receiver);
  double.says('Ana', 'Ana', 'are you back?');
  await second.ingest.taken.until((items) => items.some(({ text }) => text === 'are you back?'));
});

test('left behind by a killed process, a browser is ended first. Crashes, "use here" and a missed sync lead back; nothing is lost', {
  timeout: START_MS * 4,
}, async () => {
  const { left, other } = await leaveBehind();
  const { printed, receiver, ingest, address, lines, stop } = await start({
    env: { WHATSAPP_WEB_PHONE: '4915550000000' },
  });
  await printed.until((all) => all.length > 0);
  expect([hasEnded(left), hasEnded(other)]).toEqual([true, false]);
  // A pairing code is the other way.
  const code = double.pairingCode as string;
  expect(printed.items[0]).toContain(`${code.slice(0, 4)}-${code.slice(4)}`);
  expect((await get(address, { authorization: `Bearer ${OPERATOR}` })).body).toContain(code);
  double.enterCode(code);
  await untilLinked(receiver);

  double.addContact('Ana');
  const mishaps: [string, () => void][] = [
    ['the page crashed', double.crashTab],
    ['the browser ended', double.killBrowser],
    ['taken over', double.conflict],
  ];
  for (const [name, happens] of mishaps) {
    happens();
    await until(() => receiver.status().detail !== 'linked');
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

  // Told to stop while a browser is on its way, it leaves none.
  const [before] = browsersHere();
  double.killBrowser();
  await until(() => browsersHere().some((pid) => pid !== before), 100);
  await stop();
  expect(browsersHere()).toEqual([]);
});

test('without Chromium it says what to do; arguments may hold spaces', async () => {
  await expect(findChromium(undefined, '/nonexistent')).rejects.toThrow(/install it, or set CHROMIUM_PATH/);
  await expect(findChromium('/nonexistent/chromium')).rejects.toThrow(ChromiumError);
  const args = argumentsFor('--a=1 "--b=x y" --c="z w"');
  expect(args.slice(-3)).toEqual(['--a=1', '--b=x y', '--c=z w']);
  for (const open of ['--remote-debugging-port=9222', '--remote-debugging-address=0.0.0.0', '--remote-allow-origins=*'])
    expect(() => argumentsFor(open)).toThrow(/WHATSAPP_WEB_ARGS has --remote/);
});
