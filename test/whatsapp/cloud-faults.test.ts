/** When Meta refuses, is slow, or its answer is lost: one reply, and operators who know why. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createGraph } from '../../adapters/whatsapp-cloud/client.ts';
import { createWhatsAppAdapter } from '../../adapters/whatsapp-cloud/index.ts';
import { downloadMedia } from '../../adapters/whatsapp-cloud/send/files.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { createTestModel } from '../doubles/model.ts';
import {
  startWhatsAppDouble,
  type WhatsAppDouble,
  type WhatsAppDoubleOptions,
} from '../doubles/whatsapp-cloud/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';
import { type CloudBot, cloudEnv, startCloudBot } from './cloud.ts';

let bot: CloudBot | undefined;
let double: WhatsAppDouble | undefined;
afterEach(async () => {
  await bot?.stop();
  await double?.close();
  bot = undefined;
  double = undefined;
});

async function start(options?: Parameters<typeof startCloudBot>[0]): Promise<CloudBot> {
  bot = await startCloudBot(options);
  return bot;
}

const texts = ({ whatsapp }: CloudBot, person = whatsapp.ana) => whatsapp.visible(person).map(({ text }) => text);
const outcomes = ({ chasqui }: CloudBot) =>
  chasqui.lines.filter((line) => line.msg === 'turn').map((line) => line.outcome);

test('an answer whose receipt was lost is found by its status and not sent again', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const lost = whatsapp.fault('messages', { applyThenCut: true });
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  expect(lost.hits).toBe(1);
  expect(texts(started)).toEqual(['re: Ana Quispe: hello']);
  // It is known as an answer of ours all the same.
  await whatsapp.react(whatsapp.ana, whatsapp.visible(whatsapp.ana)[0]?.id as string, '👍').delivered;
  expect(chasqui.lines.filter((line) => line.msg === 'feedback')).toHaveLength(1);
});

test('a half-sent answer is gone on with', async () => {
  const words = Array.from({ length: 1_500 }, (_, n) => `word${n}${n % 30 === 29 ? '.\n\n' : ' '}`);
  const { model } = createTestModel(() => words);
  const started = await start({ models: [model] });
  const { whatsapp, chasqui } = started;
  let sent = 0;
  whatsapp.fault('messages', { applyThenStatus: 502 }, { when: () => ++sent === 2 });
  whatsapp.say(whatsapp.ana, 'a long one');
  await chasqui.turns(1);
  expect(texts(started).length).toBeGreaterThan(2);
  expect(
    texts(started)
      .join(' ')
      .match(/word\d+/g),
  ).toEqual(words.map((word) => word.match(/word\d+/)?.[0]));
});

test('where no status comes, an answer that may be lost is sent again rather than never', async () => {
  const started = await start({ whatsapp: { statuses: [] }, statusPatienceMs: 100 });
  const { whatsapp, chasqui } = started;
  whatsapp.fault('messages', { cut: true });
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  expect(texts(started)).toEqual(['re: Ana Quispe: hello']);
});

test('after 24 hours nothing can be sent: the operator sees 131047, and the next question is answered', async () => {
  const { model } = createTestModel(() => ['here']);
  const started = await start({ models: [model] });
  const { whatsapp, chasqui } = started;
  whatsapp.fault('messages', { code: 131047 });
  whatsapp.say(whatsapp.ana, 'written while the server was off');
  await chasqui.turns(1);
  expect(outcomes(started)).toEqual(['undeliverable']);
  expect(started.errors).toContain('messages 131047');
  whatsapp.say(whatsapp.ana, 'and now?');
  await chasqui.turns(2);
  expect(texts(started)).toEqual(['here']);
});

test('throughput and pair limits are waited out', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  whatsapp.fault('messages', { code: 130429, status: 429, retryAfter: 0.1 });
  whatsapp.fault('messages', { code: 131056, status: 400, retryAfter: 0.1 });
  whatsapp.fault('messages', { code: 131016, status: 503 });
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  expect(texts(started)).toEqual(['re: Ana Quispe: hello']);
  expect(started.errors.filter((error) => error.startsWith('messages'))).toEqual([
    'messages 130429',
    'messages 131056',
    'messages 131016',
  ]);
});

test('an answer that fails after it was taken is among the failed turns with its reason, once', async () => {
  const started = await start({ whatsapp: { statuses: ['sent'] } });
  const { whatsapp, chasqui, lines } = started;
  const reports = () => started.errors.filter((error) => error === 'status 131026').length;
  whatsapp.failNext(whatsapp.ana, 131026);
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  await whatsapp.waitUntil(() => reports() === 1);
  expect(lines.find((line) => line.code === '131026')).toMatchObject({
    level: 40,
    meaning: expect.stringContaining('undeliverable'),
  });
  const failed = whatsapp.sent.at(-1) as string;
  await whatsapp.redeliver(failed);
  const [letter, ...more] = await chasqui.deadLetters.list();
  expect(more).toEqual([]);
  expect(letter).toMatchObject({
    conversation: `whatsapp:${whatsapp.phoneNumberId}:${whatsapp.ana.waId}`,
    failure: { where: 'platform', code: '131026', message: expect.stringContaining('undeliverable') },
    messages: [{ text: 'hello', to: { route: { to: whatsapp.ana.waId } } }],
  });
  // What an operator has given up does not come back because Meta says it again.
  await chasqui.deadLetters.discard(letter?.id as string, { by: 'ops', why: 'test' });
  await whatsapp.redeliver(failed);
  expect(reports()).toBe(3);
  expect(await chasqui.deadLetters.count()).toBe(0);
});

test('a failure is reported when a later part of the answer failed, and without the person’s number', async () => {
  const { model } = createTestModel(() =>
    Array.from({ length: 1_200 }, (_, n) => `word${n}${n % 30 === 29 ? '.\n\n' : ' '}`),
  );
  const started = await start({ models: [model] });
  const { whatsapp, chasqui } = started;
  whatsapp.say(whatsapp.ana, 'a long one');
  await chasqui.turns(1);
  const marks = whatsapp.calls.flatMap(({ body }) => body.biz_opaque_callback_data ?? []) as string[];
  expect(marks.length).toBeGreaterThan(1);
  const failed = { id: 'wamid.x', status: 'failed', errors: [{ code: 131047, title: 'Re-engagement message' }] };
  const statuses = marks.slice(1).map((mark) => ({ ...failed, biz_opaque_callback_data: mark }));
  expect(await whatsapp.change({ statuses })).toMatchObject({ acked: true });
  const [letter, ...more] = await chasqui.deadLetters.list();
  expect(more).toEqual([]);
  expect(letter).toMatchObject({ failure: { code: '131047' }, messages: [{ text: 'a long one' }] });
  // A mark of nobody's, and one of another kind, harm nothing.
  for (const mark of ['nobody:0', 'x', ':'])
    expect(await whatsapp.change({ statuses: [{ ...failed, biz_opaque_callback_data: mark }] })).toMatchObject({
      acked: true,
    });
  expect(await chasqui.deadLetters.count()).toBe(1);
});

test('a failure that is told before the turn is committed is kept too', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  // The answer to the call comes late: the status is there first.
  whatsapp.fault('messages', { applyThenCut: true });
  whatsapp.failNext(whatsapp.ana, 131026);
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  expect((await chasqui.deadLetters.list()).map(({ failure }) => failure.code)).toEqual(['131026']);
});

test('waits are told to the worker as long as Meta asks for, by header, date, or the budget’s own figure', async () => {
  const { adapter, whatsapp } = await adapterFor();
  const sender = adapter.sender();
  const to = {
    platform: 'whatsapp',
    conversation: `whatsapp:${whatsapp.phoneNumberId}:${whatsapp.ana.waId}`,
    route: { phone: whatsapp.phoneNumberId, to: whatsapp.ana.waId, asked: '' },
  };
  const wait = async (fault: Parameters<typeof whatsapp.fault>[1]): Promise<number | undefined> => {
    whatsapp.fault('messages', fault);
    const draft = { to, key: 'turn', messages: [], unverified: false, state: {} };
    const error = await sender.finish(draft, { markdown: 'Hi', outcome: 'answered' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind: 'rate-limited' });
    return error.retryAfterMs;
  };
  expect(await wait({ code: 4 })).toBe(60_000);
  expect(await wait({ code: 80007, retryAfter: 3_600 })).toBe(3_600_000);
  expect(await wait({ code: 130429, status: 429, retryAfter: 35 })).toBe(35_000);
  expect(await wait({ code: 131056 })).toBe(6_000);
  expect(await wait({ status: 429, retryAfter: 90 })).toBe(90_000);
  const usage = JSON.stringify({ 1: [{ type: 'whatsapp', call_count: 100, estimated_time_to_regain_access: 19 }] });
  expect(await wait({ code: 80007, headers: { 'x-business-use-case-usage': usage } })).toBe(19 * 60_000);
  const date = new Date(Date.now() + 600_000).toUTCString();
  const dated = await wait({ status: 429, headers: { 'retry-after': date } });
  expect(Math.round((dated as number) / 10_000)).toBe(60);
});

test('while Meta asks to wait, the person sees “typing…”', async () => {
  const { adapter, whatsapp } = await adapterFor();
  const sender = adapter.sender();
  const asked = whatsapp.say(whatsapp.ana, 'hello').id;
  const route = { phone: whatsapp.phoneNumberId, to: whatsapp.ana.waId, asked };
  const to = { platform: 'whatsapp', conversation: 'whatsapp:1:2', route };
  await sender.showWaiting?.({ to, key: 'turn', messages: [], unverified: false, state: {} }, 60_000);
  await whatsapp.waitUntil(() => whatsapp.typing(whatsapp.ana));
  await sender.close();
});

test('a text that WhatsApp refuses is posted without marks, in the same parts', async () => {
  const { adapter, whatsapp } = await adapterFor();
  const sender = adapter.sender();
  whatsapp.say(whatsapp.ana, 'hello');
  const route = { phone: whatsapp.phoneNumberId, to: whatsapp.ana.waId, asked: '' };
  const to = { platform: 'whatsapp', conversation: 'whatsapp:1:2', route };
  const markdown =
    '**Bold**, _slanted_, ~~gone~~ and `code`.\n\n```js\nlet snake_case_name = a * b * c;\n```\n\u0007Bell.';
  const draft = { to, key: 'turn', messages: [], unverified: false, state: {} };
  await sender.finish(draft, { markdown, outcome: 'answered', plain: true });
  const [shown, ...more] = whatsapp.visible(whatsapp.ana).map(({ text }) => text);
  expect(more).toEqual([]);
  expect(shown?.replace(/\s+/g, ' ')).toBe('Bold, slanted, gone and code. let snake_case_name = a * b * c; Bell.');
});

test('a file whose download failed once is fetched again', async () => {
  const { model, calls } = createTestModel(() => ['read']);
  const { whatsapp, chasqui } = await start({ models: [model] });
  const faults = [
    whatsapp.fault('media.url', { status: 500 }),
    whatsapp.fault('media.download', { status: 502 }),
    whatsapp.fault('media.download', { cut: true }),
  ];
  whatsapp.sendFile(whatsapp.ana, 'document', { mediaType: 'text/plain', content: 'the secret is 42', name: 'a.txt' });
  await chasqui.turns(1);
  expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1]);
  expect(calls.items[0]?.question).toContain('the secret is 42');
});

test('a signed delivery that is older than a day is left out and counted', async () => {
  const started = await start();
  const { whatsapp, chasqui } = started;
  const at = Date.now() - 30 * 86_400_000;
  expect(await whatsapp.say(whatsapp.ana, 'a month old', { at }).delivered).toMatchObject({ acked: true });
  await whatsapp.change({
    statuses: [{ id: 'x', status: 'failed', timestamp: String(at / 1_000), biz_opaque_callback_data: 'turn:0' }],
  });
  expect(started.errors.filter((error) => error.startsWith('webhook'))).toEqual(['webhook stale', 'webhook stale']);
  whatsapp.say(whatsapp.ana, 'of today', { at: Date.now() - 20 * 3_600_000 });
  await chasqui.turns(1);
  expect(texts(started)).toEqual([expect.stringMatching(/^re: Ana Quispe: of today/)]);
});

test('a body without a signature is refused before it is read', async () => {
  const { chasqui } = await start();
  const { port } = new URL(chasqui.address);
  const socket = connect(Number(port), '127.0.0.1');
  const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
  socket.write(
    'POST /whatsapp/webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 900000\r\n\r\n',
  );
  expect(await answer).toMatch(/^HTTP\/1.1 401 /);
  socket.destroy();
});

/** An adapter alone, in front of a double. */
async function adapterFor(options: WhatsAppDoubleOptions = {}, env: Record<string, string> = {}) {
  double = await startWhatsAppDouble(options);
  const { log } = captureLog();
  const adapter = createWhatsAppAdapter({
    config: testConfig({ prefix: 'unused', env: { ...cloudEnv(double), ...env } }),
    conversations: { history: async () => [] },
    log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 8,
    onPlatformError() {},
  });
  return { adapter, whatsapp: double };
}

