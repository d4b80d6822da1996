/** Redis as operators run it when one server is not enough. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createBrowser } from '../web/browser.ts';
import { createServers, type Servers, startCluster, startSentinel } from './servers.ts';

let servers: Servers;
let chasqui: TestChasqui | undefined;
beforeEach(async () => {
  servers = await createServers();
});
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
  await servers.close();
});

const echo = () => createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]);

test('on a Cluster, conversations spread over the nodes, and all is as ever', async () => {
  const { url, nodes } = await startCluster(servers);
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({
    models: [echo().model],
    platforms: [platform],
    redisUrl: url,
    roles: ['web', 'worker', 'ops'],
    sections: { queue: { shards: 3, sweep_every: 1_000, prefix: 'cluster' } },
  });
  const rooms = Array.from({ length: 12 }, (_, n) => `room-${n}`);
  await Promise.all(rooms.map((room) => chasqui?.ingest.message(platform.says(room, `hello ${room}`))));
  await platform.finished.until((items) => items.length === rooms.length);
  for (const room of rooms) expect(platform.visible(room).map(({ text }) => text)).toEqual([`re: Ana: hello ${room}`]);
  for (const node of nodes) expect(Number(await node.ask('DBSIZE'))).toBeGreaterThan(10);

  // A crash's leftovers are found on whichever node they are.
  for (const room of rooms) await chasqui.conversations.append(platform.says(room, 'anybody?'), 'always');
  await platform.finished.until((items) => items.length === 2 * rooms.length);

  const browser = createBrowser(chasqui.address);
  await browser.openSession();
  const said = await browser.say('from the web');
  const events = await browser.events(said.conversation, { cursor: said.cursor });
  expect((await events.until('final')).data.text).toContain('from the web');
  expect(await browser.json('GET', '/api/conversations')).toMatchObject({ conversations: [{}] });
  browser.close();
  expect(await (await fetch(`${chasqui.address}/metrics`, chasqui.asOperator)).text()).toContain(
    'chasqui_queue_jobs{state="waiting"} 0',
  );
  expect((await fetch(`${chasqui.address}/readyz`)).status).toBe(200);
});

test('when the master dies, Sentinel names another, and Chasqui goes on there by itself', async () => {
  const { url, master, replica } = await startSentinel(servers);
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({ models: [echo().model], platforms: [platform], redisUrl: url });
  await chasqui.ingest.message(platform.says('room', 'before'));
  await chasqui.turns(1);
  // Redis copies to replicas afterwards: what a master had not passed on when it died is gone (docs/delivery.md).
  const history = `${chasqui.config.queue.prefix}:{test:room}:history`;
  await expect.poll(() => replica.ask('LLEN', history), { timeout: 20_000 }).toBe(1);
  await master.kill();

  const later = platform.says('room', 'after');
  await expect
    .poll(() => chasqui?.ingest.message(later).catch(() => 'refused'), { timeout: 80_000 })
    .toMatch(/accepted|duplicate/);
  await platform.finished.until((items) => items.length === 2);
  expect(platform.visible('room').map(({ text }) => text)).toEqual(['re: Ana: before', 're: Ana: after']);
  expect((await chasqui.conversations.history('test:room')).map(({ reply }) => reply)).toContain('re: Ana: before');
  // A Sentinel that finds the machine too slow waits for half a minute before it decides anything.
}, 120_000);

test('a Redis that is full refuses, so that the platform delivers again; with room again all is answered', async () => {
  const server = await servers.start({ maxmemory: '64mb', 'maxmemory-policy': 'noeviction' });
  const platform = createTestPlatform();
  chasqui = await startTestChasqui({
    models: [echo().model],
    platforms: [platform],
    redisUrl: `redis://127.0.0.1:${server.port}`,
  });
  await server.ask('CONFIG', 'SET', 'maxmemory', 1_000_000);
  const message = platform.says('room', 'hello');
  await expect(chasqui.ingest.message(message)).rejects.toThrow(/OOM/);
  await server.ask('CONFIG', 'SET', 'maxmemory', '64mb');
  // What was written before the memory was full counts; the job that was missing comes with the second delivery.
  expect(await chasqui.ingest.message(message)).toMatch(/accepted|duplicate/);
  await platform.finished.until((items) => items.length === 1);
});
