/**
 * `--growth`: does a message cost more when there are ten times the conversations, ten times the history, ten times the
 * messages that wait? Rounds with the one and the other take turns, in processes that have seen as many messages.
 */
import type { Answers } from './bots.ts';
import type { Contender, startContender } from './contender.ts';
import { type Conversation, followUpLoad, type Load, type Message, mixedLoad } from './plan.ts';
import { columns, short } from './report.ts';
import { type Round, runRound } from './round.ts';
import { faultsOf, type Row, rowOf } from './rows.ts';

const TIMES = 10;
/** Messages a second: well below what a bot sustains, and so that a conversation's message is answered before its next. */
const SEED_RATE = 120;
const RATE = 60;
const ROUNDS = 5;
const PEOPLE = 100;
/** Measured conversations; each is gone on with once or more in a round. */
const MEASURED = 60;

const CONVERSATIONS = 300;
const TURNS = 10;
const WAITING = 200;
const WAITING_RATE = 400;

/** All of it takes at most about so long. */
export const GROWTH_MS = 900_000;

export interface Growth {
  what: string;
  from: number;
  to: number;
  small: Row;
  large: Row;
  faults: string[];
}

/** One kind of growth: a round with little, and one with ten times as much. */
interface Scenario {
  what: string;
  from: number;
  small(): Promise<Round>;
  large(): Promise<Round>;
}

type Begin = (...args: Parameters<typeof startContender>) => Promise<Contender>;
type Settings = Omit<Parameters<typeof startContender>[1], 'quiet'> & { answers: Answers };

/** Chasqui alone. @param begin starts a contender and sees to its end */
export async function measureGrowth(settings: Settings, begin: Begin): Promise<Growth[]> {
  const start = () => begin('chasqui', { ...settings, redisUrl: undefined, profileFolder: undefined, quiet: true });
  const found: Growth[] = [];
  for (const prepare of [conversations, history, waiting]) {
    const contenders: Contender[] = [];
    const scenario = await prepare(async () => {
      const contender = await start();
      contenders.push(contender);
      return contender;
    });
    found.push(await compare(scenario));
    for (const contender of contenders) await contender.stop();
  }
  return found;
}

async function compare({ what, from, small, large }: Scenario): Promise<Growth> {
  console.log(`${what}: ${from} and ${from * TIMES} …`);
  const rounds: Record<'small' | 'large', Round[]> = { small: [], large: [] };
  for (let n = 0; n < ROUNDS; n++) {
    if (n % 2 === 0) rounds.small.push(await small());
    rounds.large.push(await large());
    if (n % 2 === 1) rounds.small.push(await small());
  }
  const rows = { small: rowOf({ label: '1×' }, rounds.small), large: rowOf({ label: `${TIMES}×` }, rounds.large) };
  return { what, from, to: from * TIMES, ...rows, faults: [rows.small, rows.large].flatMap(faultsOf) };
}

/** Two Chasquis, one of which keeps ten times the conversations; the same few are gone on with in both. */
async function conversations(start: () => Promise<Contender>): Promise<Scenario> {
  const few = await start();
  const many = await start();
  const inFew = await open(few, CONVERSATIONS);
  // As many messages as the other one sees, in conversations that are not measured.
  const others = inFew.slice(MEASURED);
  const missing = CONVERSATIONS * (TIMES - 1);
  await seed(few, followUpLoad(others, { rate: SEED_RATE, times: Math.round(missing / others.length) }));
  const inMany = await open(many, CONVERSATIONS * TIMES);
  return {
    what: 'conversations that are kept',
    from: CONVERSATIONS,
    small: () => goOn(few, inFew),
    large: () => goOn(many, inMany),
  };
}

/** One Chasqui, with conversations of few turns and of many. */
async function history(start: () => Promise<Contender>): Promise<Scenario> {
  const one = await start();
  const short = await open(one, MEASURED);
  const long = await open(one, MEASURED);
  await seed(one, followUpLoad(short, { rate: SEED_RATE, times: TURNS - 1 }));
  await seed(one, followUpLoad(long, { rate: SEED_RATE, times: TURNS * TIMES - 1 }));
  return {
    what: 'turns in the conversation before',
    from: TURNS,
    small: () => goOn(one, short),
    large: () => goOn(one, long),
  };
}

/** One Chasqui, whose model answers nothing until all messages are sent. */
async function waiting(start: () => Promise<Contender>): Promise<Scenario> {
  const one = await start();
  await open(one, WAITING * TIMES);
  const burst = (count: number) =>
    runRound(one, mixedLoad({ rate: WAITING_RATE, seconds: count / WAITING_RATE, people: PEOPLE, history: 0 }), {
      held: true,
    });
  return {
    what: 'messages that wait at once',
    from: WAITING,
    small: () => burst(WAITING),
    large: () => burst(WAITING * TIMES),
  };
}

/** Opens conversations, and answers with them. */
async function open(contender: Contender, count: number): Promise<Conversation[]> {
  const opened: Message[] = [];
  const load = mixedLoad({ rate: SEED_RATE, seconds: count / SEED_RATE, people: PEOPLE, history: 0 });
  const noting: Load = {
    ...load,
    plan(startAt) {
      const messages = load.plan(startAt);
      opened.push(...messages);
      return messages;
    },
  };
  await seed(contender, noting);
  return opened;
}

/** Load that makes what is measured later. @throws when it was not answered as it should be: nothing would be comparable */
async function seed(contender: Contender, load: Load): Promise<void> {
  const { faults } = await runRound(contender, load);
  const found = faultsOf(faults);
  if (found.length > 0) throw new Error(`before the measurement: ${found.join(', ')}`);
}

function goOn(contender: Contender, among: Conversation[]): Promise<Round> {
  return runRound(contender, followUpLoad(among.slice(0, MEASURED), { rate: RATE }));
}

const LEGEND = `For each message, medians of ${ROUNDS} rounds of each kind in turn. CPU: ms of Chasqui's process; Redis: ms of Redis's; scripts,
commands, trips: in Redis. 1.00× is flat. A longer history costs more up to the number of turns that the model is sent;
messages that wait together are cheaper, since some of the work is done for many of them at once.`;

export function growthOf(growth: Growth[]): string {
  const lines = growth.map(({ what, from, to, small, large, faults }) => [
    what,
    `${from} → ${to}`,
    against(small.cpu, large.cpu),
    against(small.redisCpu, large.redisCpu),
    against(small.redisScripts, large.redisScripts),
    against(small.redisCommands, large.redisCommands),
    against(small.redisTrips, large.redisTrips),
    `${small.answered + large.answered}/${small.messages + large.messages}`,
    faults.join(', ') || 'none',
  ]);
  const head = ['ten times as many', '', 'CPU ms', 'Redis ms', 'scripts', 'commands', 'trips', 'answered', 'faults'];
  return `${columns([head, ...lines])}\n\n${LEGEND}`;
}

/** Seconds for 1,000 messages are milliseconds for one. */
function against(small = Number.NaN, large = Number.NaN): string {
  return `${short(small)} → ${short(large)} = ${(large / small).toFixed(2)}×`;
}
