import { createDiscordAdapter } from '../../adapters/discord/index.ts';
import { isLater, routeOf } from '../../adapters/discord/route.ts';
import type { Address } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { startDiscordDouble } from '../doubles/discord/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';
import { testAdapter } from './adapter.ts';

testAdapter('discord', async (ingest) => {
  const discord = await startDiscordDouble();
  const { log } = captureLog();
  const adapter = createDiscordAdapter({
    config: testConfig({
      prefix: 'unused',
      env: { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token },
    }),
    log,
    limits: noLimits,
    store: createMemoryStore(),
    maxReplyMessages: 50,
    onPlatformError() {},
    modelLabel: 'Test Model',
  });
  const http = createHttpServer(log);
  const receiver = adapter.receiver({ ingest, http });
  await receiver.start();
  const people = [discord.ana.id, discord.ben.id];

  return {
    adapter,
    findsPosted: true,
    receiver,
    async says(place, text) {
      const person = people[place] as string;
      await discord.say(person, discord.dm(person).id, text);
    },
    async visible(to: Address) {
      const { channel, asked } = routeOf(to);
      return discord
        .visible(channel)
        .filter((message) => message.author === discord.bot.id && isLater(message.id, asked as string))
        .map((message) => [message.text, ...message.attachments.map(({ text }) => text)].join('\n'));
    },
    loseNextPost: () => void discord.fault('POST /channels/:channel/messages', { applyThenCut: true }),
    async attachment(content) {
      const person = people[0] as string;
      const files = [{ name: 'a.txt', mimetype: 'text/plain', content }];
      const before = ingest.taken.items.length;
      await discord.say(person, discord.dm(person).id, 'see', { files });
      const taken = await ingest.taken.until((items) => items.length > before);
      const ref = taken[before]?.attachments[0];
      if (!ref) throw new Error('the file did not arrive');
      return ref;
    },
    async close() {
      await http.close();
      await discord.close();
    },
  };
});
