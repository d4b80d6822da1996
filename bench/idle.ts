/** What Chasqui weighs when nothing happens: each set of platforms, started as `npm start` does, connected, and left alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDiscordDouble } from '../test/doubles/discord/index.ts';
import { startSlackDouble } from '../test/doubles/slack/index.ts';
import { startWhatsAppDouble } from '../test/doubles/whatsapp-cloud/index.ts';
import { freePort, ready, run, stopChild } from './child.ts';
import { rssOf } from './usage.ts';

const ROOT = new URL('..', import.meta.url).pathname;
/** Longer than it takes until the start's memory is given back (src/app/memory.ts). */
const LEFT_ALONE_MS = 9_000;

export const IDLE_MS = 120_000;

export interface Idle {
  what: string;
  /** Bytes, of Chasqui's process; its Redis is another. */
  rss: number;
}

/** Each in a process of its own, one after the other. */
export async function measureIdle(): Promise<Idle[]> {
  const doubles = await Promise.all([startSlackDouble(), startDiscordDouble(), startWhatsAppDouble()]);
  const [slack, discord, cloud] = doubles;
  const slackEnv = { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
  const discordEnv = { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token };
  const cloudEnv = {
    WHATSAPP_API_URL: cloud.apiUrl,
    WHATSAPP_ACCESS_TOKEN: cloud.accessToken,
    WHATSAPP_PHONE_NUMBER_ID: cloud.phoneNumberId,
    WHATSAPP_APP_SECRET: cloud.appSecret,
    WHATSAPP_VERIFY_TOKEN: cloud.verifyToken,
  };
  const sets: [string, Record<string, string>][] = [
    ['web chat', {}],
    ['Slack, web chat', slackEnv],
    ['Discord, web chat', discordEnv],
    ['Slack, WhatsApp Cloud, web chat', { ...slackEnv, ...cloudEnv }],
    ['Slack, Discord, WhatsApp Cloud, web chat', { ...slackEnv, ...discordEnv, ...cloudEnv }],
  ];
  try {
    const weighed: Idle[] = [];
    for (const [what, env] of sets) weighed.push({ what, rss: await weigh(env) });
    return weighed;
  } finally {
    await Promise.all(doubles.map((double) => double.close()));
  }
}

async function weigh(env: Record<string, string>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'chasqui-idle-'));
  const port = String(await freePort());
  // No host is called while nothing is asked.
  const model = { MODEL: 'openai:llama', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' };
  const NODE_COMPILE_CACHE = join(ROOT, 'node_modules/.cache/chasqui');
  const child = run([join(ROOT, 'src/app/main.ts')], folder, {
    DATA_DIR: join(folder, 'data'),
    PORT: port,
    NODE_COMPILE_CACHE,
    LOG_LEVEL: 'warn',
    ...model,
    ...env,
  });
  try {
    await ready(child, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
    await sleep(LEFT_ALONE_MS);
    return rssOf(child.process.pid as number);
  } finally {
    await stopChild(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
