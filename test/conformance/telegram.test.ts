import { ANAS_CHAT, OTHER_CHAT, startTelegram } from '../telegram/harness.ts';
import { testAdapter } from './adapter.ts';

testAdapter('telegram', async (ingest) => {
  const { double, adapter, receiver } = await startTelegram(ingest);
  await receiver.start();
  return {
    adapter,
    findsPosted: false,
    receiver,
    async says(place, text) {
      await double.confirmed(double.says(place === 0 ? ANAS_CHAT : OTHER_CHAT, text).update);
    },
    redeliver: async () => double.redeliver(),
    visible: async (to) => double.shown(to.route.chat as number).map((message) => message.text),
    async attachment(content) {
      const ref = double.addFile(content);
      return { id: ref, name: 'notes.txt', mediaType: 'text/plain', size: content.length, ref };
    },
    close: () => double.close(),
  };
});
