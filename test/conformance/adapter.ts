/**
 * What every adapter must do, whoever wrote it. A harness puts an adapter in front of (a double of) its platform; the
 * suite drives it through the contract alone, and looks at what people would see there. What a platform cannot do is read
 * from the sender's `capabilities`.
 *
 *   testAdapter('telegram', async () => ({ adapter, receiver, says, visible, … }))
 */
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Adapter,
  type Address,
  type AttachmentRef,
  type Draft,
  type InboundMessage,
  type Ingest,
  type Receiver,
  type Reply,
  SendError,
  type Sender,
} from '../../src/contract/index.ts';
import { conversationKeys } from '../../src/conversation/keys.ts';
import { createRecord } from '../support/gate.ts';

export interface AdapterHarness {
  adapter: Adapter;
  receiver: Receiver;
  /**
   * A person writes to the assistant, directly, in one of at least two places (0 or 1). Resolves when the platform is
   * told "received", or has given up.
   */
  says(place: number, text: string): Promise<void>;
  /** The platform delivers its last event once more. Leave out where a platform never does. */
  redeliver?(): Promise<void>;
  /** The assistant's finished messages in the place that this address names, in their order. */
  visible(to: Address): Promise<string[]>;
  /** A posted message can be found again by its draft's key after a crash. */
  findsPosted: boolean;
  /** The next call that posts is applied, but its answer is lost. Needed where `findsPosted`, if the platform has answers. */
  loseNextPost?(): void;
  /** A file as the platform holds it; leave out where messages carry none. */
  attachment?(content: string): Promise<AttachmentRef>;
  close(): Promise<void>;
}

/** What the harness gives its adapter's receiver: an ingest that remembers and can be made to fail. */
export interface TestIngest extends Ingest {
  taken: ReturnType<typeof createRecord<InboundMessage>>;
  /** While set, `message` rejects, as it does when Redis is away. */
  away: boolean;
}

export function createTestIngest(): TestIngest {
  const taken = createRecord<InboundMessage>();
  return {
    taken,
    away: false,
    async message(message) {
      if (this.away) throw new Error('Redis is away');
      taken.add(message);
      return 'accepted';
    },
    amend: async () => true,
    stop: async () => false,
    command: async () => 'done',
    feedback: async () => {},
    undelivered: async () => {},
  };
}

const LONG = Array.from({ length: 6_000 }, (_, n) => `word${n}${n % 40 === 39 ? '\n\n' : ' '}`).join('');
const HOSTILE = [
  '\ud800 lone \udfff surrogates',
  '\u202eright to left\u202c אבג',
  '```\nan open fence',
  '[a link](http://',
  '| a |\n|-',
  '<!channel> @everyone <@U1> &lt; &amp;amp;',
  `${'> '.repeat(200)}deep`,
  '👩‍💻👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿',
];
const answered = (markdown: string): Reply => ({ markdown, outcome: 'answered', model: 'Test Model' });
const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');

