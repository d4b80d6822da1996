import { createSlackAdapter } from '../../adapters/slack/index.ts';
import { routeOf } from '../../adapters/slack/route.ts';
import type { Address } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { startSlackDouble } from '../doubles/slack/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';
import { testAdapter } from './adapter.ts';

for (const transport of ['socket', 'http'] as const) {
  testAdapter(`slack (${transport})`, async (ingest) => {
    const slack = await startSlackDouble({ ackTimeoutMs: 1_000, retryDelaysMs: [] });
    const { log } = captureLog();
    const config = testConfig({
      prefix: 'unused',
      env: {
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        ...(transport === 'socket'
          ? { SLACK_APP_TOKEN: slack.appToken }
          : { SLACK_SIGNING_SECRET: slack.signingSecret }),
      },
    });
    const adapter = createSlackAdapter({
      config,
      log,
      limits: noLimits,
      store: createMemoryStore(),
      maxReplyMessages: 50,
      onPlatformError() {},
      modelLabel: 'Test Model',
    });
    const http = createHttpServer(log);
    const receiver = adapter.receiver({ ingest, http });
    const [address] = await Promise.all([http.listen({ host: '127.0.0.1', port: 0 }), receiver.start()]);
    if (transport === 'http') await slack.deliverTo({ url: `${address}/slack/events` });
    const people = [slack.ana.id, slack.ben.id];

    return {
      adapter,
      findsPosted: true,
      receiver,
      async says(place, text) {
        const person = people[place] as string;
        await slack.say(person, slack.dm(person).id, text).delivered;
      },
      async redeliver() {
        await slack.redeliver(slack.sent.at(-1)?.eventId as string);
      },
      async visible(to: Address) {
        const { channel, thread } = routeOf(to);
        return slack
          .visible(channel, { thread_ts: thread as string })
          .filter((message) => message.user === slack.ids.botUser && !message.streaming)
          .map((message) => message.text);
      },
      loseNextPost: () => void slack.fault('chat.postMessage', { applyThenCut: true }),
      async attachment(content) {
        const person = people[0] as string;
        const before = ingest.taken.items.length;
        const files = [{ name: 'a.txt', mimetype: 'text/plain', content }];
        await slack.say(person, slack.dm(person).id, 'see', { files }).delivered;
        const ref = ingest.taken.items[before]?.attachments[0];
        if (!ref) throw new Error('the file did not arrive');
        return ref;
      },
      async close() {
        await http.close();
        await slack.close();
      },
    };
  });
}
