/**
 * WhatsApp by a linked device: a real Chromium in front of the page's double, private chats and groups. Two receivers, since
 * one of them owns the browser and the other waits to take it over; what nobody heard meanwhile is caught up with.
 */
import { ChromiumError, findChromium } from '../../adapters/whatsapp-linked/browser/chromium.ts';
import { type CallFault as PageFault, startWhatsAppWebDouble } from '../../test/doubles/whatsapp-web/index.ts';
import type { Chance } from '../prng.ts';
import type { CallFault, Weather } from '../weather.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

/** From the stage's start, so before the receivers': Chromium takes seconds, and many on a busy machine. */
const LINKED_WITHIN_MS = 180_000;
/** After an outage the chats written in last are looked through, and no others (docs/whatsapp.md). */
const MOST_CHATS = 50;
/** A dead owner's lease runs out after twelve seconds; then a browser starts. */
const TAKEN_OVER_MS = 25_000;
/** Beside that, the pause before a new browser grows with every crash. */
const FETCHED_WITHIN_MS = 90_000;
/** Chats that go by `…@lid`, as part of the real ones do. */
const BY_LID = 0.3;
/** Of our calls into the page, those that change what people see. */
const TOLD_CALLS = new Set(['send', 'edit']);
const INTRODUCTION = /^_I am [^\n]*_\n\n/;

/**
 * A page knows no HTTP: it refuses, is reloaded before its answer, or says nothing although it did it. One that says
 * nothing and does nothing is not played: the real page keeps a message that it was given and sends it later.
 */
const FAULTS: Partial<Record<CallFault, PageFault>> = {
  busy: 'refuse',
  'lost-answer': 'lose',
  'false-error': 'hang-applied',
};

/** @returns why this machine cannot play it, or nothing */
export async function lacksChromium(): Promise<string | undefined> {
  try {
    await findChromium(process.env.CHROMIUM_PATH);
    return undefined;
  } catch (error) {
    if (error instanceof ChromiumError) return error.message;
    throw error;
  }
}

export async function startWhatsAppWebStage(weather: Weather, chance: Chance): Promise<Stage> {
  const chromium = await findChromium(process.env.CHROMIUM_PATH);
  const whatsapp = await startWhatsAppWebDouble();
  const diary: string[] = [];
  let isConnected = true;

  function talk(index: number, direct: boolean): Talk {
    const person = `Person ${index}`;
    whatsapp.addContact(person, { phone: chance.happens(BY_LID) ? 'asked' : 'known' });
    const chat = direct ? whatsapp.chatId(person) : whatsapp.addGroup(`Group ${index}`, [person]);
    return {
      async say(text) {
        const id = whatsapp.says(person, chat, text, { mentionMe: !direct });
        if (weather.strikes('redeliver', 'whatsapp-web')) hearAgain();
        return { id, delivered: Promise.resolve(true), acknowledged: false };
      },
      edit: (id, text) => whatsapp.edits(id, text),
      remove: (id) => whatsapp.revokes(id),
      name: () => `whatsapp-web:${chat}`,
      look: async () => ({
        texts: whatsapp
          .visible(chat)
          // What was refused, or never left the device, the person does not see.
          .filter(({ from, ack, deleted }) => from === 'me' && ack > 0 && !deleted)
          .map(({ text }) => text.replace(INTRODUCTION, '')),
        unfinished: 0,
      }),
    };
  }

  /** The library takes it for a new page, and Chasqui looks for what it may have missed. */
  function hearAgain(): void {
    if (chance.happens(0.5)) whatsapp.addFrame();
    else whatsapp.changeAddress();
  }

  /** @param leave `away`: what comes meanwhile raises no events afterwards */
  function disconnect(leave: 'goOffline' | 'away'): void {
    if (!isConnected) return;
    isConnected = false;
    whatsapp[leave]();
    setTimeout(connect, chance.between(100, 2_000)).unref();
  }

  function connect(): void {
    if (!isConnected) whatsapp.online();
    isConnected = true;
  }

  function endBrowser(): void {
    try {
      whatsapp.killBrowser();
    } catch {
      // None is connected.
    }
  }

  function crashTab(): void {
    try {
      whatsapp.crashTab();
    } catch {
      // It is starting.
    }
  }

  // The browser outlives a receiver that is killed, and would outlive a storm that is ended in a hurry.
  process.once('exit', endBrowser);
  const linked = whatsapp
    .waitUntil(() => whatsapp.qr, { what: 'a code to scan', timeoutMs: LINKED_WITHIN_MS })
    .then(() => whatsapp.scan());
  // Told by `connect`, where somebody waits for it.
  linked.catch(() => {});

  const stage: Stage = {
    platform: 'whatsapp-web',
    mayDouble: false,
    env: {
      WHATSAPP_WEB: '1',
      WHATSAPP_WEB_ARGS: whatsapp.chromiumArgsLine,
      CHROMIUM_PATH: chromium.path,
    },
    receivers: [{ role: 'whatsapp-web' }, { role: 'whatsapp-web' }],
    mostTalks: MOST_CHATS,
    restMs: TAKEN_OVER_MS,
    fetchedWithinMs: FETCHED_WITHIN_MS,
    async connect() {
      await linked;
      await whatsapp.waitUntil(() => whatsapp.listening, { what: 'the link', timeoutMs: LINKED_WITHIN_MS });
    },
    talk,
    dropSockets() {
      const often = [whatsapp.reload, () => disconnect('goOffline'), () => disconnect('away')];
      const seldom = [crashTab, endBrowser, whatsapp.conflict];
      chance.pick(chance.happens(0.85) ? often : seldom)();
    },
    diary: () => diary,
    async close() {
      process.off('exit', endBrowser);
      endBrowser();
      await whatsapp.close();
    },
  };
  whatsapp.faults.judgeCalls((call, args) => {
    if (!TOLD_CALLS.has(call)) return undefined;
    stage.onCall?.();
    // Without a connection nobody is there to refuse: the message waits in the device.
    const kinds = (Object.keys(FAULTS) as CallFault[]).filter((one) => isConnected || FAULTS[one] !== 'refuse');
    const kind = kinds.find((one) => weather.strikes(one, `whatsapp-web ${call}`));
    diary.push(lineOf(Date.now(), call, args, kind ?? 'ok'));
    return kind && FAULTS[kind];
  });
  return stage;
}
