/** What operators did: who, what, when. Written before the deed, so that nothing is done unseen. */
import type { Redis } from 'ioredis';
import type { Logger } from '../log/logger.ts';
import type { AuditRow, AuditView } from '../ops-api/index.ts';
import { opsKeys } from './keys.ts';

export type Audit = ReturnType<typeof createAudit>;

export function createAudit(options: { redis: Redis; prefix: string; most: number; log: Logger }) {
  const { redis, most, log } = options;
  const { audit: stream } = opsKeys(options.prefix);
  return {
    /** @param what in words, such as "paused slack" */
    async write(who: string, what: string): Promise<void> {
      await redis.xadd(stream, 'MAXLEN', '~', most, '*', 'who', who, 'what', what);
      log.info({ who, what }, 'operator');
    },
    /** Newest first. @param before an entry from which on older ones are read */
    async list(before: string | null, count: number): Promise<AuditView> {
      const entries = await redis.xrevrange(stream, before === null ? '+' : `(${before}`, '-', 'COUNT', count + 1);
      const rows = entries.slice(0, count).map(
        ([entry, [, who = '', , what = '']]): AuditRow => ({
          entry,
          at: Number(entry.split('-')[0]),
          who,
          what,
        }),
      );
      return { rows, next: entries.length > count ? (rows.at(-1)?.entry ?? null) : null };
    },
  };
}
