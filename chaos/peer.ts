/**
 * A storm on another bot, so that the difference is seen and not claimed: one process of it, killed as a receiver is; direct
 * messages in Slack over HTTP; the same plan, weather and judge. `chasqui` runs Chasqui in that very form. What a bot
 * remembers is not asked, and nobody edits or deletes, since the others know neither.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { judge } from './judge.ts';
import { MODEL, startModel } from './model.ts';
import type { Stage, Talk } from './people/stage.ts';
import { startStage } from './people/stages.ts';
import { planStorm } from './plan.ts';
import { createPlay } from './play.ts';
import { createChance } from './prng.ts';
import { createProcesses } from './processes.ts';
import { startStormRedis } from './redis.ts';
import { CONFIG, PREFIX, type StormOptions } from './scene.ts';
import { blow, type StormResult } from './storm.ts';
import { createStriker } from './strikes.ts';
import { createWeather } from './weather.ts';

export const PEERS = ['bolt', 'bullmq', 'chat', 'chasqui'];

/** Nothing new was shown for so long: a bot that still owes something has had its chance (Slack's last retry included). */
const STILL_MS = 12_000;
const LOOK_EVERY_MS = 500;

/** @param options.streamed whether the bot shows an answer as it grows */
export async function runPeerStorm(name: string, options: StormOptions & { streamed: boolean }): Promise<StormResult> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-chaos-'));
  const chance = createChance(options.seed);
  const weather = createWeather(options.rates, chance.fork('weather'));
  const closers: (() => Promise<void>)[] = [];
  try {
    const redis = await startStormRedis(join(folder, 'redis'));
    closers.push(redis.close);
    const stage = await startStage('slack', weather, chance);
    closers.push(stage.close);
    const model = await startModel(weather, chance.fork('model'), async () => {});
    closers.push(model.close);
    await writeFile(join(folder, 'chasqui.yaml'), `${CONFIG}slack: { streaming: ${options.streamed} }\n`);
    const processes = createProcesses({
      folder,
      args: [],
      env: { ...envOf(stage, model.url, redis.url, options.streamed), ROLES: 'slack,worker' },
      ...(name === 'chasqui' ? {} : { program: fileURLToPath(new URL(`../bench/peers/${name}.ts`, import.meta.url)) }),
    });
    closers.push(() => processes.stopAll('SIGKILL'));
    const address = await processes.start({ name: 'receiver-1', env: {} });
    await stage.connect?.(['', address]);

    const planned = planStorm({ ...options, platforms: ['slack'] }, chance.fork('plan'));
    const conversations = planned.conversations.map((one) => ({ ...one, direct: true }));
    const messages = planned.messages.map(({ change: _, ...message }) => message);
    const talks = new Map<number, Talk>(conversations.map(({ index }) => [index, stage.talk(index, true)]));
    const play = createPlay({ plan: { conversations, messages }, talks, redis: redis.client, prefix: PREFIX });
    const striker = createStriker({ processes, redis, stages: [stage], weather });

    options.say(
      `seed ${options.seed}: ${messages.length} messages in ${conversations.length} conversations with ${name} …`,
    );
    await blow({ weather, play, striker, chance }, options);
    weather.calm();
    await striker.over();
    options.say('calm; waiting until nothing new is shown …');
    const views = await whenStill(play, options.quietMs);
    await processes.stopAll();
    const { written } = play;
    const verdict = judge({ platform: name, mayDouble: false, kept: new Map(), written, views });
    verdict.stories = verdict.stories
      .filter(({ complaint }) => complaint !== 'history differs')
      .map((story) => ({ ...story, platform: name }));
    const result = { verdicts: [verdict], allowance: new Map(), left: new Map(), surprises: processes.surprises };
    return { ...result, seed: options.seed, weather, tookMs: performance.now() - startedAt, folder };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function envOf(stage: Stage, modelUrl: string, redisUrl: string, streamed: boolean): Record<string, string> {
  return {
    ...stage.env,
    ...stage.receivers[1]?.env,
    REDIS_URL: redisUrl,
    OPENAI_BASE_URL: modelUrl,
    MODEL: `openai:${MODEL}`,
    MODEL_ID: MODEL,
    ANSWERS: streamed ? 'streamed' : 'whole',
    CHASQUI_CONFIG: 'chasqui.yaml',
    PLATFORM_LIMITS: 'off',
  };
}

/** What people see when nothing has changed for a while. */
async function whenStill(play: ReturnType<typeof createPlay>, limitMs: number) {
  let views = await play.look();
  let since = performance.now();
  for (const end = since + limitMs; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    const now = await play.look();
    if (play.waiting() > 0 || JSON.stringify(now) !== JSON.stringify(views)) since = performance.now();
    views = now;
    if (performance.now() - since > STILL_MS) break;
  }
  return views;
}
