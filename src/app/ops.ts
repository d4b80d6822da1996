/** `npm run ops -- <command>`: the queue and what failed, for those who live in a terminal. */

import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../config/load.ts';
import { type Core, openCore } from '../core/core.ts';
import type { DeadLetter } from '../dead-letters/dead-letters.ts';
import { createLogger } from '../log/logger.ts';
import { type Actions, createActions } from '../ops/actions.ts';
import { createNow } from '../ops/overview.ts';
import type { FailureChoice, PauseChoice } from '../ops-api/index.ts';
import { openRedis } from '../redis/open.ts';
import { exitOnProblems } from './process.ts';

const USAGE = `npm run ops -- <command>

  status             whether all is well, what waits and runs, and what failed
  failed             the turns that failed for good, newest first
  retry ID|all       have them answered again
  discard ID|all [WHY]   give them up; for a day the page can bring them back
  pause [PLATFORM]   take no new turn, or none of a platform; what arrives waits
  resume [PLATFORM]  go on
  admit CODE         let somebody in who was given this code (docs/personas.md)
  strangers          who waits to be let in
  drain              wait until nothing waits or runs (with receivers stopped: before an upgrade)
  audit              what operators did, newest first`;

const LOOK_EVERY_MS = 500;
const AUDIT_ROWS = 50;

/** What a command works with; it resolves with the exit code. */
interface Desk {
  core: Core;
  actions: Actions;
  who: string;
}
type Command = (desk: Desk) => Promise<number>;

const [command = '', ...rest] = process.argv.slice(2);
const run = commandOf(command, rest);
if (!run) {
  console.log(USAGE);
  process.exit(command === '' || command === 'help' ? 0 : 2);
}
const config = await exitOnProblems(() => loadConfig());
const log = createLogger({ level: 'warn', secrets: config.secrets });
const redis = await exitOnProblems(() => openRedis({ config, log }));
// Personas are the workers' own; who is admitted stands in Redis.
const core = openCore({ config: { ...config, personas: {}, places: [] }, redisUrl: redis.url, models: [], log });
const close = async (): Promise<void> => {
  await core.close();
  await redis.close();
};
const desk = { core, actions: createActions(core), who: `${userInfo().username} in a terminal` };
const code = await exitOnProblems(() => run(desk), close);
await close();
process.exit(code);

function commandOf(name: string, [which, ...more]: string[]): Command | undefined {
  const pause: PauseChoice = which ? { scope: 'platform', name: which } : { scope: 'all' };
  const what = which ?? 'turns';
  switch (name) {
    case 'status':
      return status;
    case 'failed':
      return failed;
    case 'retry':
      return which
        ? ({ actions, who }) => settle(actions.retry(who, choiceOf(which)), which, 'answered again')
        : undefined;
    case 'discard': {
      const why = more.join(' ') || 'no reason given';
      return which
        ? ({ actions, who }) => settle(actions.discard(who, choiceOf(which), why), which, 'given up')
        : undefined;
    }
    case 'pause':
      return async ({ actions, who }) => {
        await actions.pause(who, pause);
        console.log(
          `Paused: no new turn begins${which ? ` on ${which}` : ''}. \`npm run ops -- resume${which ? ` ${which}` : ''}\` goes on.`,
        );
        return 0;
      };
    case 'resume':
      return async ({ actions, who }) => {
        await actions.resume(who, pause);
        console.log(which ? `Turns of ${what} are taken again.` : 'Turns are taken again.');
        return 0;
      };
    case 'admit':
      return which ? ({ core, actions, who }) => admit(core, actions, who, [which, ...more].join('')) : undefined;
    case 'strangers':
      return strangers;
    case 'drain':
      return drain;
    case 'audit':
      return auditLog;
    default:
      return undefined;
  }
}

function choiceOf(which: string): FailureChoice {
  return which === 'all' ? { all: true } : { ids: [which] };
}

async function settle(doing: Promise<number>, which: string, what: string): Promise<number> {
  const done = await doing;
  if (done === 0 && which !== 'all') {
    console.error(`${which}: there is no such failed turn; \`npm run ops -- failed\` lists them`);
    return 1;
  }
  console.log(done === 0 ? 'Nothing failed for good.' : `${done} ${done === 1 ? 'is' : 'are'} ${what}`);
  return 0;
}

async function admit({ access }: Core, { audit }: Actions, who: string, code: string): Promise<number> {
  const admitted = await access.admit(code);
  if (!admitted) {
    console.error('There is no such code, or it is older than a day; `npm run ops -- strangers` lists them.');
    return 1;
  }
  const { platform, person, name, where } = admitted;
  await audit.write(who, `admitted somebody on ${platform}`);
  console.log(`${name ?? person} on ${platform} may write to the assistant in ${where}.`);
  return 0;
}

async function strangers({ core }: Desk): Promise<number> {
  const list = await core.access.strangers();
  if (list.length === 0) console.log('Nobody waits to be let in.');
  for (const { code, platform, person, name, at } of list)
    console.log(`${code}  ${new Date(at).toISOString()}  ${platform}  ${person}${name ? `  ${name}` : ''}`);
  return 0;
}

async function auditLog({ actions }: Desk): Promise<number> {
  const { rows } = await actions.audit.list(null, AUDIT_ROWS);
  for (const { at, who, what } of rows) console.log(`${new Date(at).toISOString()}  ${who}  ${what}`);
  return 0;
}

async function status({ core }: Desk): Promise<number> {
  const { queue, pauses, reasons } = await createNow(core).read();
  const { waiting, running, delayed, oldestMs, failed: letters } = queue;
  const paused = pauses.some(({ scope }) => scope === 'all') || (await core.queue.isPaused());
  console.log(
    `turns     ${waiting} waiting, ${running} running, ${delayed} to be tried again${paused ? '; PAUSED' : ''}`,
  );
  if (waiting > 0) console.log(`oldest    ${(oldestMs / 1_000).toFixed(1)} s`);
  console.log(`failed    ${letters}`);
  for (const { level, text } of reasons) console.log(`${level.padEnd(10)}${text}`);
  if (reasons.length === 0) console.log('all is well');
  return 0;
}

async function failed({ core: { deadLetters } }: Desk): Promise<number> {
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

async function drain({ core: { queue } }: Desk): Promise<number> {
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
