/** One network address of the web chat against everybody else, in a whole Chasqui. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';
import { createBrowser } from './browser.ts';

let chasqui: TestChasqui | undefined;
let gate = createGate();
afterEach(async () => {
  gate.open();
  await chasqui?.stop();
  chasqui = undefined;
});

/** A Chasqui whose model begins, says which questions it began with, and ends when the gate opens. */
async function start(workers: { concurrency: number }, web: { concurrency?: number }) {
  gate = createGate();
  const model = createTestModel(async function* () {
    await gate.opened;
    yield 'ok';
  });
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({
    models: [model.model],
    platforms: [platform],
    roles: ['web', 'worker'],
    sections: { workers, web: { enabled: true, trust_proxy: true, messages_per_minute: 1_000, ...web } },
  });
  const { address, ingest } = chasqui;
  const begun = () => model.calls.items.map(({ question }) => question.replace(/^.*: /, ''));
  /** Each message from a new session, and so in a new conversation. */
  const writes = async (from: string, text: string) => {
    const browser = createBrowser(address);
    const headers = { 'x-forwarded-for': from };
    const session = await browser.call('POST', '/api/session', {}, headers);
    browser.cookie = session.headers.get('set-cookie')?.split(';')[0];
    const id = crypto.randomUUID();
    expect((await browser.call('POST', '/api/chat', { id, text }, headers)).status).toBe(202);
  };
  return { model, platform, ingest, begun, writes, queue: chasqui.queue };
}

test('with all of its slots taken by one address, the web leaves room: a direct message is the next to begin', async () => {
  const { model, platform, ingest, begun, writes, queue } = await start({ concurrency: 4 }, {});
  for (let n = 0; n < 12; n++) await writes('10.0.0.1', `flood ${n}`);
  // Two run, the others have been looked at and put off.
  await expect.poll(async () => (await queue.depth()).delayed).toBe(10);
  expect(model.calls.items).toHaveLength(2);
  await ingest.message(platform.says('dm', 'a direct message'));
  await model.calls.until((items) => items.length === 3);
  expect(begun()[2]).toBe('a direct message');
  gate.open();
  await model.calls.until((items) => items.length === 13);
  await platform.finished.until((items) => items.length === 1);
  expect(begun().filter((text) => text.startsWith('flood'))).toHaveLength(12);
});

test('the slots of the web go to another address before the flood of one', async () => {
  const { model, begun, writes, queue } = await start({ concurrency: 4 }, { concurrency: 1 });
  for (let n = 0; n < 24; n++) await writes('2001:db8::1', `flood ${n}`);
  await writes('2001:db8:0:0:ffff::2', 'the same network');
  await writes('2001:db8:0:1::1', 'another network');
  await expect.poll(async () => (await queue.depth()).delayed).toBe(25);
  gate.open();
  await model.calls.until((items) => items.length === 26);
  // The flood's own share goes first; what is beyond it waits.
  expect(begun().indexOf('another network')).toBeLessThan(10);
  expect(begun().indexOf('the same network')).toBeGreaterThan(20);
});
