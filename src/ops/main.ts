/** `npm run ops -- <command>`: the queue and what failed, for those who live in a terminal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load.ts';
import { type Core, openCore } from '../core.ts';
import type { DeadLetter } from '../dead-letters/dead-letters.ts';
import { retryDeadLetter } from '../dead-letters/retry.ts';
import { createLogger } from '../log/logger.ts';
import { openRedis } from '../redis/open.ts';
import { exitOnProblems } from '../run.ts';

const USAGE = `npm run ops -- <command>

  status           what waits and runs, and what failed
  failed           the turns that failed for good, newest first
  retry ID|all     have them answered again
  discard ID|all   give them up
  pause            take no new turn; what arrives waits
  resume           go on
  drain            wait until nothing waits or runs (with receivers stopped: before an upgrade)`;

const LOOK_EVERY_MS = 500;

const [command = '', which] = process.argv.slice(2);
const run = commandOf(command, which);
if (!run) {
  console.log(USAGE);
  process.exit(command === '' || command === 'help' ? 0 : 2);
}
const loaded = await exitOnProblems(() => loadConfig());
// An operator's retry is not what the limits are for.
const unlimited = {
  person_per_minute: 0,
  conversation_per_minute: 0,
  workspace_per_minute: 0,
  fair_share_per_minute: 0,
};
const config = { ...loaded, limits: { ...loaded.limits, ...unlimited } };
const log = createLogger({ level: 'warn', secrets: config.secrets });
const redis = await exitOnProblems(() => openRedis({ config, log }));
const core = openCore({ config, redisUrl: redis.url, models: [], log });
const close = async (): Promise<void> => {
  await core.close();
  await redis.close();
};
const code = await exitOnProblems(() => run(core), close);
await close();
process.exit(code);

/** A command resolves with the exit code. */
function commandOf(name: string, id: string | undefined): ((core: Core) => Promise<number>) | undefined {
  switch (name) {
    case 'status':
      return status;
    case 'failed':
      return failed;
    case 'retry':
      return id ? (core) => forEach(core, id, 'is answered again', (one) => retryDeadLetter(core, one)) : undefined;
    case 'discard':
      return id ? (core) => forEach(core, id, 'is given up', (one) => core.deadLetters.remove(one)) : undefined;
    case 'pause':
      return async ({ queue }) => {
        await queue.pause();
        console.log('Paused: no new turn begins. `npm run ops -- resume` goes on.');
        return 0;
      };
    case 'resume':
      return async ({ queue }) => {
        await queue.resume();
        console.log('Turns are taken again.');
        return 0;
      };
    case 'drain':
      return drain;
    default:
      return undefined;
  }
}

async function status({ queue, deadLetters }: Core): Promise<number> {
  const { waiting, active, delayed, oldestMs } = await queue.depth();
  const paused = await queue.isPaused();
  console.log(
    `turns     ${waiting} waiting, ${active} running, ${delayed} to be tried again${paused ? '; PAUSED' : ''}`,
  );
  if (waiting > 0) console.log(`oldest    ${(oldestMs / 1_000).toFixed(1)} s`);
  console.log(`failed    ${await deadLetters.count()}`);
  return 0;
}

async function failed({ deadLetters }: Core): Promise<number> {
  const letters = await deadLetters.list(1_000);
  if (letters.length === 0) console.log('Nothing failed for good.');
  for (const letter of letters) console.log(describe(letter));
  return 0;
}

/** One line; what was said stays where it is. */
function describe({ id, at, platform, failure, attempts, told }: DeadLetter): string {
  const reason = `${failure.where} ${failure.kind} ${failure.code}: ${failure.message.replace(/\s+/g, ' ').slice(0, 160)}`;
  const times = attempts === 1 ? '' : ` (${attempts} attempts)`;
  return `${id}  ${new Date(at).toISOString()}  ${platform}  ${reason}${times}${told === null ? '; nobody was told' : ''}`;
}

async function forEach(
  { deadLetters }: Core,
  which: string,
  done: string,
  act: (id: string) => Promise<boolean>,
): Promise<number> {
  // The oldest first: people get their answers in the order of their questions.
  const ids = which === 'all' ? (await deadLetters.list(100_000)).map(({ id }) => id).reverse() : [which];
  for (const id of ids) {
    if (await act(id)) console.log(`${id} ${done}`);
    else {
      console.error(`${id}: there is no such failed turn; \`npm run ops -- failed\` lists them`);
      return 1;
    }
  }
  if (ids.length === 0) console.log('Nothing failed for good.');
  return 0;
}

async function drain({ queue }: Core): Promise<number> {
  if (await queue.isPaused()) {
    console.error('The queue is paused, so it never gets empty: `npm run ops -- resume` first.');
    return 1;
  }
  for (let last = ''; ; await sleep(LOOK_EVERY_MS)) {
    const { waiting, active, delayed } = await queue.depth();
    if (waiting + active + delayed === 0) break;
    const now = `${waiting} waiting, ${active} running, ${delayed} to be tried again`;
    if (now !== last) console.log(now);
    last = now;
  }
  console.log('Nothing waits or runs.');
  return 0;
}
