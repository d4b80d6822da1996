/** How much a bot sustains: the rate rises until answers take too long or fall behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, percentile } from './ledger.ts';
import { type Measured, type Round, runRound } from './round.ts';

/** Messages a second. */
const FIRST = 200;
const STEP = 40;
const MOST = 1_000;
const SECONDS = 6;
const MOST_P99_MS = 1_000;
const DRAIN_LIMIT_MS = 20_000;

export interface Sustained {
  /** The highest rate that was followed; 0 when not even the first was. */
  rate: number;
  rounds: Round[];
  /** What ended the climb. */
  because: string;
}

/** Each rate has two tries, since one hiccup of the machine is not the bot's limit. */
export async function climb(measured: Measured, load: { people: number; history: number }): Promise<Sustained> {
  const rounds: Round[] = [];
  let sustained = 0;
  for (let rate = FIRST; rate <= MOST; rate += STEP) {
    let trouble: string | undefined;
    for (const _try of [1, 2]) {
      const round = await runRound(measured, { ...load, rate, seconds: SECONDS });
      rounds.push(round);
      trouble = troubleIn(round);
      if (!trouble) break;
      await drained(measured.ledger);
    }
    if (trouble) return { rate: sustained, rounds, because: `at ${rate}/s ${trouble}` };
    sustained = rate;
  }
  return { rate: sustained, rounds, because: `${MOST}/s is as far as this goes` };
}

/** What one try left behind is no load for the next. */
async function drained(ledger: Ledger): Promise<void> {
  for (const until = Date.now() + DRAIN_LIMIT_MS; ledger.unanswered() > 0 && Date.now() < until; ) await sleep(100);
}

function troubleIn({ latencies, backlog, faults, rate }: Round): string | undefined {
  const p99 = percentile(latencies, 0.99);
  if (faults.lost > 0) return `${faults.lost} messages had no answer in time`;
  if (p99 > MOST_P99_MS) return `p99 was ${Math.round(p99)} ms`;
  // A bot that follows has no more open at the end than in the middle, give or take a moment's messages.
  if (backlog.end > backlog.half + rate / 4) return `the backlog grew from ${backlog.half} to ${backlog.end}`;
  return undefined;
}
