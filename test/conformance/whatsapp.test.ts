import { createWhatsAppAdapter } from '../../adapters/whatsapp-cloud/index.ts';
import { routeOf } from '../../adapters/whatsapp-cloud/route.ts';
import type { Address } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { startWhatsAppDouble } from '../doubles/whatsapp-cloud/index.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';
import { testAdapter } from './adapter.ts';

testAdapter('whatsapp', async (ingest) => {
  const whatsapp = await startWhatsAppDouble({ retryDelaysMs: [] });
  const { log } = captureLog();
  const config = testConfig({
    prefix: 'unused',
    env: {
      WHATSAPP_API_URL: whatsapp.apiUrl,
      WHATSAPP_ACCESS_TOKEN: whatsapp.accessToken,
      WHATSAPP_PHONE_NUMBER_ID: whatsapp.phoneNumberId,
      WHATSAPP_APP_SECRET: whatsapp.appSecret,
      WHATSAPP_VERIFY_TOKEN: whatsapp.verifyToken,
    },
  });
  const adapter = createWhatsAppAdapter(
    {
      config,
      conversations: { history: async () => [] },
      log,
      limits: noLimits,
      store: createMemoryStore(),
      maxReplyMessages: 50,
      onPlatformError() {},
    },
    // Nothing was sent in these cases, so no word of it can come.
    { statusPatienceMs: 50 },
  );
  const http = createHttpServer(log);
  const receiver = adapter.receiver({ ingest, http });
  const [address] = await Promise.all([http.listen({ host: '127.0.0.1', port: 0 }), receiver.start()]);
  await whatsapp.deliverTo(`${address}/whatsapp/webhook`);
  const people = [whatsapp.ana, whatsapp.ben] as const;
  let last = '';

  return {
    adapter,
    findsPosted: false,
    receiver,
    async says(place, text) {
      const said = whatsapp.say(people[place] as typeof whatsapp.ana, text);
      last = whatsapp.sent.at(-1) as string;
      await said.delivered;
    },
    async redeliver() {
      await whatsapp.redeliver(last);
    },
    async visible(to: Address) {
      const person = people.find((one) => one.waId === routeOf(to).to) as typeof whatsapp.ana;
      return whatsapp.visible(person).map((message) => message.text);
    },
    async attachment(content) {
      const before = ingest.taken.items.length;
      await whatsapp.sendFile(whatsapp.ana, 'document', { name: 'a.txt', mediaType: 'text/plain', content }).delivered;
      const ref = ingest.taken.items[before]?.attachments[0];
      if (!ref) throw new Error('the file did not arrive');
      return ref;
    },
    async close() {
      await http.close();
      await whatsapp.close();
    },
  };
});
