import { expect, test } from 'vitest';
import { createTurnQueue } from '../../src/queue/turn-queue.ts';
import { dialRedis, redisOptions } from '../../src/redis/connect.ts';
import { createServers } from './servers.ts';

test('a queue that is made while Redis is too slow to answer works once Redis is well', async () => {
  const servers = await createServers();
  const server = await servers.start({});
  const redis = dialRedis(`redis://127.0.0.1:${server.port}`, { ...redisOptions('ask'), commandTimeout: 50 });
  try {
    await redis.ping();
    await server.ask('CLIENT', 'PAUSE', 300, 'ALL');
    const queue = createTurnQueue({ redis, prefix: 'test', shards: 1 });
    await expect(queue.add('web:a')).rejects.toThrow('timed out');
    await server.ask('PING'); // Answered when the pause is over.
    await queue.add('web:b');
    expect((await queue.depth()).waiting).toBeGreaterThan(0);
    await queue.close();
  } finally {
    redis.disconnect();
    await servers.close();
  }
});
