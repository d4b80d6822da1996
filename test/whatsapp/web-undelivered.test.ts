/** A linked device's message that WhatsApp refuses: at once it is tried again, later it is reported. */
import { expect, test } from 'vitest';
import { createSentMessages } from '../../adapters/whatsapp/sent-messages.ts';
import type { Device } from '../../adapters/whatsapp-linked/device.ts';
import { createUndelivered } from '../../adapters/whatsapp-linked/receive/undelivered.ts';
import { toAddress } from '../../adapters/whatsapp-linked/route.ts';
import { createPosts } from '../../adapters/whatsapp-linked/send/posts.ts';
import { captureLog } from '../support/config.ts';
import { createGate, createRecord } from '../support/gate.ts';
import { createMemoryStore } from '../support/store.ts';

const to = toAddress({ chat: '1@c.us', group: false, asked: 'question', askedAt: 0 });

function build() {
  const { log } = captureLog();
  const sentMessages = createSentMessages({ store: createMemoryStore(), keepSeconds: 60, log });
  const reports = createRecord<string>();
  const redis = { away: false };
  const ingest = {
    async undelivered({ conversation }: typeof to, { key, code }: { key: string; code: string }) {
      if (redis.away) throw new Error('Redis is away');
      reports.add(`${conversation} ${key} ${code}`);
    },
  };
  /** As one process of it has them. */
  const create = () =>
    createPosts({ sentMessages, ackPatienceMs: 1, onRefusedLate: createUndelivered({ ingest, sentMessages, log }) });
  function post(posts: ReturnType<typeof create>, turn: string, part: number, device: Partial<Device>) {
    sentMessages.noteTurn(turn.replace(/:again$/, ''), to);
    const request = { chat: '1@c.us', text: 'hi', turn, part, since: 0, accepts: [], known: [] };
    return posts.post(device as Device, { ...request, doubt: false, partly: false });
  }
  return { create, post, reports, redis };
}

const waits = (id: string): Partial<Device> => ({ send: async () => id, ackOf: async () => 0 });

test('a refusal after the message counted as sent is reported, once for a turn', async () => {
  const { create, post, reports } = build();
  const posts = create();
  await post(posts, 'turn 1', 0, waits('a'));
  await post(posts, 'turn 1', 1, waits('b'));
  await post(posts, 'turn 2:again', 0, waits('c'));
  posts.acked('a', 1);
  posts.acked('a', -1);
  await reports.until((items) => items.length === 1);
  for (const id of ['b', 'c', 'not ours']) posts.acked(id, -1);
  await reports.until((items) => items.length === 2);
  expect(reports.items).toEqual(['whatsapp-web:1@c.us turn 1 refused', 'whatsapp-web:1@c.us turn 2 refused']);
});

test('also by the process that took over, and when Redis was away at that time', async () => {
  const { create, post, reports, redis } = build();
  await post(create(), 'turn', 0, waits('a'));
  redis.away = true;
  create().acked('a', -1);
  redis.away = false;
  await reports.until((items) => items.length === 1);
});

test('a refusal that its post hears of makes that fail, and is no report', async () => {
  const { create, post, reports } = build();
  const posts = create();
  const door = createGate();
  const failing = post(posts, 'turn', 0, {
    async send() {
      // The event is quicker than the call's result.
      posts.acked('early', -1);
      await door.opened;
      return 'early';
    },
  });
  door.open();
  await expect(failing).rejects.toMatchObject({ code: 'refused' });
  await post(posts, 'next', 0, waits('late'));
  posts.acked('late', -1);
  await reports.until((items) => items.length === 1);
  expect(reports.items).toEqual(['whatsapp-web:1@c.us next refused']);
});
