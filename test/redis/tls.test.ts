/** Redis behind TLS: the name in the ClientHello, and certificates that name hosts and not addresses. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { dialRedis } from '../../src/redis/connect.ts';
import { createServers, type Servers } from './servers.ts';

let servers: Servers;
let redisPort: number;
let key: Buffer;
let cert: Buffer;
const folder = mkdtempSync(join(tmpdir(), 'chasqui-tls-'));
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...subject, ...files], { stdio: 'ignore' });
  key = readFileSync(join(folder, 'key.pem'));
  cert = readFileSync(join(folder, 'cert.pem'));
  servers = await createServers();
  redisPort = (await servers.start({})).port;
});
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});
afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

/** Ends TLS before a plain server, and notes the name that each client sent (SNI). */
async function listenTls(port = redisPort): Promise<{ port: number; names: (string | false | null)[] }> {
  const names: (string | false | null)[] = [];
  const server: Server = createServer({ key, cert }, (socket) => {
    names.push(socket.servername);
    const upstream: Socket = connect(port, '127.0.0.1');
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  cleanUps.push(() => server.close());
  return { port: (server.address() as { port: number }).port, names };
}

const quiet = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 };

/** Dials as Chasqui does, but trusts nobody in particular: the name is what is looked at. */
function dial(url: string) {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const redis = dialRedis(url, quiet);
  redis.on('error', () => {});
  cleanUps.push(() => {
    redis.disconnect();
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });
  return redis;
}

test.each([
  ['a name is sent', 'localhost', 'localhost'],
  ['an IP is not a name', '127.0.0.1', false],
])('%s in the ClientHello', async (_, host, sent) => {
  const { port, names } = await listenTls();
  expect(await dial(`rediss://${host}:${port}/3`).ping()).toBe('PONG');
  expect(names).toEqual([sent]);
});

test('a cluster is dialled by its names, not by the addresses behind them', async () => {
  const node = await servers.start({ 'cluster-enabled': 'yes' });
  await node.ask('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  while (!String(await node.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'));
  const { port, names } = await listenTls(node.port);
  // The way ElastiCache answers: the nodes by their names, at the port that speaks TLS.
  await node.ask('CONFIG', 'SET', 'cluster-announce-hostname', 'localhost');
  await node.ask('CONFIG', 'SET', 'cluster-preferred-endpoint-type', 'hostname');
  await node.ask('CONFIG', 'SET', 'cluster-announce-port', port);
  const cluster = dial(`rediss-cluster://localhost:${port}`);
  await cluster.set('name', 'Chasqui');
  expect(await cluster.get('name')).toBe('Chasqui');
  expect(new Set(names)).toEqual(new Set(['localhost']));
});

test('Sentinels are asked through TLS, and so is the master that they name', async () => {
  const master = await listenTls();
  const sentinel = await servers.start({}, `sentinel monitor chasqui 127.0.0.1 ${master.port} 1\n`);
  const front = await listenTls(sentinel.port);
  const redis = dial(`rediss-sentinel://localhost:${front.port}/chasqui`);
  expect(await redis.ping()).toBe('PONG');
  expect(front.names[0]).toBe('localhost');
  expect(master.names.length).toBe(1);
});
