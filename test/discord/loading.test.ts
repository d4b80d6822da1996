/** What a process that only sends has to carry: nothing of the gateway, which is most of discord.js. */
import { registerHooks } from 'node:module';
import { expect, test } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

test('the gateway is loaded by a receiver only', async () => {
  const packages = new Set<string>();
  const hooks = registerHooks({
    load(url, context, next) {
      packages.add(/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ?? url);
      return next(url, context);
    },
  });
  const { createDiscordAdapter } = await import('../../adapters/discord/index.ts');
  const { log } = captureLog();
  const adapter = createDiscordAdapter({
    config: testConfig({
      prefix: 'unused',
      // Nobody listens there.
      env: { DISCORD_API_URL: 'http://127.0.0.1:9/api', DISCORD_TOKEN: `${'a'.repeat(24)}.b.${'c'.repeat(30)}` },
    }),
    log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 8,
    onPlatformError() {},
    modelLabel: 'Test Model',
  });
  await adapter.sender().close();
  expect([...packages]).toContain('@discordjs/rest');
  expect([...packages]).not.toContain('@discordjs/ws');
  expect([...packages]).not.toContain('discord.js');
  const receiver = adapter.receiver({
    ingest: {} as never,
    http: createHttpServer(log),
  });
  const started = receiver.start();
  await expect.poll(() => [...packages], { timeout: 20_000 }).toContain('@discordjs/ws');
  await receiver.stop();
  await started;
  hooks.deregister();
});
