/**
 * Reads Slack's history within its rate limits. docs.slack.dev, "conversations.history" and "conversations.replies":
 * Tier 3 for an app of one's own; one call a minute with 15 messages for an app that is distributed outside Slack's
 * Marketplace. Nothing tells which kind an app is but the answers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import type { Limits } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { repeat } from '../../kit/retry.ts';
import type { SlackClient } from '../client.ts';
import type { SlackMessage } from '../receive/normalize.ts';

/** SlackApi a minute of each method: of Tier 3's 50 some are left for answers, which read threads too. */
const A_MINUTE = 40;
const BURST = 20;
const MOST_CALLS = 200;
const PAGE = 200;
const MOST_PAGES = 5;
/** What remains for an app of the other kind. */
const SMALL = { aMinute: 1, api: 10, page: 15 } as const;
/** Tier 3 recovers within seconds; a longer Retry-After means one call a minute. */
const SMALL_WAIT_MS = 30_000;
/** Where Slack does not say how long to wait. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];
/** Slack's clock may be ahead of ours. */
const AHEAD_MS = 60_000;

/** Messages that stand in one place, oldest first. */
export interface Listing {
  messages: HistoryMessage[];
  /** Between these two `ts` nothing is left out. */
  since: string;
  until: string;
}

export type HistoryMessage = SlackMessage & { ts: string; latest_reply?: string };

type Method = 'conversations.history' | 'conversations.replies' | 'users.conversations';
interface Page {
  messages?: unknown[];
  has_more?: boolean;
  response_metadata?: { next_cursor?: string };
}

export type History = ReturnType<typeof createHistory>;
export type Reading = ReturnType<History['open']>;

/** @param deps.signal ends the waiting; the calls then reject */
export function createHistory(deps: { client: SlackClient; limits: Limits; signal: AbortSignal; log: Logger }) {
  const { client, limits, signal, log } = deps;
  let small = false;

  function findSmall(): void {
    if (!small) log.info('Slack gives this app little history (one call a minute); catching up with less');
    small = true;
  }

  /** Reads may be repeated, also when an answer was lost. @throws SendError when Slack stays away, or refuses */
  async function ask<T>(method: Method, call: (client: WebClient) => Promise<T>): Promise<T> {
    const run = async () => {
      await turn(method);
      return client.call(method, call);
    };
    return repeat(run, {
      pausesMs: PAUSES_MS,
      signal,
      onPassing({ retryAfterMs = 0 }) {
        if (method !== 'users.conversations' && retryAfterMs >= SMALL_WAIT_MS) findSmall();
      },
    });
  }

  async function turn(method: Method): Promise<void> {
    const slow = small && method !== 'users.conversations';
    for (;;) {
      signal.throwIfAborted();
      const wait = slow
        ? await limits.take(`${method}:slow`, SMALL.aMinute, 1)
        : await limits.take(method, A_MINUTE, BURST);
      if (wait === 0) return;
      await sleep(wait, undefined, { signal });
    }
  }

  return {
    /** @param range.oldest how far back to look for threads @param range.from since when messages are wanted (both `ts`) */
    open(range: { oldest: string; from: string }) {
      const latest = toTs(Date.now() + AHEAD_MS);
      let api = 0;

      async function page(
        method: Method,
        cursor: string | undefined,
        call: (client: WebClient, common: { cursor?: string; latest: string; limit: number }) => Promise<Page>,
      ): Promise<{ messages: HistoryMessage[]; next: string | undefined }> {
        api++;
        const limit = small ? SMALL.page : PAGE;
        const common = { latest, limit, ...(cursor ? { cursor } : {}) };
        const answer = await ask(method, (client) => call(client, common));
        const messages = (answer.messages ?? []) as HistoryMessage[];
        if (answer.has_more && limit > SMALL.page && messages.length <= SMALL.page) findSmall();
        return { messages, next: answer.response_metadata?.next_cursor || undefined };
      }

      return {
        exhausted: (): boolean => api >= (small ? SMALL.api : MOST_CALLS),

        /** Channels and direct messages that the bot is in. @throws SendError `missing_scope` */
        async places(): Promise<string[]> {
          const found: string[] = [];
          let cursor: string | undefined;
          for (let n = 0; n < MOST_PAGES; n++) {
            const answer = await ask('users.conversations', (client) =>
              client.users.conversations({
                types: 'public_channel,private_channel,mpim,im',
                exclude_archived: true,
                limit: PAGE,
                ...(cursor ? { cursor } : {}),
              }),
            );
            found.push(...(answer.channels ?? []).map(({ id }) => id as string));
            cursor = answer.response_metadata?.next_cursor || undefined;
            if (!cursor) break;
          }
          // Channels first: the bot was invited there. A direct message may only be a person who once opened the app.
          return found.sort((a, b) => Number(a.startsWith('D')) - Number(b.startsWith('D')));
        },

        /** A channel's own messages, without replies in threads. Slack returns the newest first. */
        async channel(channel: string): Promise<Listing> {
          const messages: HistoryMessage[] = [];
          const oldest = small ? range.from : range.oldest;
          let cursor: string | undefined;
          for (let n = 0; n < MOST_PAGES; n++) {
            const got = await page('conversations.history', cursor, (client, common) =>
              client.conversations.history({ channel, oldest, ...common }),
            );
            messages.push(...got.messages);
            cursor = got.next;
            const reached = (got.messages.at(-1)?.ts ?? '') <= range.from;
            if (!cursor) return { messages: inOrder(messages), since: oldest, until: latest };
            if (reached || small) break;
          }
          const ordered = inOrder(messages);
          return { messages: ordered, since: ordered[0]?.ts ?? oldest, until: latest };
        },

        /** The replies of a thread, with its root if asked for. Slack gives the oldest first, and always the root. */
        async thread(channel: string, ts: string, withRoot = false): Promise<Listing> {
          const messages: HistoryMessage[] = [];
          let cursor: string | undefined;
          for (let n = 0; n < MOST_PAGES; n++) {
            const got = await page('conversations.replies', cursor, (client, common) =>
              client.conversations.replies({ channel, ts, oldest: range.from, ...common }),
            );
            messages.push(...got.messages.filter((message) => message.ts !== ts || (withRoot && n === 0)));
            cursor = got.next;
            if (!cursor || small) break;
          }
          const ordered = inOrder(messages);
          return { messages: ordered, since: range.from, until: cursor ? (ordered.at(-1)?.ts ?? range.from) : latest };
        },
      };
    },
  };
}

/** A moment (ms) as Slack writes it. */
export function toTs(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(6);
}

function inOrder(messages: HistoryMessage[]): HistoryMessage[] {
  return messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}
