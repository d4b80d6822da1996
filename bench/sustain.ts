/** How much a bot sustains: the rate rises until answers take too long or fall behind; then the limit is closed in on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { type Ledger, percentile } from './ledger.ts';
import { mixedLoad } from './plan.ts';
import { type Round, runRound } from './round.ts';

/** Messages a second. */
const FIRST = 40;
const MOST = 1_000;
const GROWTH = 1.5;
/** The limit is known when the rate that failed is at most so much above the one that was followed. */
const CLOSE = 1.06;
const SECONDS = 6;
const MOST_P99_MS = 1_000;
const DRAIN_LIMIT_MS = 20_000;
/** A climb takes at most about so long. */
export const SUSTAIN_MS = 600_000;

export interface Sustained {
  /** The highest rate that was followed; 0 when not even the first was. */
  rate: number;
  rounds: Round[];
  /** What ended the climb. */
  because: string;
}

export async function climb(contender: Contender, load: { people: number; history: number }): Promise<Sustained> {
  const rounds: Round[] = [];
  let followed = 0;
  let failed: { rate: number; trouble: string } | undefined;
  const until = Date.now() + SUSTAIN_MS - 120_000;

  for (let rate = FIRST; Date.now() < until; ) {
    const trouble = await tryAt(rate);
    if (trouble) failed = { rate, trouble };
    else followed = rate;
    if (!failed && rate === MOST) break;
    if (failed && (failed.rate <= followed * CLOSE || followed === 0)) break;
    rate = Math.round(failed ? (followed + failed.rate) / 2 : Math.min(MOST, rate * GROWTH));
  }
  const because = failed ? `at ${failed.rate}/s ${failed.trouble}` : `${MOST}/s is as far as this goes`;
  return { rate: followed, rounds, because };

  /** Two tries, since one hiccup of the machine is not the bot's limit. */
  async function tryAt(rate: number): Promise<string | undefined> {
    let trouble: string | undefined;
    for (const _try of [1, 2]) {
      const round = await runRound(contender, mixedLoad({ ...load, rate, seconds: SECONDS }));
      rounds.push(round);
      trouble = troubleIn(round);
      if (!trouble) break;
      await drained(contender.ledger);
    }
    return trouble;
  }
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
