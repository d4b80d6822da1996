/** What strangers may hold of ours: sockets, and bodies that nobody has signed for. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { createHttpServer } from '../../src/http/server.ts';
import { unverifiedBodies } from '../../src/http/unverified.ts';
import { captureLog } from '../support/config.ts';

let http: FastifyInstance | undefined;
afterEach(async () => {
  await http?.close();
});

const PATIENT = { headers: 60_000, request: 60_000, keepAlive: 60_000, checkedEvery: 20 };

async function start(server: FastifyInstance) {
  http = server;
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as { port: number };
  return (text = '') => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    // A connection that is cut off is what is waited for here, whichever way it ends.
    socket.on('error', () => {});
    if (text) socket.write(text);
    return { socket, closed: once(socket, 'close').then(() => answer) };
  };
}

test.each([
  ['that says nothing', '', { headers: 30 }],
  ['that never ends its headers', 'GET / HTTP/1.1\r\nhost: x\r\n', { headers: 30 }],
  [
    'that never ends its body',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{',
    { headers: 30, request: 40 },
  ],
  ['that stays after its answer', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', { keepAlive: 30 }],
])('a socket %s is closed', async (_, text, timeouts) => {
  const open = await start(createHttpServer(captureLog().log, [], { timeouts: { ...PATIENT, ...timeouts } }));
  await open(text).closed;
});

test('sockets beyond the most are closed at once', async () => {
  const open = await start(createHttpServer(captureLog().log, [], { timeouts: PATIENT, mostConnections: 2 }));
  const first = [open(), open()];
  await Promise.all(first.map(({ socket }) => once(socket, 'connect')));
  expect(await open().closed).toBe('');
  expect(first.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
  for (const { socket } of first) socket.destroy();
});

const HEAD = 'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n';

async function startHook(limits: { most: number; timeoutMs?: number }) {
  const server = createHttpServer(captureLog().log, [], { timeouts: PATIENT });
  let reading = 0;
  server.post(
    '/hook',
    unverifiedBodies(async () => void reading++ as undefined, limits),
    async () => 'taken',
  );
  const open = await start(server);
  return { open, begun: (count: number) => expect.poll(() => reading).toBe(count) };
}

test('few unverified bodies are read at once, and a finished one makes room', async () => {
  const { open, begun } = await startHook({ most: 2 });
  const [one, two] = [open(HEAD), open(HEAD)];
  await begun(2);
  expect(await open(HEAD).closed).toContain('503');
  one.socket.write('{}');
  await once(one.socket, 'data');
  const three = open(HEAD);
  await begun(4);
  two.socket.destroy();
  three.socket.write('{}');
  await once(three.socket, 'data');
  for (const { socket } of [one, three]) socket.destroy();
});

test('an unverified body that does not come is cut off and makes room', async () => {
  const { open } = await startHook({ most: 1, timeoutMs: 30 });
  await open(HEAD).closed;
  const next = open(`${HEAD}{}`);
  await once(next.socket, 'data');
  next.socket.destroy();
});
