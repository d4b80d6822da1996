/**
 * `npm run bench`: Chasqui beside a plain Bolt bot, on one machine, in one run. This process is Slack, the model's host
 * and the people who write. docs/performance.md says what is measured and how.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bot, startBolt, startChasqui, stopAll } from './bots.ts';
import { startFakeModel } from './fake-model.ts';
import { startFakeSlack } from './fake-slack.ts';
import { createLedger } from './ledger.ts';
import { type BotName, type Options, readOptions, USAGE, UsageError } from './options.ts';
import { PROFILE_NAME, summariseProfile } from './profile.ts';
import { faultsOf, profileOf, type Row, ratiosOf, rowOf, sustainedOf, tableOf } from './report.ts';
import { type Measured, type Round, runRound } from './round.ts';
import { climb, type Sustained } from './sustain.ts';
import { createWire } from './wire.ts';

/** Besides the load itself: starts, pauses, answers that come late. */
const OVERHEAD_MS = 120_000;
/** A climb is at most so long. */
const SUSTAIN_MS = 400_000;
/** Between two rounds, so that one bot's clearing up does not fall into the other's round. */
const PAUSE_MS = 500;

const PROFILE_MS = 3_000;

const closers: (() => Promise<void> | void)[] = [];

let ending = false;

async function end(code: number): Promise<void> {
  // After Ctrl-C the rounds fail, one by one; the first end is the one that counts.
  if (ending) return;
  ending = true;
  for (const close of closers.reverse()) await close();
  await stopAll();
  process.exit(code);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(130));

async function start(name: BotName, options: Options): Promise<Measured> {
  const ledger = createLedger();
  const slack = await startFakeSlack(ledger);
  const model = await startFakeModel({ tokenEveryMs: options.tokenEveryMs });
  closers.push(slack.close, model.close);
  const surroundings = { slackApiUrl: slack.apiUrl, modelUrl: model.url };
  const { redisUrl } = options;
  const profileFolder = options.profileFolder && resolve(options.profileFolder);
  const bot: Bot =
    name === 'chasqui'
      ? await startChasqui({ ...surroundings, redisUrl, profileFolder })
      : await startBolt(surroundings);
  const wire = createWire(bot.port);
  closers.push(bot.stop, wire.close);
  return { bot, ledger, wire, slack };
}

async function measure(options: Options): Promise<{ rows: Row[]; sustained: [BotName, Sustained][] }> {
  const { conversations: people, history, seconds } = options;
  const measured: Measured[] = [];
  for (const name of options.bots) measured.push(await start(name, options));
  console.log(`${options.bots.join(' and ')} ready; warming up for ${options.warmUpSeconds} s each …`);
  const [firstRate = 200] = options.rates;
  for (const one of measured) {
    // Half as fast first: what is not yet compiled would only build up a backlog.
    await runRound(one, { rate: firstRate / 2, seconds: options.warmUpSeconds / 2, people, history });
    await runRound(one, { rate: firstRate, seconds: options.warmUpSeconds / 2, people, history });
  }

  if (options.profileFolder) await toggleProfile(measured);
  const rows: Row[] = [];
  for (const rate of options.rates) {
    const rounds = new Map<Measured, Round[]>(measured.map((one) => [one, []]));
    for (let n = 0; n < options.rounds; n++) {
      for (const one of n % 2 === 0 ? measured : measured.toReversed()) {
        await sleep(PAUSE_MS);
        rounds.get(one)?.push(await runRound(one, { rate, seconds, people, history }));
      }
    }
    for (const [{ bot }, done] of rounds) rows.push(rowOf(bot.name, done));
  }
  if (options.profileFolder) await toggleProfile(measured);

  const sustained: [BotName, Sustained][] = [];
  if (options.sustain)
    for (const one of measured) sustained.push([one.bot.name, await climb(one, { people, history })]);
  for (const { bot } of measured) {
    const words = bot.lastWords().trim();
    // Logs are at `warn`: after Chasqui's banner there should be nothing.
    if (words !== '') console.log(`\n${bot.name} printed:\n${words}`);
  }
  return { rows, sustained };
}

/** Begins the profile, or ends it; writing it takes Chasqui a moment. */
async function toggleProfile(measured: Measured[]): Promise<void> {
  for (const { bot } of measured) if (bot.name === 'chasqui') bot.toggleProfile();
  await sleep(PROFILE_MS);
}

function longestMs({ rates, seconds, rounds, bots, sustain, warmUpSeconds }: Options): number {
  // A round whose answers never come waits 15 s for them.
  const load = rates.length * rounds * (seconds + 17) + warmUpSeconds + 34;
  return bots.length * (load * 1_000 + (sustain ? SUSTAIN_MS : 0)) + OVERHEAD_MS;
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

  const { rows, sustained } = await measure(options);
  console.log(`\n${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; the load runs on the same cores\n`);
  console.log(tableOf(rows));
  console.log(`\n${[ratiosOf(rows), sustainedOf(sustained)].filter(Boolean).join('\n')}`);
  if (options.profileFolder) {
    const file = join(options.profileFolder, PROFILE_NAME);
    console.log(`\n${file}:\n${profileOf(summariseProfile(file))}`);
  }
  if (options.jsonFile) {
    const climbed = sustained.map(([bot, { rate, because }]) => ({ bot, rate, because }));
    writeFileSync(options.jsonFile, JSON.stringify({ options, rows, sustained: climbed }, null, 2));
  }
  // Overload may delay answers, and is what the climb looks for; it must not double any.
  const climbs = sustained.map(([bot, { rounds }]) => ({ ...rowOf(bot, rounds), lost: 0, refused: 0 }));
  const faulty = [...rows, ...climbs].filter((row) => faultsOf(row).length > 0);
  for (const row of faulty) console.error(`\n${row.bot} at ${row.rate}/s: ${faultsOf(row).join(', ')}`);
  return faulty.length > 0 ? 1 : 0;
}

try {
  await end(await main());
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  await end(1);
}
