/** Server-sent events: what is going on, once a second, to all who look; nothing is asked for while nobody does. */
import type { FastifyReply } from 'fastify';
import type { OpsRole } from '../ops-api/index.ts';
import type { Now } from './overview.ts';

const EVERY_MS = 1_000;
const MOST_OPEN = 100;
/** A browser has a few tabs open; more than this of one login (or, without one, of one address) is a fault. */
const MOST_OF_ONE = 10;
/** Whoever may only look leaves room for those who must act. */
const MOST_OF_VIEWERS = 50;

/** Who follows. */
export interface Follower {
  role: OpsRole;
  /** Names the login, or the address of who comes without one. */
  key: string;
  /** Whether it may still look: a login ends, a password changes. Rejects when that cannot be told now. */
  mayLook(): Promise<boolean>;
}

/** @param mask takes secrets out of what is sent */
export function createLive(now: Now, mask: (text: string) => string) {
  const open = new Map<FastifyReply['raw'], Follower>();
  let timer: NodeJS.Timeout | undefined;
  let sending = false;

  async function send(): Promise<void> {
    // A slow Redis must not be asked again before it answered.
    if (sending) return;
    sending = true;
    try {
      await endOld();
      const event = `event: now\ndata: ${mask(JSON.stringify(await now.read()))}\n\n`;
      for (const response of open.keys())
        if (!response.writableNeedDrain && !response.writableEnded) response.write(event);
    } catch {
      // The page shows for how long it has heard nothing; the next round tries again.
      for (const response of open.keys()) if (!response.writableEnded) response.write(': nothing to be had\n\n');
    } finally {
      sending = false;
    }
  }

  /** One question for all tabs of a login. While Redis is away nobody is sent away, and nothing is shown either. */
  async function endOld(): Promise<void> {
    const byKey = Map.groupBy(open, ([, { key }]) => key);
    await Promise.all(
      [...byKey.values()].map(async (tabs) => {
        if (await tabs[0]?.[1].mayLook()) return;
        for (const [response] of tabs) {
          open.delete(response);
          response.end();
        }
      }),
    );
  }

  function isFull({ key, role }: Follower): boolean {
    const all = [...open.values()];
    const viewers = all.filter((one) => one.role === 'viewer').length;
    return (
      all.length >= MOST_OPEN ||
      all.filter((one) => one.key === key).length >= MOST_OF_ONE ||
      (role === 'viewer' && viewers >= MOST_OF_VIEWERS)
    );
  }

  return {
    async open(reply: FastifyReply, follower: Follower): Promise<void> {
      if (isFull(follower)) {
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
      open.set(raw, follower);
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
      for (const response of open.keys()) response.end();
    },
  };
}
