/**
 * Who wrote, counted without keeping anybody: an id becomes a keyed hash whose key never leaves Redis, and sets of people
 * are HyperLogLogs. Remembers for the day whom it has told Redis already, so that most messages cost nothing here.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Batch, Event } from './batch.ts';
import type { AnalyticsKeys } from './keys.ts';
import { OTHER } from './names.ts';
import * as scripts from './scripts.ts';
import type { TurnRecord } from './turn-record.ts';

/** Remembered in this process, a day's worth; beyond it Redis is told again, which changes nothing. */
const MOST_REMEMBERED = 100_000;

export function createPeople(options: { redis: Redis; keys: AnalyticsKeys; namesMost: number; keptS: number }) {
  const { redis, keys, keptS } = options;
  let today = -1;
  /** Channels and workspaces: whether they have lines of their own today. */
  const admitted = new Map<string, boolean>();
  /** `<part> <person>` */
  const told = new Set<string>();
  let salt: string | undefined;

  function turnTo(day: number): void {
    if (day === today && told.size < MOST_REMEMBERED) return;
    today = day;
    admitted.clear();
    told.clear();
  }

  const namesOf = ({ channel, workspace }: TurnRecord): string[] => [
    ...(channel ? [`c:${channel}`] : []),
    ...(workspace ? [`w:${workspace}`] : []),
  ];

  return {
    /** Asks Redis for channels and workspaces that were not met today. */
    async admit(events: readonly Event[], day: number): Promise<void> {
      turnTo(day);
      const unknown = new Set<string>();
      for (const event of events)
        if (event.type === 'turn') for (const name of namesOf(event.turn)) if (!admitted.has(name)) unknown.add(name);
      if (unknown.size === 0) return;
      const names = [...unknown];
      const answers = await scripts.admit(redis, [keys.names(day)], [options.namesMost, keptS, ...names]);
      for (const [n, name] of names.entries()) admitted.set(name, (answers as number[])[n] === 1);
    },

    partsOf(turn: TurnRecord): string[] {
      const named = namesOf(turn).map((name) => (admitted.get(name) ? name : `${name.slice(0, 2)}${OTHER}`));
      return ['all', `p:${turn.platform}`, ...(turn.model ? [`m:${turn.model}`] : []), ...named];
    },

    /** A function that makes a person unreadable. */
    async hasher(): Promise<(platform: string, author: string) => string> {
      if (salt === undefined) {
        await redis.set(keys.salt, randomBytes(24).toString('base64url'), 'NX');
        salt = (await redis.get(keys.salt)) ?? undefined;
      }
      const key = salt as string;
      return (platform, author) =>
        createHmac('sha256', key).update(`${platform} ${author}`).digest('base64url').slice(0, 12);
    },

    /** Notes first days and returns. */
    async meet(batch: Batch, day: number): Promise<void> {
      const all = [...(batch.people.get('all') ?? [])].filter((person) => !told.has(`all ${person}`));
      if (all.length > 0)
        await scripts.meet(redis, [keys.first, keys.seen, keys.cohorts, keys.day(day)], [day, keptS, ...all]);
    },

    /** By part, the people whom Redis does not know of today. */
    unseen(batch: Batch): [string, string[]][] {
      return [...batch.people].flatMap(([part, people]): [string, string[]][] => {
        const news = [...people].filter((person) => !told.has(`${part} ${person}`));
        return news.length > 0 ? [[part, news]] : [];
      });
    },

    /** Redis knows them now. */
    saw(batch: Batch): void {
      for (const [part, people] of batch.people) for (const person of people) told.add(`${part} ${person}`);
    },
  };
}
