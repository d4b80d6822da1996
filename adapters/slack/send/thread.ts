/** Reads a thread up to a message: what others said, and messages for us that never arrived as events. */

import type { Address, InboundMessage } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { METADATA_TYPE } from '../api.ts';
import { type HistoryMessage, toTs } from '../catch-up/history.ts';
import type { SlackClient } from '../client.ts';
import type { Identity, WhoAmI } from '../identity.ts';
import type { Classifier } from '../receive/classify.ts';
import { filesOf, wordsOf } from '../receive/content.ts';
import { isOurs } from '../receive/normalize.ts';
import { routeOf } from '../route.ts';
import { attachmentsOf } from './files.ts';

/** The root and the newest of them are used. */
const EARLIER = 20;
/** Slack gives a thread's oldest replies first, so the newest are on the last page. Most threads fit into the first. */
const FIRST_PAGE = 200;
const PAGE = 999;
const MOST_PAGES = 10;
/** Kept of what is read: more than this was not missed at once. */
const KEPT = 200;
/** As with a catch-up: nobody expects an answer to what was written earlier than that, and ingest knows what is younger. */
const MISSED_WITHIN_MS = 6 * 3_600_000;

export interface Before {
  /** For us and without an answer of ours, as ingest would have had them. */
  missed: InboundMessage[];
  /** The rest that stood there before the first of the turn's messages. */
  earlier: InboundMessage[];
}

export function createThreadReader(deps: { client: SlackClient; whoAmI: WhoAmI; classifier: Classifier; log: Logger }) {
  const { client, classifier, log } = deps;

  /** A thread's messages before `latest`, oldest first. As far as they could be read: some are better than none. */
  async function read(channel: string, thread: string, latest: string): Promise<HistoryMessage[]> {
    let messages: HistoryMessage[] = [];
    let cursor: string | undefined;
    try {
      for (let n = 0; n < MOST_PAGES; n++) {
        const answer = await client.call('conversations.replies', (client) =>
          client.conversations.replies({
            channel,
            ts: thread,
            latest,
            inclusive: false,
            include_all_metadata: true,
            limit: n === 0 ? FIRST_PAGE : PAGE,
            ...(cursor ? { cursor } : {}),
          }),
        );
        messages.push(...((answer.messages ?? []) as HistoryMessage[]).filter(({ ts }) => ts && ts < latest));
        if (messages.length > KEPT) messages = [...messages.slice(0, 1), ...messages.slice(1 - KEPT)];
        cursor = answer.response_metadata?.next_cursor || undefined;
        if (!cursor) return messages;
      }
      log.warn({ channel, thread }, 'this thread is too long to be read to its end');
    } catch (error) {
      log.warn({ err: error }, 'the thread before the mention could not be read');
    }
    return messages;
  }

  /** Never throws: an answer to what is there beats none. */
  return async (turn: readonly InboundMessage[]): Promise<Before> => {
    const to = (turn[0] as InboundMessage).to;
    const { channel, thread } = routeOf(to);
    const times = turn.map((message) => routeOf(message.to).asked).sort();
    const [first, last] = [times[0] as string, times.at(-1) as string];
    if (!thread || last === thread) return { missed: [], earlier: [] };
    const known = new Set([...times, ...turn.map(({ id }) => id)]);
    const others = (await read(channel, thread, last)).filter(({ ts }) => !known.has(ts));
    try {
      const me = await deps.whoAmI();
      const missed = await missedOf(others, me, to);
      const ids = new Set(missed.map(({ id }) => id));
      const before = others
        .filter((message) => message.ts < first && !ids.has(message.ts) && !isOurs(message, me))
        .map((message) => spoken(message, to))
        .filter((message) => message !== null);
      return {
        missed,
        earlier: before.length <= EARLIER ? before : [...before.slice(0, 1), ...before.slice(1 - EARLIER)],
      };
    } catch (error) {
      log.warn({ err: error }, 'the thread before the mention could not be read');
      return { missed: [], earlier: [] };
    }
  };

  /** What is older than an answer of ours in the same thread was answered by it, or was heard when that was written. */
  async function missedOf(messages: HistoryMessage[], me: Identity, to: Address): Promise<InboundMessage[]> {
    const answered = messages.findLast((message) => isOurs(message, me) && !isNote(message))?.ts ?? '';
    const since = toTs(Date.now() - MISSED_WITHIN_MS);
    const missed: InboundMessage[] = [];
    for (const message of messages) {
      if (message.ts <= answered || message.ts < since) continue;
      const wanted = await classifier.found(routeOf(to).channel, message);
      const here = wanted?.message.to.conversation === to.conversation;
      if (here && wanted.condition === 'always') missed.push(wanted.message);
    }
    return missed;
  }
}

/** A greeting, a quoted command: ours, but no answer. */
function isNote({ metadata, subtype }: HistoryMessage): boolean {
  const type = (metadata as { event_type?: string } | undefined)?.event_type;
  return subtype === 'assistant_app_thread' || (type !== undefined && type !== METADATA_TYPE);
}

/** Also of apps, which name no user; null: it says nothing. */
function spoken(message: HistoryMessage, to: Address): InboundMessage | null {
  const { ts, user, bot_id: bot, bot_profile: profile, subtype } = message;
  const text = wordsOf(message);
  const attachments = attachmentsOf(filesOf(message));
  if (subtype === 'tombstone' || (text === '' && attachments.length === 0)) return null;
  const name = message.username || profile?.name;
  const author = { id: user ?? bot ?? 'app', ...(name ? { name } : {}), ...(bot ? { bot: true } : {}) };
  return { v: 1, id: ts, author, text, attachments, sentAt: Math.round(Number(ts) * 1_000), to };
}
