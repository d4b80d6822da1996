/**
 * A stand-in for https://web.whatsapp.com, opened in real Chromium and driven by the real whatsapp-web.js 1.34.7: the page's
 * modules that the library asks for, and behind them people, chats, a phone and WhatsApp's servers in this process. What
 * was written stays here, over reloads, crashes and new browsers; the device's session is in the browser's profile.
 *
 * Modelled on what the library's source calls and reads (src/Client.js, src/util/Injected/*.js, src/structures/*.js), and on
 * its public threads: first messages bring an `e2e_notification`; ids are objects in results and strings in events; own
 * messages, edits and reactions raise events; groups and part of the private chats go by `…@lid`; what was missed is synced
 * without events; a logout reloads the page with `post_logout=1`; an edit with a link fails on the missing preview.
 * Assumed, since no page says it: which states an interrupted network passes (TIMEOUT, OPENING, CONNECTED); that a page
 * that loads without network waits (it shows nothing of its local data); the order of acks (1, then 2 at once); that a
 * private chat asked for by phone id leads to the one by lid; refusals' names; how long "typing…" is shown without being
 * renewed (25 s).
 * Not modelled: encryption, the renewal of QR codes by time (`renewQr`, `qrIdles` instead), groups and channels made or
 * changed by the account, polls, events, labels, orders, calls taken, profile pictures, status posts of the account.
 */

import { createCalls, type Typing } from './calls.ts';
import { browserOf } from './chromium.ts';
import { createDevice } from './device.ts';
import { createFaults } from './faults.ts';
import { HOST, startServer } from './server.ts';
import type { Person } from './types.ts';
import { createWatch } from './watch.ts';
import {
  addGroup,
  addNewsletter,
  addPerson,
  createWorld,
  type GroupOptions,
  messageIn,
  roomOf,
  storeFile,
} from './world.ts';
import { decrypts, edits, reacts, reads, revokes, type SaysOptions, says } from './write.ts';

export type { CallFault, FaultyCall } from './faults.ts';
export type * from './types.ts';
export type { Match } from './watch.ts';
export type { SaysOptions } from './write.ts';

const TYPING_SHOWN_MS = 25_000;

export interface WhatsAppWebOptions {
  /** The linked account. */
  name?: string;
  /** Version that the page says it has. */
  version?: string;
}

export type WhatsAppWebDouble = Awaited<ReturnType<typeof startWhatsAppWebDouble>>;

/**
 * Starts the stand-in on a free port of 127.0.0.1. Chromium reaches it, and nothing else, with `chromiumArgs`.
 * Chats are named by a group's or person's name, by an address, `me` (notes to oneself) or `status`.
 */
