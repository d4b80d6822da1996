/** A provider's failover behind one address: old connections lead to what is a replica now. */
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createServers, type Servers } from './servers.ts';

let servers: Servers;
let chasqui: TestChasqui | undefined;
let closeProxy: () => void;
beforeEach(async () => {
  servers = await createServers();
});
afterEach(async () => {
  await chasqui?.stop();
  closeProxy();
  await servers.close();
});

test('the connections are made anew at the first READONLY', async () => {
  const old = await servers.start({});
  const next = await servers.start({ replicaof: `127.0.0.1 ${old.port}` });
  while (!String(await next.ask('INFO', 'replication')).includes('master_link_status:up'));
  let target = old.port;
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    for (const end of [socket, upstream]) sockets.add(end);
    socket.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  closeProxy = () => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  };
  const platform = createTestPlatform();
  const { model } = createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);
  const { port } = proxy.address() as { port: number };
  chasqui = await startTestChasqui({ models: [model], platforms: [platform], redisUrl: `redis://127.0.0.1:${port}` });
  await chasqui.ingest.message(platform.says('room', 'before'));
  await chasqui.turns(1);

  await next.ask('REPLICAOF', 'NO', 'ONE');
  target = next.port;
  await old.ask('REPLICAOF', '127.0.0.1', next.port);
  expect(await chasqui.ingest.message(platform.says('room', 'after'))).toBe('accepted');
  await platform.finished.until((items) => items.length === 2);
  expect(platform.visible('room').map(({ text }) => text)).toEqual(['re: Ana: before', 're: Ana: after']);
});
