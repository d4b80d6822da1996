/** When Meta refuses, is slow, or its answer is lost: one reply, and operators who know why. */
import { afterEach, expect, test } from 'vitest';
import { downloadMedia } from '../../adapters/whatsapp/cloud/files.ts';
import { createGraph } from '../../adapters/whatsapp/cloud/graph.ts';
import { createWhatsAppAdapter } from '../../adapters/whatsapp/cloud/index.ts';
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
  const yesterday = Date.now() - 25 * 3_600_000;
  whatsapp.say(whatsapp.ana, 'written while the server was off', { at: yesterday });
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

test('a message that fails after it was taken is told to operators', async () => {
  const started = await start();
  const { whatsapp, chasqui, lines } = started;
  whatsapp.failNext(whatsapp.ana, 131026);
  whatsapp.say(whatsapp.ana, 'hello');
  await chasqui.turns(1);
  await whatsapp.waitUntil(() => started.errors.includes('status 131026'));
  expect(lines.find((line) => line.code === '131026')).toMatchObject({
    level: 40,
    meaning: expect.stringContaining('undeliverable'),
  });
});

/** An adapter alone, in front of a double. */
async function adapterFor(options: WhatsAppDoubleOptions = {}, env: Record<string, string> = {}) {
  double = await startWhatsAppDouble(options);
  const { log } = captureLog();
  const adapter = createWhatsAppAdapter({
    config: testConfig({ prefix: 'unused', env: { ...cloudEnv(double), ...env } }),
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
