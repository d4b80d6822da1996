/** Everything that a storm needs, built and started: Redis, doubles, people, the model's host, Chasqui's processes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conversationOf } from './answers.ts';
import { isAnswered } from './kept.ts';
import { MODEL, startModel } from './model.ts';
import type { Stage, Talk } from './people/stage.ts';
import { startStage } from './people/stages.ts';
import { planStorm } from './plan.ts';
import { createPlay } from './play.ts';
import { createChance } from './prng.ts';
import { createProcesses } from './processes.ts';
import { startStormRedis } from './redis.ts';
import { startProcesses } from './start.ts';
import { createStriker, STALLED_AFTER_MS } from './strikes.ts';
import { createWeather, type FaultKind } from './weather.ts';

export interface StormOptions {
  seed: number;
  /** How long people write, ms. */
  ms: number;
  messages: number;
  conversations: number;
  platforms: readonly string[];
  rates: Record<FaultKind, number>;
  workers: number;
  /** Receivers of all platforms share processes, where the machine is small. */
  together: boolean;
  /** How long to wait until all is quiet, ms. */
  quietMs: number;
  /** Arguments of Node for Chasqui's processes, and what they find in their environment. */
  nodeArgs?: string[];
  env?: Record<string, string>;
  say(line: string): void;
}

export const PREFIX = 'storm';

export const CONFIG = `
conversation: { max_waiting: 200 }
models: { first_token_timeout: 4s, between_tokens_timeout: 3s, retries: 5 }
web: { messages_per_minute: 100000, kilobytes_per_hour: 10000000, trust_proxy: true }
workers: { stalled_after: ${STALLED_AFTER_MS}, shutdown_timeout: 2s }
queue: { prefix: ${PREFIX} }
# What lies beyond these bounds is lost by design, and a storm on few people would reach them.
catch_up: { max_messages: 2000 }
limits: { person_per_minute: 0, conversation_per_minute: 0, workspace_per_minute: 0, busy_after: 1h }
`;

export type Scene = Awaited<ReturnType<typeof setScene>>;

/**
 * @param folder for logs and data
 * @param closers gets what is to be closed afterwards, in the order in which it was opened, also when this fails half way
 */
export async function setScene(options: StormOptions, folder: string, closers: (() => Promise<void>)[]) {
  const chance = createChance(options.seed);
  const weather = createWeather(options.rates, chance.fork('weather'));
  const surprises: string[] = [];
  const redis = await startStormRedis(join(folder, 'redis'));
  closers.push(redis.close);
  const stages: Stage[] = [];
  for (const platform of options.platforms) {
    const stage = await startStage(platform, weather, chance);
    stages.push(stage);
    closers.push(stage.close);
  }
  const stageOf = (platform: string) => stages.find((stage) => stage.platform === platform) as Stage;
  const talks = new Map<number, Talk>();
  const model = await startModel(weather, chance.fork('model'), async (tokens) => {
    const name = talks.get(conversationOf(tokens[0] ?? ''))?.name();
    // A worker that stood still between its look at the record and its question asks in good faith.
    if (name && options.rates['freeze-worker'] === 0 && (await isAnswered(redis.client, PREFIX, name)))
      surprises.push(`the model was asked again for ${tokens.join('+')}, whose answer was saved already`);
    killAtCall('model');
  });
  closers.push(model.close);

  const config = join(folder, 'chasqui.yaml');
  await writeFile(config, CONFIG);
  const processes = createProcesses({
    folder,
    args: options.nodeArgs ?? [],
    env: {
      CHASQUI_CONFIG: config,
      REDIS_URL: redis.url,
      LOG_LEVEL: 'info',
      MODEL: `openai:${MODEL}`,
      OPENAI_BASE_URL: model.url,
      PLATFORM_LIMITS: 'off',
      ...Object.assign({}, ...stages.map(({ env }) => env)),
      ...options.env,
    },
  });
  closers.push(() => processes.stopAll('SIGKILL'));
  const striker = createStriker({ processes, redis, stages, weather });
  const victims = chance.fork('victims');

  function killAtCall(where: string): boolean {
    return weather.strikes('kill-at-call', where) && striker.killWorkerNow(victims.next());
  }
  for (const stage of stages) stage.onCall = () => killAtCall(stage.platform);

  await startProcesses(stages, processes.start, options);
  // They are dealt out one after another, so that each platform has the same share.
  const most = Math.min(...stages.map(({ mostTalks = Infinity }) => mostTalks)) * stages.length;
  const conversations = Math.min(options.conversations, most);
  const plan = planStorm({ ...options, conversations }, chance.fork('plan'));
  for (const { index, platform, direct } of plan.conversations) talks.set(index, stageOf(platform).talk(index, direct));
  const play = createPlay({ plan, talks, redis: redis.client, prefix: PREFIX });
  await play.greet(({ platform, direct }) => stageOf(platform).greets?.(direct) ?? false);
  return { chance, weather, redis, stages, processes, striker, plan, play, surprises };
}