export async function startWhatsAppWebDouble(options: WhatsAppWebOptions = {}) {
  const me = { name: options.name ?? 'Chasqui', pn: '4915550000000@c.us', lid: '190000000000000@lid' };
  const faults = createFaults();
  const typing = new Map<string, Typing>();
  const watch = createWatch(() => world);
  const device = createDevice(() => world, faults, watch.changed);
  const world = createWorld(me, device.tell);
  const answer = createCalls({ world, device, faults, typing });
  const unknownModules = new Set<string>();
  let ports: { browser: number; server: number } | undefined;

  const server = await startServer({
    settings: () => ({
      version: options.version ?? '2.3000.1040000000',
      missing: [...faults.missing],
      frame: faults.lasting.frame,
    }),
    file(path) {
      if (faults.lasting.mediaFails-- > 0) return 500;
      return (faults.lasting.mediaGone ? undefined : world.files.get(path)) ?? 404;
    },
    upload: (file) => (faults.lasting.uploadFails ? undefined : storeFile(world, file).directPath),
    connected(socket, request) {
      const browser = request.socket.remotePort ?? 0;
      socket.on('message', (data) => {
        const message = JSON.parse(String(data));
        if (message.type === 'hello') {
          ports = { browser, server: server.port };
          void device.hello(socket, message.token);
        } else if (message.type === 'attached' || message.type === 'listening') device.shows(message.type);
        else if (message.type === 'echo') device.echoed(message.number);
        else if (message.type === 'unknown-module') unknownModules.add(message.name);
        else if (message.type === 'call')
          answer(message.name, message.args)
            .then((result) => ({ result }))
            .catch((error: Error) => ({ error: error.message, name: error.name }))
            .then((outcome) => socket.send(JSON.stringify({ type: 'answer', call: message.call, ...outcome })))
            .finally(watch.changed);
      });
      socket.on('close', () => device.gone(socket));
    },
  });

  const signal = (pids: number[]) => {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  };
  const browser = () => {
    if (!ports || !device.state.page) throw new Error('no browser is connected');
    return browserOf(ports);
  };

  const chromiumArgs = [
    `--host-resolver-rules=MAP ${HOST} 127.0.0.1:${server.port},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1`,
    '--ignore-certificate-errors',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    // Two processes fewer: a start costs a third less.
    '--in-process-gpu',
    '--enable-features=NetworkServiceInProcess2',
  ];

  return {
    /** For `puppeteer.args`: this host is the double, every other name is unknown. */
    chromiumArgs,
    /** The same in one line, separated by spaces; the one that has spaces in it stands in double quotes. */
    chromiumArgsLine: chromiumArgs.map((argument) => (argument.includes(' ') ? `"${argument}"` : argument)).join(' '),
    url: `https://127.0.0.1:${server.port}`,
    close: () => server.close(),
    me,
    faults: faults.faults,
    /** Modules that the library asked for and this page does not have. */
    unknownModules,

    /** The reference that the shown QR code begins with, while a page shows one. */
    get qr() {
      return device.state.page && !device.state.linked ? device.state.ref : undefined;
    },
    get pairingCode() {
      return device.state.pairingCode;
    },
    get linked() {
      return device.state.linked;
    },
    /** The library waits for the page's sync. */
    get attached() {
      return device.state.attached;
    },
    /** The library has attached its listeners: what is written now raises events. */
    get listening() {
      return device.state.listening;
    },
    /**
     * The phone scans the code on the screen, or the one given as the library told it.
     * @throws when no page shows a code, or another one by now
     */
    scan(qr?: string) {
      if (qr !== undefined && !qr.startsWith(`${device.state.ref},`)) throw new Error('that code has expired');
      device.link();
    },
    /** The phone takes the pairing code. @throws when it is not the current one */
    enterCode(code: string) {
      if (code !== device.state.pairingCode) throw new Error('wrong pairing code');
      device.link();
    },
    renewQr: () => device.newQr(),
    /** The page stops renewing its code, as after some minutes of nobody scanning. */
    qrIdles: () => device.push({ type: 'state', state: 'UNPAIRED_IDLE' }),

    person: (name: string): Person => {
      const person = world.people.get(name);
      if (!person) throw new Error(`no person ${name}`);
      return person;
    },
    addContact: (name: string, about: Partial<Omit<Person, 'name'>> = {}) => addPerson(world, name, about),
    /** @returns the group's address */
    addGroup: (name: string, members: string[], about: GroupOptions = {}) =>
      addGroup(world, name, members, about).record.id,
    addNewsletter: (name: string) => addNewsletter(world, name).record.id,
    chatId: (chat: string) => roomOf(world, chat).record.id,

    says: (from: string, chat: string, text: string, about: SaysOptions = {}) => says(world, from, chat, text, about),
    decrypts: (id: string) => decrypts(world, id),
    edits: (id: string, text: string) => edits(world, id, text),
    revokes: (id: string) => revokes(world, id),
    reacts: (who: string, id: string, emoji: string) => reacts(world, who, id, emoji),
    reads: (chat: string) => reads(world, chat),
    /** The account's own phone, which writes into the same chats. */
    phone: {
      says: (chat: string, text: string, about: SaysOptions = {}) => says(world, 'me', chat, text, about),
      edits: (id: string, text: string) => edits(world, id, text),
      revokes: (id: string) => revokes(world, id),
      reacts: (id: string, emoji: string) => reacts(world, 'me', id, emoji),
    },
    /** Resolves when the page has heard everything said and done so far. */
    settled: device.settled,
    /** Makes a message older, here and in the page. */
    async ages(id: string, seconds: number) {
      const { message } = messageIn(world, id);
      message.t -= seconds;
      world.tell({ type: 'change', message, only: ['t'] });
      await device.settled();
    },

    visible: watch.visible,
    waitForMessage: watch.waitForMessage,
    waitUntil: watch.waitUntil,
    unread: (chat: string) => roomOf(world, chat).record.unreadCount,
    /** What the others see under the account's name: `typing`, `recording`, or nothing. */
    typingIn(chat: string): 'typing' | 'recording' | undefined {
      const last = typing.get(roomOf(world, chat).record.id);
      if (!last || last.state === 'paused' || Date.now() - last.at > TYPING_SHOWN_MS) return undefined;
      return last.state;
    },

    reload: () => device.push({ type: 'reload' }),
    /** A frame appears in the page; the address changes: the library hears both as a navigation. */
    addFrame: () => device.push({ type: 'frame' }),
    changeAddress: () => device.push({ type: 'address' }),
    /** WhatsApp Web is opened elsewhere with this session. */
    conflict: () => device.setNetwork('conflict', 'CONFLICT'),
    /** The session is gone, the page only says so. */
    unpair() {
      device.unlink();
      device.push({ type: 'state', state: 'UNPAIRED' });
    },
    /** The phone takes the device off its list: the page leaves, and comes back with a code. */
    logout() {
      device.unlink();
      device.push({ type: 'logout' });
    },
    /** Any other state that the page can have (TOS_BLOCK, PROXYBLOCK, DEPRECATED_VERSION, …). */
    setState: (state: string) => device.push({ type: 'state', state }),
    goOffline: (state = 'TIMEOUT') => device.setNetwork('offline', state),
    online: () => device.setOnline(),
    /** Offline, but what comes meanwhile is only synced by `back`, without events. */
    away: (state = 'TIMEOUT') => device.setNetwork('away', state),
    back: () => device.setOnline(),
    /** Kills the page's renderer, or the whole browser, at once. */
    crashTab: () => signal(browser().tabs),
    killBrowser: () => signal([browser().main]),
  };
}
