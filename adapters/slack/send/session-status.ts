/**
 * Shows that the assistant is working, and sets the conversation's title. An agent's session goes from `processing` (which
 * shows Slack's stop button) to `active`; the older assistant's thread has a status that a reply clears.
 */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from '../../../src/log/logger.ts';
import { isSaturated } from '../../../src/overload/saturation.ts';
import { isPassing, repeat } from '../../kit/retry.ts';
import type { SlackApi } from '../api.ts';
import type { SlackClient } from '../client.ts';
import type { SlackRoute, Surface } from '../route.ts';

/** A reply that is there sooner needs no sign, and no call. */
const SIGN_AFTER_MS = 150;
const AGAIN_AFTER_MS = 300;
const WAITING = 'has an answer and waits for Slack, which is busy…';
const MAX_TITLE_CHARS = 200;
const BACK_AFTER_MS = [1_000, 5_000, 20_000];
/** A turn is not over before its sign is gone, or a worker that dies here would leave it; this covers a call that hangs. */
const GONE_WITHIN_MS = 20_000;

interface Sign {
  timer?: NodeJS.Timeout;
  shown?: Promise<boolean>;
  /** When Slack answered to that, by the process's clock. */
  shownAt?: number;
  /** An earlier attempt may have shown it. */
  earlier?: boolean;
}

export type SessionStatus = ReturnType<typeof createSessionStatus>;

export function createSessionStatus(deps: { client: SlackClient; api: SlackApi; surface: Surface; log: Logger }) {
  const { client, api, surface, log } = deps;
  /** By the turn's id: signs that are planned or shown. */
  const signs = new Map<string, Sign>();
  const closing = new AbortController();

  /** A courtesy is left out when the budget is spent, or cannot be asked for (Redis is away). */
  async function mayCall(route: SlackRoute): Promise<boolean> {
    return api.mayCall('session', route).catch((error) => {
      log.debug({ err: error }, 'the budget for statuses is not known');
      return false;
    });
  }

  /** True: it may be shown, also when Slack's answer was lost. */
  async function show(route: SlackRoute, words = 'is thinking…'): Promise<boolean> {
    if (!(await mayCall(route))) return false;
    const done = await quietly(() => (surface === 'agent' ? session(route, 'processing') : thread(route, words)));
    return done !== 'refused';
  }

  /** A status left on would mislead; Slack may be slow just now. */
  async function clear(route: SlackRoute): Promise<void> {
    await quietly(() => repeat(() => session(route, 'active'), { pausesMs: BACK_AFTER_MS, signal: closing.signal }));
  }

  async function session(route: SlackRoute, status: 'processing' | 'active'): Promise<void> {
    const { channel, thread: thread_ts, user } = route;
    if (!thread_ts) return;
    await client.call('agents.sessions.setStatus', (client) =>
      client.agents.sessions.setStatus({ channel_id: channel, thread_ts, status, initiator_user_id: user }),
    );
  }

  async function thread(route: SlackRoute, status: string): Promise<void> {
    const { channel, thread: thread_ts } = route;
    if (!thread_ts) return;
    await client.call('assistant.threads.setStatus', (client) =>
      client.assistant.threads.setStatus({ channel_id: channel, thread_ts, status }),
    );
  }

  /** `refused`: Slack will not do it, however often it is asked. */
  async function quietly(call: () => Promise<void>): Promise<'done' | 'refused' | 'passing'> {
    try {
      await call();
      return 'done';
    } catch (error) {
      log.debug({ err: error }, 'status not set');
      return isPassing(error) ? 'passing' : 'refused';
    }
  }

  return {
    /** Shows the sign in a moment, unless the reply is there before. */
    begin(route: SlackRoute, key: string): void {
      if (surface === 'plain' || !route.thread) return;
      const sign: Sign = { timer: plan(SIGN_AFTER_MS) };
      // A process that has no time to spare just now looks again a little later.
      function plan(ms: number): NodeJS.Timeout {
        return globalThis.setTimeout(() => {
          if (isSaturated()) sign.timer = plan(AGAIN_AFTER_MS);
          else
            sign.shown = show(route).finally(() => {
              sign.shownAt = performance.now();
            });
        }, ms);
      }
      signs.set(key, sign);
    },

    /**
     * Slack takes no message for a while. Statuses have limits of their own, so the sign is shown (again); in a plain app's
     * thread, too, where the reply takes it away. Never throws.
     */
    async waiting(route: SlackRoute, key: string): Promise<void> {
      const sign = signs.get(key) ?? {};
      clearTimeout(sign.timer);
      const before = sign.shown;
      sign.shown = (async () => (await show(route, WAITING)) || (await before) === true)();
      if (surface !== 'plain') signs.set(key, sign);
      await sign.shown;
    },

    /** An earlier attempt, in this process or another, may have shown the sign. */
    resumed(key: string): void {
      if (surface === 'plain') return;
      const sign = signs.get(key) ?? {};
      sign.earlier = true;
      signs.set(key, sign);
    },

    /**
     * Takes the sign away, and gives the conversation its title. Resolves when the sign is gone, or Slack is too slow.
     * @param options.clearedAt when the call that clears it was made (stopping a stream does), by the process's clock. A
     * sign whose own call was still under way then may have come after it.
     */
    async end(route: SlackRoute, key: string, options: { clearedAt?: number; title?: string }): Promise<void> {
      if (surface === 'plain' || !route.thread) return;
      const sign = signs.get(key);
      signs.delete(key);
      clearTimeout(sign?.timer);
      if (!sign?.shown && !sign?.earlier) return;
      const cleared = (sign.shownAt ?? Infinity) < (options.clearedAt ?? 0);
      const gone = (async () => {
        const shown = (await sign.shown) || sign.earlier;
        if (shown && surface === 'agent' && !cleared) await clear(route);
        return shown;
      })();
      const { title } = options;
      if (title) void gone.then((shown) => (shown ? this.rename(route, title) : undefined));
      await Promise.race([gone, setTimeout(GONE_WITHIN_MS, undefined, { ref: false })]);
    },

    /** Someone pressed stop where nothing ran: only the sign is left to take away. */
    async idle(route: SlackRoute): Promise<void> {
      if (surface === 'agent') await clear(route);
    },

    async rename(route: SlackRoute, title: string): Promise<void> {
      const { channel: channel_id, thread: thread_ts } = route;
      if (!thread_ts || !(await mayCall(route))) return;
      const short = title.slice(0, MAX_TITLE_CHARS);
      await quietly(async () => {
        if (surface === 'agent')
          await client.call('agents.sessions.rename', (client) =>
            client.agents.sessions.rename({ channel_id, thread_ts, title: short }),
          );
        else
          await client.call('assistant.threads.setTitle', (client) =>
            client.assistant.threads.setTitle({ channel_id, thread_ts, title: short }),
          );
      });
    },

    close(): void {
      closing.abort();
      for (const { timer } of signs.values()) clearTimeout(timer);
      signs.clear();
    },
  };
}
