import type { Limits } from '../../src/contract/index.ts';
import { ApiError } from './errors.ts';

/** An office, a school or a company's own server may be one address. */
const ADDRESS_SHARE = 10;
/** So many at once, when everybody opens the page in the morning. */
const SESSIONS_AT_ONCE = 60;
const SESSIONS_PER_MINUTE = 10;
/** What a message takes beside its text: ids, times, keys. */
const OVERHEAD_BYTES = 1_024;
/** Reading, stopping, judging: what costs no model call. A page that reconnects every second stays below. */
const CALLS_PER_MINUTE = 600;

export type Budgets = ReturnType<typeof createBudgets>;

/** How often a session and an address may call; shared by all processes. Each call throws ApiError 429 when spent. */
export function createBudgets(
  limits: Limits,
  { messagesPerMinute, kilobytesPerHour }: { messagesPerMinute: number; kilobytesPerHour: number },
) {
  async function take(bucket: string, perMinute: number, what: string, burst = perMinute, cost = 1): Promise<void> {
    const waitMs = await limits.take(bucket, perMinute, burst, cost);
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1_000);
    const when = seconds === 1 ? 'in a second' : `in ${seconds} seconds`;
    throw new ApiError(429, 'rate_limited', `${what} Please try again ${when}.`, seconds);
  }

  return {
    /** @param text what is stored of it; a retry has none */
    async message(session: string, address: string, text = ''): Promise<void> {
      await take(`messages:${session}`, messagesPerMinute, 'You are sending messages faster than I can answer.');
      const many = 'Too many messages come from your network.';
      await take(`messages-from:${address}`, messagesPerMinute * ADDRESS_SHARE, many);
      const bytes = kilobytesPerHour * 1_024;
      const cost = Buffer.byteLength(text) + OVERHEAD_BYTES;
      await take(`bytes-from:${address}`, bytes / 60, 'Too much text comes from your network.', bytes / 2, cost);
    },
    newSession: (address: string): Promise<void> =>
      take(
        `sessions-from:${address}`,
        SESSIONS_PER_MINUTE,
        'Too many new visitors come from your network.',
        SESSIONS_AT_ONCE,
      ),
    call: (session: string): Promise<void> => take(`calls:${session}`, CALLS_PER_MINUTE, 'Too many requests.'),
  };
}
