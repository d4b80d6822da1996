import type { Redis } from 'ioredis';
import type { RedisView } from '../ops-api/index.ts';

const AWAY: Omit<RedisView, 'detail'> = {
  ok: false,
  version: '',
  usedBytes: 0,
  maxBytes: null,
  latencyMs: 0,
  appendOnly: false,
  evictionPolicy: '',
};
/** So full that new messages may soon be refused. */
const NEARLY_FULL = 0.9;

/** How the Redis is that everything stands in. Never throws. */
export async function readRedisState(redis: Redis): Promise<RedisView> {
  try {
    const startedAt = performance.now();
    await redis.ping();
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const info = await redis.info();
    const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    const usedBytes = Number(field('used_memory'));
    const maxBytes = Number(field('maxmemory')) || null;
    const problems = [
      ...(maxBytes && usedBytes > maxBytes * NEARLY_FULL ? ['its memory is nearly full'] : []),
      ...(field('aof_enabled') === '1' ? [] : ['its append-only file is off: what it holds is lost when it stops']),
      ...(field('aof_last_write_status') === 'err' ? ['it cannot write its append-only file'] : []),
      ...(['', 'noeviction'].includes(field('maxmemory_policy')) ? [] : ['it may evict what is needed']),
    ];
    return {
      ok: problems.length === 0,
      detail: problems.join('; '),
      version: field('valkey_version') || field('redis_version'),
      usedBytes,
      maxBytes,
      latencyMs,
      appendOnly: field('aof_enabled') === '1',
      evictionPolicy: field('maxmemory_policy'),
    };
  } catch (error) {
    return { ...AWAY, detail: error instanceof Error ? error.message : String(error) };
  }
}
