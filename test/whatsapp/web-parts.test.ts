/** Small parts of the linked device by themselves: who owns the browser, the pace of messages, what the doctor says. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { argumentsFor } from '../../adapters/whatsapp-linked/browser/chromium.ts';
import { survivePipeErrors } from '../../adapters/whatsapp-linked/browser/client.ts';
import { profileIn } from '../../adapters/whatsapp-linked/browser/profile.ts';
import { checkWhatsAppWeb } from '../../adapters/whatsapp-linked/check.ts';
import { createRpcClient, rpcKeys } from '../../adapters/whatsapp-linked/rpc/rpc-client.ts';
import { createRpcServer } from '../../adapters/whatsapp-linked/rpc/rpc-server.ts';
import { createThrottle } from '../../adapters/whatsapp-linked/send/throttle.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { createLimits, noLimits } from '../../src/redis/limits.ts';
import { captureLog } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { sharedRedis } from '../support/redis.ts';

function connect() {
  const { log } = captureLog();
  const { url, prefix } = sharedRedis();
  const redis = connectRedis({ url, log, kind: 'ask', name: 'test' });
  onTestFinished(() => redis.disconnect());
  return { redis, prefix, log };
}

test('a browser that is killed and resets its pipe afterwards does not end this process', async () => {
  const { launch } = await import('puppeteer');
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await launch({ executablePath, pipe: true, args: argumentsFor(undefined) });
  survivePipeErrors(browser);
  const gone = new Promise((resolve) => browser.once('disconnected', resolve));
  browser.process()?.kill('SIGKILL');
  await gone;
  // Puppeteer stops listening. A browser that is gone cannot be asked to close.
  await browser.close().catch(() => {});
  // An 'error' event without a listener throws.
  for (const stream of browser.process()?.stdio.slice(3) ?? []) stream?.emit('error', new Error('read ECONNRESET'));
});

test('who asks an owner that dies over it is told so when its lease is over, and not a minute later', async () => {
  const { redis, prefix, log } = connect();
  const { url } = sharedRedis();
  const keys = rpcKeys(prefix);
  const opened = (name: string) => connectRedis({ url, log, kind: 'wait', name });
  const remote = createRpcClient({ redis, connect: opened, keys, log });
  const taken = createRecord<string>();
  createRpcServer({
    ...{ redis, connect: opened, keys, log, leader: 'a', mayTake: () => true },
    rpc: (name) => {
      taken.add(name);
      return new Promise(() => {});
    },
  });
  onTestFinished(() => remote.close());
  await redis.set(keys.owner, 'a');
  const answer = remote.rpc('edit', { id: 'x', text: 'y' }).catch((error) => error);
  await taken.until((items) => items.length === 1);
  await redis.set(keys.owner, 'b');
  expect(await answer).toMatchObject({ kind: 'unknown-outcome', code: 'no_answer' });
});

test('messages have a human pace: a pause of changing length before each, so many a minute, edits left out when too many', async () => {
  const { redis, prefix } = connect();
  const limits = createLimits(redis, prefix);
  const pauses: number[] = [];
  const pause = async (ms: number) => pauses.push(ms);
  const pace = createThrottle({ limits, messagesPerMinute: 6, pause });
  for (let at = 0; at < 4; at++) await pace.message();
  const refused = await pace.message().catch((error: unknown) => error);
  expect(refused).toMatchObject({ kind: 'rate-limited', code: 'paced' });
  const { retryAfterMs } = refused as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  const edits: boolean[] = [];
  for (let at = 0; at < 5; at++) edits.push(await pace.mayEdit());
  expect(edits).toEqual([true, true, true, true, false]);

  expect(pauses).toHaveLength(4);
  const unlimited = createThrottle({ limits: noLimits, messagesPerMinute: 6, pause });
  for (let at = 0; at < 20; at++) await unlimited.message();
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(300);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1_500);
  expect(new Set(pauses).size).toBeGreaterThan(5);
});

test('the doctor names the browser and the session, and says what is missing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [missing, none] = await checkWhatsAppWeb({ chromiumPath: '/nonexistent', folder });
  expect(missing).toMatchObject({ ok: false, detail: expect.stringContaining('CHROMIUM_PATH is /nonexistent') });
  expect(none).toMatchObject({ ok: true, detail: expect.stringContaining('scan the code') });
  const [silent] = await checkWhatsAppWeb({ chromiumPath: '/bin/false', folder });
  expect(silent).toMatchObject({ ok: false, detail: expect.stringContaining('does not run') });
  await mkdir(profileIn(folder));
  const [found, kept] = await checkWhatsAppWeb({ chromiumPath: undefined, folder });
  expect(found).toMatchObject({ ok: true, detail: expect.stringMatching(/version \d+\./) });
  expect(kept).toMatchObject({ ok: true, detail: expect.stringContaining(`kept in ${folder}`) });
});
