import { randomUUID } from 'node:crypto';
import { createEvents, FIRST_CURSOR } from '../../adapters/web/events.ts';
import { createWebAdapter } from '../../adapters/web/index.ts';
import { createConversations } from '../../src/conversation/conversations.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { createTestModel } from '../doubles/model.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { sharedRedis } from '../support/redis.ts';
import { createMemoryStore } from '../support/store.ts';
import { createBrowser } from '../web/browser.ts';
import { testAdapter } from './adapter.ts';

testAdapter('web', async (ingest) => {
  const { url, prefix } = sharedRedis();
  const { log } = captureLog();
  const config = testConfig({ prefix });
  const keepMs = config.conversation.keep;
  const redis = connectRedis({ url, log, kind: 'ask', name: 'conformance' });
  const adapter = createWebAdapter({
    config,
    log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 50,
    onPlatformError() {},
    redis,
    connect: (name) => connectRedis({ url, log, kind: 'wait', name }),
    prefix,
    conversations: createConversations({ redis, prefix, keepMs, maxWaiting: 100 }),
    models: [createTestModel(() => []).model],
  });
  const http = createHttpServer(log);
  const receiver = adapter.receiver({ ingest, http });
  const [address] = await Promise.all([http.listen({ host: '127.0.0.1', port: 0 }), receiver.start()]);
  const events = createEvents({ redis, prefix, keepMs });
  const people = [createBrowser(address), createBrowser(address)];
  for (const person of people) await person.openSession();
  let last: { place: number; body: object } | undefined;

  return {
    adapter,
    findsPosted: true,
    receiver,
    async says(place, text) {
      last = { place, body: { id: randomUUID(), text } };
      const taken = (await people[place]?.json('POST', '/api/chat', last.body)) as { conversation: string };
      last.body = { ...last.body, conversation: taken.conversation };
    },
    /** A page whose request failed sends it again with the same id. */
    async redeliver() {
      await people[last?.place ?? 0]?.json('POST', '/api/chat', last?.body);
    },
    async visible(to) {
      const finals = (await events.read(to.conversation, FIRST_CURSOR)).filter((event) => event.kind === 'final');
      return finals.map((event) => (JSON.parse(event.data) as { text: string }).text);
    },
    async close() {
      await http.close();
      redis.disconnect();
    },
  };
});
