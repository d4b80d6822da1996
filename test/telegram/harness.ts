/** A Telegram adapter in front of the double, for tests. */

import { createTelegramAdapter } from '../../adapters/telegram/index.ts';
import type { AdapterContext, Ingest } from '../../src/contract/index.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { startTelegramDouble, TOKEN } from '../doubles/telegram/index.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

export const ANAS_CHAT = 7527593;
export const OTHER_CHAT = 7527594;
export const GROUP = -1001234567890;
export const TOPIC = 7;

export async function startTelegram(ingest: Ingest, more: Partial<AdapterContext> & { token?: string } = {}) {
  const double = await startTelegramDouble();
  for (const chat of [ANAS_CHAT, OTHER_CHAT]) double.addChat(chat);
  double.addChat(GROUP, { topics: [TOPIC] });
  const log = captureLog('trace');
  const errors: string[] = [];
  const adapter = createTelegramAdapter({
    log: log.log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 50,
    onPlatformError: (method, code) => void errors.push(`${method} ${code}`),
    token: TOKEN,
    apiUrl: double.url,
    maxFileChars: 10_000,
    answerBots: false,
    ...more,
  });
  // The adapter registers no routes.
  const receiver = adapter.receiver({ ingest, http: undefined as never });
  return { double, adapter, receiver, log, errors };
}
