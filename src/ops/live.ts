/** Server-sent events: what is going on, once a second, to all who look; nothing is asked for while nobody does. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Now } from './now.ts';

const EVERY_MS = 1_000;
/** An operator's browser has a few tabs open; more than this is a fault. */
const MOST_OPEN = 100;

export function createLive(now: Now) {
  const open = new Set<FastifyReply['raw']>();
  let timer: NodeJS.Timeout | undefined;
  let sending = false;

  async function send(): Promise<void> {
    // A slow Redis must not be asked again before it answered.
    if (sending) return;
    sending = true;
    try {
      const event = `event: now\ndata: ${JSON.stringify(await now.read())}\n\n`;
      for (const response of open) if (!response.writableNeedDrain) response.write(event);
    } catch {
      // The page shows for how long it has heard nothing; the next round tries again.
      for (const response of open) response.write(': nothing to be had\n\n');
    } finally {
      sending = false;
    }
  }

  return {
    async open(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
      if (open.size >= MOST_OPEN) {
        await reply.code(429).send({ error: { code: 'too-many', message: 'Too many pages are open.' } });
        return;
      }
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      });
      raw.write('retry: 1000\n\n');
      open.add(raw);
      raw.on('close', () => {
        open.delete(raw);
        if (open.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      });
      timer ??= setInterval(() => void send(), EVERY_MS);
      await send();
    },
    close(): void {
      clearInterval(timer);
      for (const response of open) response.end();
    },
  };
}
