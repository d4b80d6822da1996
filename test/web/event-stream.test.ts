import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { createEventStream } from '../../adapters/web/event-stream.ts';
import type { WebEvent } from '../../adapters/web/events.ts';

/** Far more than the buffers of both sockets hold. */
const EVENT_BYTES = 1_000_000;
const EVENTS = 30;

const log = pino({ level: 'silent' });
let close: () => void;
afterEach(() => close());

/** A stream of large events, of which each read gives one; the cursor is the number of the last. The first reader must be quick. */
async function serve() {
  let reads = 0;
  let patienceMs: number | undefined = 100;
  const read = async (cursor: string): Promise<WebEvent[]> => {
    const next = Number(cursor) + 1;
    if (next > EVENTS) {
      stream?.end();
      return [];
    }
    reads++;
    stream?.more();
    return [{ id: String(next), kind: 'text', data: JSON.stringify({ text: 'x'.repeat(EVENT_BYTES) }) }];
  };
  let stream: ReturnType<typeof createEventStream> | undefined;
  const over = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const cursor = String(request.headers['last-event-id'] ?? '0');
    stream = createEventStream({ response, cursor, read, log, patienceMs });
    patienceMs = undefined;
    stream.done.then(over.resolve);
    stream.more();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const { port } = server.address() as AddressInfo;
  return { port, over: over.promise, reads: () => reads };
}

function idsOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith('id: '));
  return lines.map((line) => line.slice('id: '.length));
}

test('a reader that takes nothing is let go, with little held for it, and goes on later where it was', async () => {
  const { port, over, reads } = await serve();
  const lazy = connect(port, '127.0.0.1');
  lazy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await over;
  expect(reads()).toBeLessThan(EVENTS / 2);

  let text = '';
  lazy.on('data', (chunk) => {
    text += chunk;
  });
  await once(lazy, 'close');
  const last = idsOf(text.slice(0, text.lastIndexOf('\n\n'))).at(-1) ?? '0';

  const again = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'last-event-id': last } });
  const ids = idsOf(await again.text());
  expect(ids).toEqual(Array.from({ length: EVENTS - Number(last) }, (_, n) => String(Number(last) + n + 1)));
});

test('a read that fails is made again at the next news, from the same event', async () => {
  const asked: string[] = [];
  let stream: ReturnType<typeof createEventStream> | undefined;
  const read = async (cursor: string): Promise<WebEvent[]> => {
    asked.push(cursor);
    if (asked.length === 2) throw new Error('Redis is away');
    if (asked.length === 4) return [];
    return [{ id: String(asked.length), kind: 'text', data: '{}' }];
  };
  const server = createServer((_request, response) => {
    stream = createEventStream({ response, cursor: '0', read, log });
    stream.more();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ids: string[] = [];
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    for (const id of chunk.match(/(?<=id: )\d+/g) ?? []) {
      ids.push(id);
      stream?.more();
    }
    if (asked.length === 2) stream?.more();
    if (ids.includes('3')) break;
  }
  expect(ids).toEqual(['1', '3']);
  expect(asked.slice(0, 3)).toEqual(['0', '1', '1']);
});
