/** One storm from beginning to end: people write while things break; then quiet, and the evidence. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { judge, type PlatformVerdict } from './judge.ts';
import { leftovers, readKept } from './kept.ts';
import type { Stage } from './people/stage.ts';
import { PREFIX, type Scene, type StormOptions, setScene } from './scene.ts';
import { scheduleStrikes } from './schedule.ts';
import type { Weather } from './weather.ts';

export interface StormResult {
  seed: number;
  verdicts: PlatformVerdict[];
  /** How many messages of a platform may be there twice after the answers that were lost. */
  allowance: ReadonlyMap<string, number>;
  /** By kind. */
  left: ReadonlyMap<string, string[]>;
  /** Anything else that must not be. */
  surprises: string[];
  weather: Weather;
  tookMs: number;
  /** Where the processes' logs are; deleted when all went well. */
  folder: string;
}

/** Calls go on failing after the last message while there is work, but not longer than this. */
const AFTERMATH_MS = 15_000;
/** What was missed without a connection is fetched within this time after the last fault. */
const STORED_WITHIN_MS = 20_000;
const QUIET_LOOKS = 4;
const LOOK_EVERY_MS = 200;
/** What must be gone before anything is judged. */
const IN_HAND = ['inbox', 'turn', 'queue: wait', 'queue: prioritized', 'queue: active', 'queue: delayed'];

export async function runStorm(options: StormOptions): Promise<StormResult> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-chaos-'));
  const closers: (() => Promise<void>)[] = [];
  try {
    const scene = await setScene(options, folder, closers);
    const { conversations, messages } = scene.plan;
    options.say(`seed ${options.seed}: ${messages.length} messages in ${conversations.length} conversations …`);
    await blow(scene, options);
    await clearUp(scene);
    options.say('calm; waiting until all is quiet …');
    if (!(await untilQuiet(scene, options.quietMs)))
      scene.surprises.push(`not quiet after ${options.quietMs / 1_000} s; ${scene.play.waiting()} messages under way`);
    return { ...(await evidenceOf(scene, folder)), seed: options.seed, tookMs: performance.now() - startedAt, folder };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** People write and things break; resolves after the last message, while calls still fail. */
export async function blow(
  { weather, play, striker, chance }: Pick<Scene, 'weather' | 'play' | 'striker' | 'chance'>,
  options: Pick<StormOptions, 'rates' | 'ms'>,
): Promise<void> {
  const strikes = scheduleStrikes(options.rates, options.ms, chance.fork('strikes'));
  weather.begin();
  const beganAt = performance.now();
  const until = (at: number) => sleep(Math.max(0, beganAt + at - performance.now()));
  async function strikeAll(): Promise<void> {
    for (const strike of strikes) {
      await until(strike.at);
      striker.strike(strike);
    }
  }
  await Promise.all([play.messages(until), strikeAll()]);
}

/** Calls go on failing while there is work; resolves when everything stands again. */
async function clearUp(scene: Scene): Promise<void> {
  const { weather, striker } = scene;
  const end = performance.now() + AFTERMATH_MS;
  while (performance.now() < end && !(await isIdle(scene))) await sleep(LOOK_EVERY_MS);
  weather.calm();
  await striker.over();
}

/** Nothing is on its way to Chasqui, and nothing waits there. */
async function isIdle({ play, redis }: Scene): Promise<boolean> {
  if (play.waiting() > 0) return false;
  const left = await leftovers(redis.client, PREFIX);
  return !IN_HAND.some((kind) => left.has(kind));
}

const fetchedWithin = ({ fetchedWithinMs = 0 }: Stage): number => fetchedWithinMs;

/** @returns whether nothing was in hand several times in a row before the time was over */
async function untilQuiet(scene: Scene, limitMs: number): Promise<boolean> {
  const { play, redis } = scene;
  const patience = performance.now() + Math.max(STORED_WITHIN_MS, ...scene.stages.map(fetchedWithin));
  async function isQuiet(): Promise<boolean> {
    if (!(await isIdle(scene))) return false;
    // What is not stored by now, a receiver may still be fetching.
    return performance.now() > patience || play.missing((await readKept(redis.client, PREFIX)).kept) === 0;
  }
  let looks = 0;
  for (const end = performance.now() + limitMs; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    looks = (await isQuiet()) ? looks + 1 : 0;
    if (looks === QUIET_LOOKS) return true;
  }
  return false;
}

/** Looks at everything, stops Chasqui, and judges. */
async function evidenceOf(scene: Scene, folder: string): Promise<Omit<StormResult, 'seed' | 'tookMs' | 'folder'>> {
  const { play, redis, stages, processes, surprises, weather } = scene;
  const views = await play.look();
  const { kept, mixed } = await readKept(redis.client, PREFIX);
  const left = await leftovers(redis.client, PREFIX);
  play.leave();
  for (const { platform, diary } of stages)
    if (diary) await writeFile(join(folder, `calls-of-${platform}.log`), diary().join('\n'));
  await processes.stopAll();
  const verdicts = stages.map(({ platform, mayDouble }) => {
    const written = play.written.filter((message) => message.platform === platform);
    return judge({ platform, mayDouble, kept, written, views: views.filter((view) => view.platform === platform) });
  });
  return {
    verdicts,
    allowance: new Map(stages.map((stage) => [stage.platform, stage.doubtful?.() ?? 0])),
    left,
    surprises: [
      ...surprises,
      ...processes.surprises,
      ...mixed,
      ...stages.flatMap((stage) => stage.complaints?.() ?? []),
    ],
    weather,
  };
}

/** Deletes what a storm left on disk. */
export const forgetStorm = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
