import { afterEach, expect, it } from 'vitest';
import type { Answers, BotName } from '../../bench/bots.ts';
import { type Contender, startContender } from '../../bench/contender.ts';
import { mixedLoad } from '../../bench/plan.ts';
import type { PlatformName } from '../../bench/platform.ts';
import { runRound } from '../../bench/round.ts';

const running: Contender[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((contender) => contender.stop()));
});

async function start(name: BotName, platform: PlatformName, answers: Answers): Promise<Contender> {
  // Slow enough for a reply to be seen growing.
  const contender = await startContender(name, { platform, answers, tokenEveryMs: answers === 'streamed' ? 60 : 0 });
  running.push(contender);
  return contender;
}

const load = () => mixedLoad({ rate: 20, seconds: 0.5, people: 10, history: 0 });

const TIME_LIMIT_MS = 90_000;

// The other peers are looked at by `npm run bench` itself, which tells what they lose.
it.each<[BotName, PlatformName, Answers]>([['chasqui', 'slack', 'streamed']])(
  '%s on %s answers all, %s',
  async (name, platform, answers) => {
    const contender = await start(name, platform, answers);
    const { messages, answered, faults } = await runRound(contender, load());
    expect({ answered, faults, refusals: [...contender.platform.refusals] }).toEqual({
      answered: messages,
      faults: { lost: 0, doubled: 0, cut: 0, disordered: 0, misplaced: 0, refused: 0 },
      refusals: [],
    });
  },
  TIME_LIMIT_MS,
);

it(
  'a round counts what the bot and its Redis did, and can have all messages wait',
  async () => {
    const contender = await start('bullmq', 'slack', 'whole');
    const { cpu, rss, calls, redis, messages, backlog } = await runRound(contender, load(), { held: true });
    expect(backlog.end).toBe(messages);
    expect(cpu).toBeGreaterThan(0);
    expect(rss).toBeGreaterThan(20e6);
    expect(calls).toBe(messages);
    expect(redis?.scripts).toBeGreaterThanOrEqual(messages);
    expect(redis?.commands).toBeGreaterThan(redis?.scripts as number);
    // What is sent together is one trip: less than all commands, and not nothing.
    expect(redis?.trips).toBeGreaterThan(0);
    expect(redis?.trips).toBeLessThan(redis?.commands as number);
  },
  TIME_LIMIT_MS,
);
