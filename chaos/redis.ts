/** The storm's own Redis: kept as Chasqui's private one is, but on a port, which others' programs can dial; and killed as nobody should. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { instanceUrl, writeInstance } from '../src/redis/instance.ts';
import { freePort, gone, launch } from '../src/redis/launch.ts';

export type StormRedis = Awaited<ReturnType<typeof startStormRedis>>;

export async function startStormRedis(folder: string) {
  await mkdir(folder, { recursive: true });
  const instance = { port: await freePort(), password: randomBytes(24).toString('hex') };
  await writeInstance(folder, instance, 0);
  let pid: number | undefined = await launch(folder, instance);
  const killNow = (): void => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  process.once('exit', killNow);
  const url = instanceUrl(instance);
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  // It is killed on purpose; the connection comes back by itself.
  client.on('error', () => {});

  async function kill(): Promise<void> {
    if (pid !== undefined) await gone(folder, pid, 'SIGKILL');
    pid = undefined;
  }

  return {
    url,
    client,
    /** Ends it at once; `restart` brings it back with its data. */
    kill,
    async restart(): Promise<void> {
      pid = await launch(folder, instance);
    },
    async close(): Promise<void> {
      client.disconnect();
      process.off('exit', killNow);
      await kill();
    },
  };
}
