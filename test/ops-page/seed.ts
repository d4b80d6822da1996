/**
 * Some weeks of an assistant's life, so that every view has something to show: people who come back or do not, channels,
 * two models, judgements, an hour of traffic, failures. Written by the real recorder with a clock of its own, always the
 * same.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { analyticsKeys } from '../../src/analytics/keys.ts';
import { hashed, type TurnRecord } from '../../src/analytics/turn-record.ts';
import { createDeadLetters } from '../../src/dead-letters/dead-letters.ts';
import { opsKeys } from '../../src/ops/keys.ts';
import { createRecorder, turnRecord } from './records.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PLATFORMS = ['slack', 'slack', 'slack', 'discord', 'discord', 'whatsapp', 'web'];
const CHANNELS = ['general', 'help', 'engineering', 'random'];
const REASONS = ['wrong', 'wrong', 'unhelpful', 'too long'];

/** A number from 0 to 1 that is the same for the same words. */
function chance(...words: (string | number)[]): number {
  return createHash('sha1').update(words.join(' ')).digest().readUInt32BE(0) / 2 ** 32;
}

/** One turn of that person at that time. */
function turnOf(person: number, ms: number, models: readonly string[]): TurnRecord {
  const platform = PLATFORMS[person % PLATFORMS.length] as string;
  const size = chance(person, ms);
  const totalMs = Math.round(700 + 9_000 * size ** 4 + 600 * size);
  const inputTokens = Math.round(300 + 2_600 * chance('in', person, ms));
  const outputTokens = Math.round(40 + 500 * size);
  return turnRecord({
    ...{ platform, conversation: `${platform}:place-${person}`, at: ms, totalMs, inputTokens, outputTokens },
    ...{ waitingMs: Math.round(4 + 60 * size), firstTokenMs: Math.round(180 + 400 * size) },
    model: models[chance('model', person, ms) < 0.85 ? 0 : 1] ?? models[0] ?? 'test:model',
    usd: inputTokens * 0.293e-6 + outputTokens * 2.253e-6,
    ...(platform === 'slack' || platform === 'discord'
      ? { workspace: hashed(`${platform} ${person % 3}`), channel: hashed(CHANNELS[person % 4] as string) }
      : {}),
  });
}

/** @param models ids of the models that Chasqui has, the usual one first */
export async function seed(
  redis: Redis,
  prefix: string,
  options: { models: readonly string[]; weeks?: number },
): Promise<void> {
  const { models, weeks = 7 } = options;
  const now = Date.now();
  const today = Math.floor(now / DAY_MS);
  let clock = now;
  const recorder = createRecorder(redis, prefix, () => clock);
  for (let ago = weeks * 7; ago >= 0; ago--) {
    const day = today - ago;
    const weekend = (day + 3) % 7 > 4;
    // Today's are older than the hour that the view Now shows.
    clock = ago === 0 ? Math.max(today * DAY_MS, now - 2 * 60 * MINUTE_MS) : day * DAY_MS + DAY_MS / 2;
    // Each day a few people come for the first time; whoever came before comes back, or has lost the taste for it.
    for (let person = 0; person < (weeks * 7 - ago + 1) * 4; person++) {
      const age = day - (today - weeks * 7 + Math.floor(person / 4));
      const taste = 0.25 + 0.5 * chance('taste', person);
      if (age > 0 && chance('comes', person, day) > taste * (weekend ? 0.3 : 1) * 0.93 ** age) continue;
      if (age === 0 && weekend && person % 4 > 0) continue;
      const messages = 3 + Math.floor(16 * chance('many', person, day));
      for (let n = 0; n < messages; n++) {
        const turn = turnOf(person, clock - n * 2 * MINUTE_MS, models);
        recorder.record({ type: 'turn', turn, authors: [`person-${person}`] });
        if (chance('judge', person, day, n) > 0.04) continue;
        const good = chance('good', person, day, n) < 0.86;
        const { platform, model } = turn;
        recorder.record({ type: 'feedback', at: clock, platform, good, ...(model ? { model } : {}) });
        if (!good) recorder.record({ type: 'reason', reason: REASONS[person % 4] as string });
      }
    }
    await recorder.flush();
  }
  clock = now;
  // The stream is ordered by when it was written, which was now: only the last hour stands there.
  await redis.del(analyticsKeys(prefix).turns);
  await lastHour(recorder, now, models);
  await recorder.close();
}