/** Runs the whole suite against one adapter. */
export function testAdapter(name: string, create: (ingest: TestIngest) => Promise<AdapterHarness>): void {
  describe(`adapter contract: ${name}`, () => {
    let harness: AdapterHarness | undefined;
    let sender: Sender;
    let ingest: TestIngest;

    async function start(): Promise<AdapterHarness> {
      ingest = createTestIngest();
      harness = await create(ingest);
      sender = harness.adapter.sender();
      return harness;
    }

    afterEach(async () => {
      await sender.close();
      await harness?.receiver.stop();
      await harness?.close();
      harness = undefined;
    });

    /** Where a reply to a message of a person goes. */
    async function asked(text = 'hello', place = 0): Promise<InboundMessage> {
      const before = ingest.taken.items.length;
      await harness?.says(place, text);
      const taken = await ingest.taken.until((items) => items.length > before);
      return taken[before] as InboundMessage;
    }

    const copy = (draft: Draft): Draft => JSON.parse(JSON.stringify(draft)) as Draft;

    test('a message arrives in the normal form', async () => {
      const { adapter } = await start();
      const message = await asked('What is it & why?');
      expect(message).toMatchObject({ v: 1, attachments: [] });
      expect(message.id).toMatch(/.+/);
      expect(message.author.id).toMatch(/.+/);
      expect(message.text).toContain('What is it');
      expect(Math.abs(Date.now() - message.sentAt)).toBeLessThan(300_000);
      expect(message.to.platform).toBe(adapter.platform);
      expect(message.to.conversation.startsWith(`${adapter.platform}:`)).toBe(true);
      expect(() => conversationKeys('test', message.to.conversation)).not.toThrow();
      expect(JSON.parse(JSON.stringify(message))).toEqual(message);
    });

    test('places are conversations of their own; redelivered events are the same message', async () => {
      const { redeliver } = await start();
      const here = await asked('here', 0);
      const there = await asked('there', 1);
      expect(there.to.conversation).not.toBe(here.to.conversation);
      expect(there.id === here.id && there.to.conversation === here.to.conversation).toBe(false);
      if (!redeliver) return;
      const before = ingest.taken.items.length;
      await redeliver();
      const [again] = (await ingest.taken.until((items) => items.length > before)).slice(before);
      expect([again?.id, again?.to.conversation]).toEqual([there.id, there.to.conversation]);
    });

    test('texts of every kind are taken', async () => {
      await start();
      for (const text of HOSTILE) expect((await asked(text)).text.trim()).not.toBe('');
    });

    test('a whole reply is posted once, exactly', async () => {
      const { visible } = await start();
      const { to } = await asked();
      const draft = await sender.begin(to, 'turn-1');
      await sender.finish(draft, answered('The **whole** reply.'));
      expect(draft.messages.length).toBeGreaterThan(0);
      expect((await visible(to)).map(letters)).toEqual(['Thewholereply']);
    });

    test('a reply that grows ends with exactly the final text', async () => {
      const { visible } = await start();
      const { to } = await asked();
      let draft = await sender.begin(to, 'turn-1');
      for (const text of ['The', 'The first', 'The first and **sec', 'The first and **second** part'])
        draft = await sender.update(draft, text);
      await sender.finish(draft, answered('The first and **second** part, done.'));
      expect((await visible(to)).map(letters)).toEqual(['Thefirstandsecondpartdone']);
    });

    test('a reply may end with another text than it began', async () => {
      const { visible } = await start();
      const { to } = await asked();
      const draft = await sender.update(await sender.begin(to, 'turn-1'), 'I will try once more.');
      await sender.finish(draft, answered('Here is the answer.'));
      expect((await visible(to)).map(letters)).toEqual(['Hereistheanswer']);
    });

    test('another worker can go on with a draft', async () => {
      const { adapter, visible } = await start();
      const { to } = await asked();
      const draft = copy(await sender.update(await sender.begin(to, 'turn-1'), 'The first half'));
      const other = adapter.sender();
      const next = await other.update({ ...draft, unverified: true }, 'Another beginning');
      await other.finish(copy(next), answered('Another beginning, and its end.'));
      await other.close();
      expect((await visible(to)).map(letters)).toEqual(['Anotherbeginninganditsend']);
    });

    test('finishing twice shows one reply', async () => {
      const { visible } = await start();
      const { to } = await asked();
      const draft = await sender.begin(to, 'turn-1');
      await sender.finish(draft, answered('Once.'));
      await sender.finish({ ...copy(draft), unverified: true }, answered('Once.'));
      expect((await visible(to)).map(letters)).toEqual(['Once']);
    });

    test('a post whose answer was lost is not posted again', async () => {
      const { visible, loseNextPost, findsPosted } = await start();
      if (!findsPosted) return;
      const { to } = await asked();
      const draft = await sender.begin(to, 'turn-1');
      if (loseNextPost) {
        loseNextPost();
        await expect(sender.finish(draft, answered('Only once.'))).rejects.toThrow(SendError);
      } else await sender.finish(draft, answered('Only once.'));
      await sender.finish({ ...draft, unverified: true }, answered('Only once.'));
      expect((await visible(to)).map(letters)).toEqual(['Onlyonce']);
    });

    test('a long reply arrives whole and in order', async () => {
      const { visible } = await start();
      const { to } = await asked();
      await sender.finish(await sender.begin(to, 'turn-1'), answered(LONG));
      expect(letters((await visible(to)).join(' '))).toBe(letters(LONG));
    });

    test('Markdown of every kind is shown', async () => {
      const { visible } = await start();
      for (const [n, text] of HOSTILE.entries()) {
        const { to } = await asked(`question ${n}`);
        await sender.finish(await sender.begin(to, `turn-${n}`), answered(`${text} shown`));
        expect((await visible(to)).join('\n')).toContain('shown');
      }
    });

    test('replies to two places at once do not mix', async () => {
      const { visible } = await start();
      const places = [await asked('here', 0), await asked('there', 1)];
      await Promise.all(
        places.map(async ({ to }, n) => {
          let draft = await sender.begin(to, `turn-${n}`);
          for (let m = 1; m < 5; m++) draft = await sender.update(draft, `reply to ${n}, part ${m}`);
          await sender.finish(draft, answered(`the reply to place ${n}`));
        }),
      );
      for (const [n, { to }] of places.entries())
        expect((await visible(to)).map(letters)).toEqual([`thereplytoplace${n}`]);
    });

    test('stopped and failed replies are shown as they are', async () => {
      const { visible } = await start();
      for (const outcome of ['stopped', 'failed'] as const) {
        const { to } = await asked(`please be ${outcome}`);
        const draft = await sender.update(await sender.begin(to, `turn-${outcome}`), 'It began');
        await sender.finish(draft, { markdown: `It ${outcome}.`, outcome });
        expect(letters((await visible(to)).at(-1) ?? '')).toBe(`It${outcome}`);
      }
    });

    test('enrich keeps every message and its text', async () => {
      await start();
      const messages = [await asked('the first question'), await asked('the second question')];
      const enriched = await sender.enrich(messages, { first: true });
      expect(enriched.messages.map((message) => message.id)).toEqual(messages.map((message) => message.id));
      expect(enriched.messages.map((message) => message.text)).toEqual(['the first question', 'the second question']);
      expect(Array.isArray(enriched.earlier)).toBe(true);
    });

    test('attachments are fetched, up to a limit', async () => {
      const { attachment } = await start();
      if (!attachment) {
        const ref = { id: 'x', name: 'x', mediaType: 'text/plain', ref: 'x' };
        await expect(sender.download(ref, 10)).rejects.toThrow(SendError);
        return;
      }
      const file = await attachment('some content');
      expect(new TextDecoder().decode(await sender.download(file, 1_000))).toBe('some content');
      await expect(sender.download(file, 5)).rejects.toMatchObject({ kind: 'too-large' });
      await expect(sender.download({ ...file, size: undefined }, 5)).rejects.toMatchObject({ kind: 'too-large' });
    });

    test('what cannot be stored is not taken for received', async () => {
      const { redeliver } = await start();
      ingest.away = true;
      await harness?.says(0, 'meanwhile').catch(() => {
        // A platform whose API answers the person directly says so there.
      });
      expect(ingest.taken.items).toEqual([]);
      ingest.away = false;
      // A platform that never delivers again: the receiver itself keeps at it.
      await redeliver?.();
      await ingest.taken.until((items) => items.some((message) => message.text.includes('meanwhile')));
    });

    test('it tells how it is, and stops', async () => {
      const { receiver, adapter } = await start();
      expect(receiver.status()).toMatchObject({ connected: true, detail: expect.stringMatching(/.+/) });
      for (const check of await adapter.check()) expect(check.detail).toMatch(/.+/);
      await receiver.stop();
      await receiver.stop();
    });
  });
}
