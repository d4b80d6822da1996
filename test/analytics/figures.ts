/** A recorder of figures with a clock that a test sets, and what is read back from it. */
import { onTestFinished } from 'vitest';
import { createDays } from '../../src/analytics/read-days.ts';
import { createTurnLog } from '../../src/analytics/read-turns.ts';
import { type AnalyticsSettings, createAnalytics } from '../../src/analytics/recorder.ts';
import type { TurnRecord } from '../../src/analytics/turn-record.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { captureLog } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';

const DAY_MS = 86_400_000;

export function openFigures(change: Partial<AnalyticsSettings> = {}, where = sharedRedis()) {
  const { url, prefix } = where;
  const { log } = captureLog();
  const redis = connectRedis({ url, log, kind: 'ask', name: 'figures' });
  onTestFinished(() => redis.disconnect());
  let at = Date.now();
  const settings = {
    ...{ keepMs: 100 * DAY_MS, turnsKeepMs: 400 * DAY_MS, turnsMost: 10_000, peopleMost: 1_000, namesMost: 10 },
    ...change,
  };
  const open = () => createAnalytics({ redis, prefix, log, settings, now: () => at });
  const analytics = open();
  let turns = 0;
  return {
    ...{ redis, prefix, analytics, open },
    days: createDays({ redis, prefix, keptDays: settings.keepMs / DAY_MS }),
    log: createTurnLog({ redis, prefix }),
    now: () => at,
    /** It is noon (UTC) of this day. */
    travelTo(date: string): void {
      at = Date.parse(`${date}T12:00:00Z`);
    },
    /** These people were answered, each with a turn of one message. */
    async answered(authors: string[], turn: Partial<TurnRecord> = {}, by = analytics): Promise<void> {
      for (const author of authors) by.record({ type: 'turn', turn: { ...this.turn(), ...turn }, authors: [author] });
      await by.flush();
    },
    turn: (): TurnRecord => ({
      v: 1,
      id: `turn-${++turns}`,
      conversation: 'test:room',
      platform: 'test',
      outcome: 'answered',
      attempts: 1,
      messages: 1,
      at,
      waitingMs: 10,
      totalMs: 100,
      marks: [],
    }),
  };
}