const failing = async (adapter: Awaited<ReturnType<typeof adapterFor>>['adapter']) =>
  (await adapter.check()).filter((check) => !check.ok).map((check) => check.detail);

test('the doctor says what is missing: webhook, permission, token, number', async () => {
  const { adapter, whatsapp } = await adapterFor();
  expect(await failing(adapter)).toEqual([expect.stringContaining('/whatsapp/webhook')]);
  whatsapp.settings.scopes = ['whatsapp_business_management'];
  expect(await failing(adapter)).toContainEqual(expect.stringContaining('lacks whatsapp_business_messaging'));
  whatsapp.settings.expired = true;
  expect(await failing(adapter)).toEqual([expect.stringContaining('renew WHATSAPP_ACCESS_TOKEN')]);
  await whatsapp.close();
  const other = await adapterFor({}, { WHATSAPP_PHONE_NUMBER_ID: '15550001111' });
  expect(await failing(other.adapter)).toEqual([expect.stringContaining('it is not the phone number')]);
});

test('files: what has expired is gone, and the token goes to Meta alone', async () => {
  const { adapter, whatsapp } = await adapterFor({ mediaUrlMs: -1 });
  const sender = adapter.sender();
  whatsapp.sendFile(whatsapp.ana, 'document', { mediaType: 'text/plain', content: 'x' });
  const sent = JSON.parse(whatsapp.sent.at(-1) as string).entry[0].changes[0].value.messages[0].document.id;
  const file = { id: sent, name: 'a', mediaType: 'text/plain', ref: sent };
  await expect(sender.download(file, 10)).rejects.toMatchObject({ kind: 'gone', code: 'http_404' });
  await expect(sender.download({ ...file, ref: '1' }, 10)).rejects.toMatchObject({ kind: 'gone', code: '100' });
  await expect(sender.download({ ...file, ref: '../me' }, 10)).rejects.toMatchObject({ kind: 'invalid' });
  const graph = createGraph({ apiUrl: whatsapp.apiUrl, token: whatsapp.accessToken, onError() {} });
  const lying = { ...graph, call: async () => ({ url: 'https://lookaside.fbsbx.com.example.org/x' }) as never };
  await expect(downloadMedia(file, 10, { graph: lying, phone: '1' })).rejects.toMatchObject({ code: 'foreign_host' });
});

test('a refused token is told by the status, and messages are kept meanwhile', async () => {
  const { adapter, whatsapp } = await adapterFor({ expired: true });
  const http = (await import('../../src/http/server.ts')).createHttpServer(captureLog().log);
  const { createTestIngest } = await import('../conformance/adapter.ts');
  const ingest = createTestIngest();
  const receiver = adapter.receiver({ ingest, http });
  const address = await http.listen({ host: '127.0.0.1', port: 0 });
  await expect(receiver.start()).rejects.toMatchObject({ kind: 'auth', code: '190' });
  expect(receiver.status()).toMatchObject({
    connected: false,
    detail: expect.stringContaining('WHATSAPP_ACCESS_TOKEN'),
  });
  await whatsapp.deliverTo(`${address}/whatsapp/webhook`);
  expect(await whatsapp.say(whatsapp.ana, 'anybody there?').delivered).toMatchObject({ acked: true });
  expect(ingest.taken.items.map(({ text }) => text)).toEqual(['anybody there?']);
  await receiver.stop();
  await http.close();
});
