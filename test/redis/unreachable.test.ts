/** A Redis that cannot be reached, of every kind: the process says so, and can still be stopped. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dialRedis, redisOptions } from '../../src/redis/connect.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';
import { freePort } from '../support/redis.ts';

/** Takes connections and never says a word, as a host behind a firewall or one that hangs. */
let silent: Server;
const sockets = new Set<Socket>();
beforeAll(async () => {
  silent = createServer((socket) => {
    sockets.add(socket.on('error', () => {})); // Reset by whoever gave up.
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

const ports = {
  refused: freePort,
  silent: async () => (silent.address() as { port: number }).port,
};

test.each(['redis-cluster', 'rediss-cluster'])(
  '%s: commands, pipelines and transactions fail in time',
  async (scheme) => {
    const redis = dialRedis(`${scheme}://127.0.0.1:${await ports.silent()}`, {
      ...redisOptions('ask'),
      commandTimeout: 50,
    });
    redis.on('error', () => {}); // It hears nothing, again and again.
    try {
      await expect(redis.get('a')).rejects.toThrow('timed out');
      await expect(redis.pipeline().get('a').exec()).rejects.toThrow();
      await expect(redis.multi().get('a').exec()).rejects.toThrow();
    } finally {
      redis.disconnect();
    }
  },
);

test.concurrent.each([
  ['redis://', '', 'silent'],
  ['redis-sentinel://', '/main', 'refused'],
  ['redis-cluster://', '', 'refused'],
  ['redis-cluster://', '', 'silent'],
  ['rediss-cluster://', '', 'silent'],
] as const)(
  '%s…%s, %s: /readyz answers 503, and stop ends',
  async (scheme, path, how) => {
    const url = `${scheme}127.0.0.1:${await ports[how]()}${path}`;
    const { model } = createTestModel(() => ['never']);
    const chasqui = await startTestChasqui({
      models: [model],
      platforms: [createTestPlatform()],
      redisUrl: url,
      roles: ['worker', 'web', 'ops'],
    });
    const answer = await fetch(`${chasqui.address}/readyz`);
    expect(answer.status).toBe(503);
    const { parts } = (await answer.json()) as { parts: { name: string; ready: boolean }[] };
    expect(parts).toContainEqual({ name: 'redis', ready: false });
    await chasqui.stop();
  },
  20_000,
);
