/** Several Redis servers that work together, for tests of what happens when one of them is gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../support/redis.ts';

export interface Server {
  port: number;
  ask(...command: (string | number)[]): Promise<unknown>;
  kill(): Promise<void>;
}

export interface Servers {
  start(settings: Record<string, string | number>, file?: string): Promise<Server>;
  close(): Promise<void>;
}

/** Starts servers in a folder of their own; `close` ends all that still run. */
export async function createServers(): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-servers-'));
  const children: ChildProcess[] = [];
  const connections: Redis[] = [];

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  return {
    async start(settings, sentinel) {
      const port = await freePort();
      const dir = await mkdtemp(join(folder, 'server-'));
      const lines = {
        port,
        bind: '127.0.0.1',
        dir,
        ...(sentinel ? {} : { save: '""', appendonly: 'yes' }),
        ...settings,
      };
      const file = join(dir, 'redis.conf');
      const text = Object.entries(lines).map(([name, value]) => `${name} ${value}\n`);
      await writeFile(file, text.join('') + (sentinel ?? ''));
      const child = spawn('redis-server', [file, ...(sentinel ? ['--sentinel'] : [])], { stdio: 'ignore' });
      children.push(child);
      const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 20 });
      redis.on('error', () => {}); // Refused until the server listens, and again once it is killed.
      connections.push(redis);
      await redis.ping();
      return {
        port,
        ask: (command, ...args) => redis.call(String(command), ...args),
        async kill() {
          redis.disconnect();
          await end(child);
        },
      };
    },
    async close() {
      for (const connection of connections) connection.disconnect();
      await Promise.all(children.map(end));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters with a third of the slots each. */
export async function startCluster(servers: Servers): Promise<{ url: string; nodes: Server[] }> {
  const settings = { 'cluster-enabled': 'yes', 'cluster-node-timeout': 2_000 };
  const nodes = await Promise.all([1, 2, 3].map(() => servers.start(settings)));
  const third = Math.ceil(16_384 / nodes.length);
  for (const [n, node] of nodes.entries()) {
    await node.ask('CLUSTER', 'ADDSLOTSRANGE', n * third, Math.min(16_383, (n + 1) * third - 1));
    if (n > 0) await node.ask('CLUSTER', 'MEET', '127.0.0.1', nodes[0]?.port as number);
  }
  for (const node of nodes) while (!String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  return { url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`, nodes };
}

/** A master, a replica that has all of it, and a Sentinel that makes the replica the master when the master is gone. */
export async function startSentinel(servers: Servers): Promise<{ url: string; master: Server; replica: Server }> {
  const master = await servers.start({});
  const replica = await servers.start({ replicaof: `127.0.0.1 ${master.port}` });
  while (!String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'));
  const watched = [
    `sentinel monitor chasqui 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds chasqui 500',
    'sentinel failover-timeout chasqui 2000',
  ];
  const sentinel = await servers.start({}, `${watched.join('\n')}\n`);
  while (!String(await sentinel.ask('SENTINEL', 'REPLICAS', 'chasqui')).includes(String(replica.port)));
  return { url: `redis-sentinel://127.0.0.1:${sentinel.port}/chasqui`, master, replica };
}