async function lastHour(recorder: ReturnType<typeof createRecorder>, now: number, models: readonly string[]) {
  for (let minute = 59; minute >= 0; minute--) {
    const count = 6 + Math.round(6 * chance('minute', minute) + 4 * Math.sin(minute / 9));
    for (let n = 0; n < count; n++) {
      const ms = now - minute * MINUTE_MS - (count - n) * 900;
      const person = 200 + Math.floor(24 * chance('who', minute, n));
      const turn = turnOf(person, ms, models);
      const broken = minute > 1 && (chance('broken', minute, n) < 0.01 || (minute === 2 && n === 5));
      const message = 'the daily free allocation of 10,000 neurons is used up';
      recorder.record({ type: 'message', at: ms, platform: turn.platform });
      if (!broken) recorder.record({ type: 'call', at: ms, model: turn.model ?? '' });
      const failure = { where: 'model', kind: 'quota', code: '4006', message };
      recorder.record({
        type: 'turn',
        turn: broken ? { ...turn, outcome: 'failed', failure } : turn,
        authors: [`person-${person}`],
      });
    }
  }
}

/** Turns that failed for good, for two reasons, the one of them discarded. */
export async function seedFailures(redis: Redis, prefix: string): Promise<void> {
  const letters = createDeadLetters({ redis, prefix, keepMs: 7 * DAY_MS, most: 1_000 });
  const quota = {
    where: 'model',
    kind: 'quota',
    code: '4006',
    message: 'the daily free allocation is used up',
  } as const;
  const gone = { where: 'platform', kind: 'refused', code: 'is_archived', message: 'the channel is archived' } as const;
  const told =
    "The model's allowance is used up for now. Whoever runs me has to raise it, or it renews by itself later.";
  for (let n = 0; n < 7; n++) {
    const archived = n > 4;
    const platform = archived ? 'slack' : (PLATFORMS[n] as string);
    const conversation = `${platform}:place-${n}`;
    await letters.add(
      {
        ...{ v: 1, id: `0f3a9c${n}e`, at: Date.now() - n * 11 * MINUTE_MS, conversation, platform, attempts: 1 },
        ...{ failure: archived ? gone : quota, told: archived ? null : told },
        messages: [
          {
            ...{ v: 1, id: `message-${n}`, author: { id: 'ana' }, text: 'hi', attachments: [], sentAt: Date.now() },
            to: { platform, conversation, route: {} },
          },
        ],
      },
      Date.now(),
    );
  }
  await letters.discard('0f3a9c6e', { by: 'operator at 10.0.3.7', why: 'the channel was closed on purpose' });
}

export interface SeedProcess {
  host: string;
  roles: string[];
  /** Turns that it works on; null where it is no worker. */
  running: number | null;
  /** Platforms that it receives from. */
  receives?: string[];
}

/** A process that was heard of for the last time so many ms ago. */
export async function seedProcess(redis: Redis, prefix: string, of: SeedProcess, silentMs: number): Promise<void> {
  const { processes, heartbeats } = opsKeys(prefix);
  const { host, roles, running, receives = [] } = of;
  const [seconds] = await redis.time();
  const id = createHash('sha1').update(host).digest('hex').slice(0, 30);
  const receivers = receives.map((platform) => ({
    platform,
    connected: true,
    state: 'connected',
    detail: 'connected',
  }));
  const rssBytes = Math.round(110e6 + 60e6 * chance('memory', host));
  const said = { id, host, pid: 7, version: '0.1.0', roles, rssBytes, eventLoopMs: 2, running, receivers };
  const startedAt = Date.now() - Math.round(3 * DAY_MS * chance('up', host));
  await redis.hset(processes, id, JSON.stringify({ ...said, startedAt }));
  await redis.zadd(heartbeats, Number(seconds) * 1_000 - silentMs, id);
}
