import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../src/log/logger.ts';
import { DeletedError, StaleError, type WebEvent } from './events.ts';

/** Proxies give up on a silent connection after 30 to 60 s. */
const PING_EVERY_MS = 15_000;
/** A reader that takes nothing for so long is let go; it comes back with the last event id that it has. */
const PATIENCE_MS = 20_000;

/** Server-sent events; names from the HTML standard, "Server-sent events". `no-transform`: no proxy may gather them to compress. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

/**
 * Writes a conversation's events to one open response, from `cursor` on, until the reader leaves, `end` is called or the
 * conversation is deleted. At most one read's worth of events is held for a slow reader.
 */
export function createEventStream(options: {
  response: ServerResponse;
  cursor: string;
  read(cursor: string): Promise<WebEvent[]>;
  log: Logger;
  patienceMs?: number;
}): { more(): void; end(): void; done: Promise<void> } {
  const { response, read, log, patienceMs = PATIENCE_MS } = options;
  let cursor = options.cursor;
  let news = true;
  let pumping = false;
  let closed = false;
  const { promise: done, resolve } = Promise.withResolvers<void>();

  function close(): void {
    if (closed) return;
    closed = true;
    clearInterval(ping);
    resolve();
  }

  async function pump(): Promise<void> {
    while (news && !closed) {
      news = false;
      const events = await read(cursor);
      for (const event of events) {
        if (closed) return;
        const flowing = response.write(`id: ${event.id}\nevent: ${event.kind}\ndata: ${event.data}\n\n`);
        cursor = event.id;
        if (!flowing && !(await drained())) return;
      }
    }
  }

  async function drained(): Promise<boolean> {
    const limit = new AbortController();
    const { promise, resolve: settle } = Promise.withResolvers<boolean>();
    const onDrain = (): void => settle(true);
    response.once('drain', onDrain);
    const slow = sleep(patienceMs, false, { signal: limit.signal }).catch(() => true);
    const ok = await Promise.race([promise, slow, done.then(() => false)]);
    limit.abort();
    response.off('drain', onDrain);
    if (!ok && !closed) response.destroy();
    return ok;
  }

  function end(): void {
    if (closed) return;
    close();
    response.end();
  }

  function more(): void {
    news = true;
    if (pumping || closed) return;
    pumping = true;
    pump()
      .catch((error: unknown) => {
        // A deleted conversation's last word; another try is answered with 404.
        if (error instanceof DeletedError) {
          if (!closed) response.write(`id: ${cursor}\nevent: cleared\ndata: {}\n\n`);
          return end();
        }
        // News was not heard for long; the reader comes back and is told so.
        if (error instanceof StaleError) return end();
        // The next news, ping or return of Redis tries again from the same event.
        log.debug({ err: error }, 'web events could not be read');
      })
      .finally(() => {
        pumping = false;
        if (news) more();
      });
  }

  const ping = setInterval(() => {
    if (response.writableNeedDrain) return;
    response.write(': ping\n\n');
    more();
  }, PING_EVERY_MS);
  response.on('close', close);
  // A write that the reader's leaving has overtaken; `close` follows.
  response.on('error', close);
  response.write('retry: 1000\n\n');
  if (response.destroyed) close();

  return { more, end, done };
}
