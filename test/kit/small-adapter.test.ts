/** What docs/adapters.md promises: with the kit, a whole adapter is a page or two. */
import { noLimits } from '../../src/redis/limits.ts';
import { testAdapter } from '../conformance/adapter.ts';
import { startTelegramDouble, TOKEN } from '../doubles/telegram/index.ts';
import { captureLog } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';
import { createSmallAdapter } from './small-adapter.ts';

const CHATS = [7527593, 7527594] as const;

testAdapter('the smallest', async (ingest) => {
  const double = await startTelegramDouble();
  for (const chat of CHATS) double.addChat(chat);
  const adapter = createSmallAdapter({
    log: captureLog().log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 8,
    onPlatformError() {},
    token: TOKEN,
    apiUrl: double.url,
    answerBots: false,
  });
  const receiver = adapter.receiver({ ingest, http: undefined as never });
  await receiver.start();
  return {
    adapter,
    receiver,
    async says(place, text) {
      await double.confirmed(double.says(CHATS[place] ?? CHATS[0], text).update);
    },
    redeliver: async () => double.redeliver(),
    visible: async (to) => double.shown(to.route.chat as number).map(({ text }) => text),
    close: () => double.close(),
  };
});
