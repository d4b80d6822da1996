/**
 * A strict stand-in for the WhatsApp Cloud API, for tests: the Graph API on one HTTP port of 127.0.0.1, signed webhooks
 * with retries, people who write, and what they see. Pages of developers.facebook.com, "WhatsApp Business Platform";
 * each file's header names its own.
 *
 * Assumed, where no page says it: numbers that are not known here are refused with 131030, as a test number's are; the
 * pair limit's burst is paid back at one message in six seconds.
 * Not modelled: templates, uploads by the business, groups, calls, flows, several numbers, throughput upgrades.
 */
import { createChats } from './chats.ts';
import { createFaults } from './faults.ts';
import { createMedia } from './media.ts';
import { createPeople } from './people.ts';
import { send } from './send.ts';
import { createGraphServer } from './server.ts';
import type { Body, Call, ChatMessage, Person, Settings, WhatsAppDoubleOptions } from './types.ts';
import { createWebhook } from './webhook.ts';

export type { Fault, FaultHandle } from './faults.ts';
export type { Said } from './people.ts';
export type * from './types.ts';
export type { Delivered } from './webhook.ts';

export type WhatsAppDouble = Awaited<ReturnType<typeof startWhatsAppDouble>>;

/** Starts the stand-in on a free port, with two people (ana, ben). Webhooks go nowhere until `deliverTo`. */
export async function startWhatsAppDouble(options: WhatsAppDoubleOptions = {}) {
  const accessToken = options.accessToken ?? 'EAADoubleDoubleDoubleDouble';
  const appSecret = options.appSecret ?? '0123456789abcdef0123456789abcdef';
  const verifyToken = options.verifyToken ?? 'a-word-of-our-own';
  const phoneNumberId = options.phoneNumberId ?? '100000000000001';
  const settings: Settings = {
    limits: options.limits ?? 'off',
    ackTimeoutMs: options.ackTimeoutMs ?? 5_000,
    retryDelaysMs: options.retryDelaysMs ?? [100, 60_000, 300_000],
    eventDelayMs: options.eventDelayMs ?? (() => 0),
    statuses: options.statuses ?? ['sent', 'delivered'],
    mediaUrlMs: options.mediaUrlMs ?? 300_000,
    scopes: options.scopes ?? ['whatsapp_business_management', 'whatsapp_business_messaging'],
    expired: options.expired ?? false,
  };
  const calls: Call[] = [];
  const watchers = new Set<() => void>();
  const stirred = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  let origin = '';

  const chats = createChats(settings);
  const typing = new Map<string, number>();
  const media = createMedia({ chats, settings, origin: () => origin });
  const webhook = createWebhook({ settings, appSecret, verifyToken });
  const people = createPeople({ chats, media, webhook, settings, phoneNumberId });
  const faults = createFaults();
  const server = createGraphServer({
    settings,
    accessToken,
    phoneNumberId,
    media,
    faults,
    send: (body: Body) => send(chats, typing, body, media),
    sent: (sending) => void people.tellStatuses(sending).then(stirred),
    called(call) {
      calls.push(call);
      stirred();
    },
    now: chats.now,
    webhookUrl: webhook.url,
  });
  const port = await server.listen(options.port ?? 0);
  origin = `http://127.0.0.1:${port}`;
  const ana = chats.addPerson({ waId: '15550002222', name: 'Ana Quispe' });
  const ben = chats.addPerson({ waId: '15550003333', name: 'Ben Huanca' });

  /** Resolves when the condition holds; looked at after each call and each status. */
  function waitUntil(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  }

  /** What the business wrote to this person, oldest first; what failed is not seen. */
  const visible = (person: Person): ChatMessage[] =>
    chats.messages.filter(
      (message) => message.from === 'business' && message.person === person.waId && message.status !== 'failed',
    );

  return {
    apiUrl: `${origin}/v24.0`,
    accessToken,
    appSecret,
    verifyToken,
    phoneNumberId,
    settings,
    ana,
    ben,
    addPerson: chats.addPerson,
    say: people.say,
    write: people.write,
    sendFile: people.sendFile,
    react: people.react,
    edit: people.edit,
    revoke: people.revoke,
    together: people.together,
    change: people.change,
    failNext: people.failNext,
    /** Lets so much time pass: windows close, addresses of files expire. */
    advance: chats.advance,
    visible,
    /** Whether this person sees "typing…". */
    typing: (person: Person): boolean => (typing.get(person.waId) ?? 0) > chats.now(),
    calls,
    waitUntil,
    waitForMessage: async (person: Person, matches: (message: ChatMessage) => boolean): Promise<ChatMessage> => {
      await waitUntil(() => visible(person).some(matches));
      return visible(person).find(matches) as ChatMessage;
    },
    fault: faults.add,
    deliverTo: webhook.use,
    /** Bodies of all deliveries, oldest first. */
    sent: webhook.sent,
    sign: webhook.sign,
    redeliver: webhook.again,
    ignoreAcks: webhook.ignoreAcks,
    retryNow: webhook.retryNow,
    async close(): Promise<void> {
      webhook.close();
      await server.close();
    },
  };
}
