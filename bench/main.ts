/**
 * `npm run bench`: Chasqui beside other bots, on one machine, in one run. This process is the platform, the model's host
 * and the people who write. docs/performance.md says what is measured and how.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopAll } from './child.ts';
import { type Contender, startContender } from './contender.ts';
import { GROWTH_MS, growthOf, measureGrowth } from './growth.ts';
import { IDLE_MS, measureIdle } from './idle.ts';
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { INSTALL_PEERS, isInstalled } from './peers/installed.ts';
import { mixedLoad } from './plan.ts';
import { PROFILE_NAME, summariseProfile } from './profile.ts';
import { commandsOf, idleOf, profileOf, sustainedOf, tablesOf } from './report.ts';
import { type Round, runRound, SETTLE_LIMIT_MS } from './round.ts';
import { faultsOf, type Row, rowOf } from './rows.ts';
import { climb, SUSTAIN_MS, type Sustained } from './sustain.ts';

/** Besides the load itself: starts and pauses. */
const OVERHEAD_MS = 180_000;
/** Between two rounds, so that one bot's clearing up does not fall into the other's round. */
const PAUSE_MS = 500;

const PROFILE_MS = 3_000;

const closers: (() => Promise<void>)[] = [];

let ending = false;

async function end(code: number): Promise<void> {
  // After Ctrl-C the rounds fail, one by one; the first end is the one that counts.
  if (ending) return;
  ending = true;
  await Promise.allSettled(closers.map((close) => close()));
  await stopAll();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

async function begin(...args: Parameters<typeof startContender>): Promise<Contender> {
  const contender = await startContender(...args);
  closers.push(contender.stop);
  return contender;
}

async function measure(options: Options): Promise<{ rows: Row[]; sustained: [string, Sustained][] }> {
  const { conversations: people, history, seconds, warmUpSeconds } = options;
  const contenders: Contender[] = [];
  for (const answers of options.answers) {
    for (const name of options.bots) contenders.push(await begin(name, { ...options, answers }));
  }
  console.log(`${contenders.map(({ bot }) => bot.label).join(', ')} ready; warming up for ${warmUpSeconds} s each …`);
  const [firstRate = 200] = options.rates;
  for (const contender of contenders) {
    // Half as fast first: what is not yet compiled would only build up a backlog.
    for (const rate of [firstRate / 2, firstRate])
      await runRound(contender, mixedLoad({ rate, seconds: warmUpSeconds / 2, people, history }));
  }

  if (options.profileFolder) await toggleProfile(contenders);
  const rows: Row[] = [];
  for (const rate of options.rates) {
    console.log(`${rate} messages a second, ${options.rounds} rounds of ${seconds} s each …`);
    const rounds = new Map<Contender, Round[]>(contenders.map((one) => [one, []]));
    for (let n = 0; n < options.rounds; n++) {
      for (const one of n % 2 === 0 ? contenders : contenders.toReversed()) {
        await sleep(PAUSE_MS);
        rounds.get(one)?.push(await runRound(one, mixedLoad({ rate, seconds, people, history })));
      }
    }
    for (const [{ bot }, done] of rounds) rows.push(rowOf(bot, done));
  }
  if (options.profileFolder) await toggleProfile(contenders);

  const sustained: [string, Sustained][] = [];
  for (const one of options.sustain ? contenders : []) {
    console.log(`how much ${one.bot.label} sustains …`);
    sustained.push([one.bot.label, await climb(one, { people, history })]);
  }
  for (const { bot, platform } of contenders) {
    for (const [what, count] of platform.refusals) console.log(`${bot.label} was refused ${count} times: ${what}`);
    const words = withoutBanner(bot.lastWords());
    // Logs are at `warn`: there should be nothing.
    if (words !== '') console.log(`\n${bot.label} printed:\n${words}`);
  }
  return { rows, sustained };
}

/** What Chasqui says when it is up is three paragraphs, and no trouble. */
function withoutBanner(words: string): string {
  return words.replace(/^\s*Chasqui is up .*\n\n(?: {2}.*\n)+/, '').trim();
}

/** Begins Chasqui's profile, or ends it (profiler.ts); writing it takes a moment. */
async function toggleProfile(contenders: Contender[]): Promise<void> {
  for (const { bot } of contenders) if (bot.name === 'chasqui') process.kill(bot.pid, 'SIGUSR2');
  await sleep(PROFILE_MS);
}

function longestMs(options: Options): number {
  if (options.idle) return IDLE_MS;
  if (options.growth) return GROWTH_MS + OVERHEAD_MS;
  // A round whose answers never come waits for them.
  const settle = SETTLE_LIMIT_MS / 1_000 + 2;
  const load = options.rates.length * options.rounds * (options.seconds + settle) + options.warmUpSeconds + 2 * settle;
  const contenders = options.bots.length * options.answers.length;
  return contenders * (load * 1_000 + (options.sustain ? SUSTAIN_MS : 0)) + OVERHEAD_MS;
}

async function compare(options: Options): Promise<boolean> {
  const { rows, sustained } = await measure(options);
  console.log(`\n${tablesOf(rows, { acks: options.platform === 'slack' })}`);
  console.log(`\n${[commandsOf(rows), sustainedOf(sustained)].filter(Boolean).join('\n')}`);
  if (options.profileFolder) {
    const file = join(options.profileFolder, PROFILE_NAME);
    console.log(`\n${file}:\n${profileOf(summariseProfile(file))}`);
  }
  const climbed = sustained.map(([bot, { rate, because }]) => ({ bot, rate, because }));
  save(options, { rows, sustained: climbed });
  // Overload may delay answers, and is what the climb looks for; it must not double any.
  const climbs = sustained.map(([label, { rounds }]) => ({ ...rowOf({ label }, rounds), lost: 0, cut: 0, refused: 0 }));
  const faulty = [...rows, ...climbs].filter((row) => faultsOf(row).length > 0);
  for (const row of faulty) console.error(`\n${row.bot} at ${row.rate}/s: ${faultsOf(row).join(', ')}`);
  // What the others do wrong is for the table only.
  return !faulty.some(({ bot }) => bot.startsWith('chasqui'));
}

async function grow(options: Options): Promise<boolean> {
  const answers = options.answers.includes('streamed') ? 'streamed' : 'whole';
  const growth = await measureGrowth({ ...options, answers }, begin);
  console.log(`\n${growthOf(growth)}`);
  save(options, { growth });
  return growth.every(({ faults }) => faults.length === 0);
}

async function weigh(options: Options): Promise<boolean> {
  const idle = await measureIdle();
  console.log(`\n${idleOf(idle)}`);
  save(options, { idle });
  return true;
}

function save(options: Options, figures: object): void {
  if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify({ options, ...figures }, null, 2));
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const limit = longestMs(options);
  setTimeout(() => {
    console.error(`the bench did not end within ${Math.round(limit / 1_000)} s`);
    void end(1);
  }, limit).unref();
  if (!isInstalled('chat') && options.bots.some((name) => name !== 'chasqui'))
    console.log(`The Chat SDK is left out: its packages are not installed (${INSTALL_PEERS}).`);
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; the load runs on the same cores`);
  const measured = options.idle ? weigh : options.growth ? grow : compare;
  return (await measured(options)) ? 0 : 1;
}

try {
  await end(await main());
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  await end(1);
}
