/**
 * Pictures of the operators' page for the documentation, of a running Chasqui with some weeks of made-up life behind it:
 *
 *     npm run build && node test/ops-page/screenshots.ts [folder]
 *
 * Writes those that the documentation shows, `<view>-<size>-<scheme>.jpg`, into docs/images/ops. Needs Chromium (CHROMIUM_PATH) and redis-server.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { startChasqui } from '../../src/app/start.ts';
import type { Adapter } from '../../src/contract/index.ts';
import { createLogger } from '../../src/log/logger.ts';
import { createPauses } from '../../src/queue/pauses.ts';
import { dialRedis } from '../../src/redis/connect.ts';
import { openRedis } from '../../src/redis/open.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { testConfig } from '../support/config.ts';
import { type SeedProcess, seed, seedFailures, seedProcess } from './seed.ts';

const FOLDER = process.argv[2] ?? fileURLToPath(new URL('../../docs/images/ops', import.meta.url));
const QUALITY = 40;
const SIZES = { desktop: { width: 1_280, height: 800 }, phone: { width: 390, height: 844 } };
const PICTURES = [
  { view: 'now', size: 'desktop', colorScheme: 'light' },
  { view: 'turn', size: 'desktop', colorScheme: 'dark' },
  { view: 'failures', size: 'phone', colorScheme: 'light' },
] as const;
const PASSWORD = 'a password for pictures';
const OTHERS: SeedProcess[] = [
  { host: 'slack-1.example.internal', roles: ['slack'], running: null, receives: ['slack'] },
  { host: 'discord-1.example.internal', roles: ['discord'], running: null, receives: ['discord'] },
  { host: 'worker-1.example.internal', roles: ['worker'], running: 3 },
];
const LISTENING = { slack: 'Socket Mode', discord: 'gateway, 1 shard', whatsapp: 'webhook', web: 'this server' };
const DIED: SeedProcess = { host: 'worker-2.example.internal', roles: ['worker'], running: 4 };
const LLAMA = {
  id: 'cloudflare:@cf/meta/llama-3.3-70b-instruct-fp8-fast',
  label: 'Llama 3.3 70B',
  host: 'Cloudflare Workers AI',
  licence: 'Llama 3.3 Community License',
  contextTokens: 24_000,
  price: { inputUsd: 0.293, outputUsd: 2.253, from: 'the list prices of 2026-11' },
};
const SMALL = {
  ...LLAMA,
  id: 'cloudflare:@cf/meta/llama-3.1-8b-instruct',
  label: 'Llama 3.1 8B',
  licence: 'Llama 3.1 Community License',
};

const dir = await mkdtemp(join(tmpdir(), 'chasqui-pictures-'));
const log = createLogger({ level: 'warn' });
const config = testConfig({
  prefix: 'pictures',
  roles: ['worker', 'ops'],
  env: { OPS_PASSWORD: PASSWORD },
  sections: { web: { enabled: false } as never, ops: { monthly_budget: 60, show_content: true } },
});
const server = await openRedis({ config: { ...config, env: { ...config.env, DATA_DIR: dir } }, log });
const redis = dialRedis(server.url, {});
await seed(redis, 'pictures', { models: [LLAMA.id, SMALL.id], weeks: 9 });
await seedFailures(redis, 'pictures');
await seedProcess(redis, 'pictures', DIED, 240_000);
const heartbeats = setInterval(() => {
  for (const other of OTHERS) void seedProcess(redis, 'pictures', other, 0);
}, 1_000);
const platforms = Object.entries(LISTENING).map(([name, detail]) => {
  const platform = createTestPlatform({ name });
  const receiver: Adapter['receiver'] = (host) => ({
    ...platform.adapter.receiver(host),
    status: () => ({ connected: true, detail }),
  });
  return { ...platform, adapter: { ...platform.adapter, receiver } };
});
const chasqui = await startChasqui({
  ...{ config, log, redisUrl: server.url, extra: platforms.map(({ adapter }) => adapter) },
  models: [LLAMA, SMALL].map((about) => createTestModel(() => ['On Thursday at ten, in the large room.'], about).model),
});
await createPauses({ redis, prefix: 'pictures' }).set('platform', 'discord', 'ana@example.com');
for (const platform of platforms.slice(0, 2))
  await chasqui.ingest.message(platform.says('place-1', 'When does the team meet this week?'));

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
await mkdir(FOLDER, { recursive: true });
for (const { view, size, colorScheme } of PICTURES) {
  const context = await browser.newContext({
    ...{ colorScheme, viewport: SIZES[size] },
    reducedMotion: 'reduce',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.goto(`${chasqui.address}/ops/`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await show(page, view === 'turn' ? 'turns' : view);
  if (view === 'turn') {
    await page.locator('.opener').nth(3).click();
    await page.getByRole('list', { name: 'Steps' }).waitFor();
  }
  await page.screenshot({ path: join(FOLDER, `${view}-${size}-${colorScheme}.jpg`), type: 'jpeg', quality: QUALITY });
  await context.close();
}
await browser.close();
clearInterval(heartbeats);
await chasqui.stop();
redis.disconnect();
await server.close();
await rm(dir, { recursive: true, force: true });

async function show(page: Page, view: string): Promise<void> {
  await page.goto(`${chasqui.address}/ops/#${view}`);
  await page.locator(`main.${view}`).waitFor();
  const loading = page.getByText('Loading…');
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' });
}
