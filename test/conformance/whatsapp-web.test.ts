/**
 * One browser for all cases, since each takes seconds to start; what ends and starts it is tested in test/whatsapp. The
 * cases run twice: in the process that owns the browser, with whole answers, and from another one, through Redis, with
 * answers that grow by edits.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeOf } from '../../adapters/whatsapp-linked/route.ts';
import type { Address, Ingest, Receiver } from '../../src/contract/index.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import {
  createParts,
  createSite,
  type Site,
  START_MS,
  scanWhenShown,
  untilLinked,
  type WebParts,
} from '../whatsapp/web.ts';
import { createTestIngest, type TestIngest, testAdapter } from './adapter.ts';

let double: WhatsAppWebDouble;
let site: Site;
let owner: WebParts;
let receiver: Receiver;
let http: ReturnType<typeof createHttpServer>;
/** By chat: each case has chats of its own. */
const ingests = new Map<string, TestIngest>();
const known = new Set<string>();
const ingestOf = (to: Address): Ingest => ingests.get(routeOf(to).chat) ?? createTestIngest();

beforeAll(async () => {
  double = await startWhatsAppWebDouble();
  site = createSite(double);
  owner = createParts(site);
  http = createHttpServer(owner.log);
  const ingest: Ingest = {
    ...createTestIngest(),
    // As the real one does: what a look into the chats finds once more is known.
    async message(message, needs) {
      if (known.has(message.id)) return 'duplicate';
      const result = await ingestOf(message.to).message(message, needs);
      known.add(message.id);
      return result;
    },
  };
  receiver = owner.adapter.receiver({ ingest, http });
  await receiver.start();
  await scanWhenShown(double, owner.printed);
  await untilLinked(receiver);
}, START_MS);

afterAll(async () => {
  await receiver.stop();
  await http.close();
  owner.disconnect();
  await double.close();
  site.remove();
}, START_MS);

let round = 0;
for (const elsewhere of [false, true]) {
  testAdapter(`whatsapp-web (${elsewhere ? 'another process, by edits' : 'whole answers'})`, async (ingest) => {
    round += 1;
    const people = [`Ana ${round}`, `Ben ${round}`] as const;
    for (const name of people) {
      double.addContact(name);
      ingests.set(double.chatId(name), ingest);
    }
    const parts = elsewhere ? createParts(site, { settings: { streaming: true } }) : owner;

    return {
      findsPosted: true,
      adapter: parts.adapter,
      receiver: { ...receiver, start: async () => {}, stop: async () => {} },
      async says(place, text) {
        const before = ingest.taken.items.length;
        const name = people[place] as string;
        double.says(name, name, text);
        if (!ingest.away) await ingest.taken.until((items) => items.length > before);
      },
      async visible(to: Address) {
        const messages = double.visible(routeOf(to).chat);
        return messages.filter(({ from, deleted }) => from === 'me' && !deleted).map(({ text }) => text);
      },
      loseNextPost: () => double.faults.loseResult(),
      async attachment(content) {
        const before = ingest.taken.items.length;
        const media = { mimetype: 'text/plain', data: Buffer.from(content), filename: 'a.txt' };
        double.says(people[0], people[0], '', { media });
        const taken = await ingest.taken.until((items) => items.length > before);
        const ref = taken[before]?.attachments[0];
        if (!ref) throw new Error('the file did not arrive');
        return ref;
      },
      async close() {
        if (elsewhere) parts.disconnect();
      },
    };
  });
}

test('a growing answer that has become too old to be edited is followed by the whole one', async () => {
  double.addContact('Ida');
  const chat = double.chatId('Ida');
  const asked = double.says('Ida', 'Ida', 'a long story, please');
  const streaming = createParts(site, { settings: { streaming: true } });
  const sender = streaming.adapter.sender();
  const route = { chat, group: false, asked, askedAt: Date.now() };
  const to = { platform: 'whatsapp-web', conversation: `whatsapp-web:${chat}`, route };
  const draft = await sender.update(await sender.begin(to, 'turn-1'), 'Once upon');
  const begun = await double.waitForMessage('Ida', 'Once upon');
  await double.ages(begun.id, 16 * 60);
  await sender.finish(draft, { markdown: 'Once upon a time', outcome: 'answered' });
  const own = double.visible('Ida').filter(({ from }) => from === 'me');
  expect(own.map(({ text }) => text)).toEqual(['Once upon', 'Once upon a time']);
  await sender.close();
  streaming.disconnect();
});
