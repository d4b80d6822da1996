import type { Limits } from '../contract.ts';
import { ApiError } from './errors.ts';

/** An office, a school or a company's own server may be one address. */
const ADDRESS_SHARE = 10;
const SESSIONS_PER_MINUTE = 60;
/** Reading, stopping, judging: what costs no model call. A page that reconnects every second stays below. */
const CALLS_PER_MINUTE = 600;

export type Budgets = ReturnType<typeof createBudgets>;

/** How often a session and an address may call; shared by all processes. Each call throws ApiError 429 when spent. */
export function createBudgets(limits: Limits, messagesPerMinute: number) {
  async function take(bucket: string, perMinute: number, what: string): Promise<void> {
    const waitMs = await limits.take(bucket, perMinute, perMinute);
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1_000);
    const when = seconds === 1 ? 'in a second' : `in ${seconds} seconds`;
    throw new ApiError(429, 'rate_limited', `${what} Please try again ${when}.`, seconds);
  }

  return {
    async message(session: string, address: string): Promise<void> {
      await take(`messages:${session}`, messagesPerMinute, 'You are sending messages faster than I can answer.');
      const many = 'Too many messages come from your network.';
      await take(`messages-from:${address}`, messagesPerMinute * ADDRESS_SHARE, many);
    },
    newSession: (address: string): Promise<void> =>
      take(`sessions-from:${address}`, SESSIONS_PER_MINUTE, 'Too many new visitors come from your network.'),
    call: (session: string): Promise<void> => take(`calls:${session}`, CALLS_PER_MINUTE, 'Too many requests.'),
  };
}
