/** With a linked device on, the process keeps the one policy for failures that nobody handles: they are logged. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import { startWhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { startProgram } from '../support/process.ts';
import { freePort } from '../support/redis.ts';
import { quoted, START_MS } from './web.ts';

/** Fails where nobody waits, as our own code might, and with the library's bare words. */
const STRAY = `process.on('SIGUSR2', () => {
  Promise.reject(new Error('a stray failure of ours'));
  Promise.reject('auth timeout');
});`;

test('a failure that nobody handles is logged and ends no process, whoever left it', {
  timeout: START_MS,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chasqui-stray-'));
  const [device, model] = await Promise.all([startWhatsAppWebDouble(), startOpenAiDouble()]);
  const program = startProgram('src/app/main.ts', {
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STRAY)}`,
    DATA_DIR: join(dir, 'data'),
    PORT: String(await freePort()),
    MODEL: 'openai:llama-test',
    OPENAI_BASE_URL: model.url,
    WHATSAPP_WEB: '1',
    WHATSAPP_WEB_ARGS: quoted(device.chromiumArgs),
    ...(process.env.CHROMIUM_PATH ? { CHROMIUM_PATH: process.env.CHROMIUM_PATH } : {}),
  });
  try {
    const [, address] = (await program.prints(/Open\s+(http:\S+)/)) as unknown as [string, string];
    // The browser runs: a code is there to be scanned.
    await program.prints(/[█▀▄]{8}/);
    program.child.kill('SIGUSR2');
    await program.prints(/a failure that nobody handled[\s\S]*a failure that nobody handled/);
    expect(program.output()).toContain('a stray failure of ours');
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect(await program.end(), program.output()).toBe(0);
  } finally {
    program.child.kill('SIGKILL');
    await program.ended;
    await Promise.all([device.close(), model.close()]);
    await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  }
});
