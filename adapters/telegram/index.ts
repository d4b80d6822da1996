/** Telegram, by the Bot API. The settings are there: config/load.ts has checked them. */
import type { Adapter, AdapterContext } from '../../src/contract/index.ts';
import type { LeaseTiming } from '../../src/redis/lease.ts';
import { createApi } from './api.ts';
import { checkTelegram } from './check.ts';
import { createTelegramReceiver } from './receive/receiver.ts';
import { createTelegramSender } from './sender.ts';

export function createTelegramAdapter(
  context: AdapterContext & {
    token: string;
    apiUrl: string;
    maxFileChars: number;
    answerBots: boolean;
    leaseTiming?: LeaseTiming;
  },
): Adapter {
  const api = createApi(context);
  return {
    platform: 'telegram',
    receiver: ({ ingest }) => createTelegramReceiver({ ...context, api, ingest }),
    sender: () => createTelegramSender(context, api),
    check: () => checkTelegram(api),
  };
}
