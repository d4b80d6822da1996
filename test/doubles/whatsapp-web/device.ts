/**
 * The linked device as WhatsApp sees it: which sessions are linked, the QR code's reference, the page that is connected
 * now, and what it is told: at once, later when it is back online, or only by its next sync.
 */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Faults } from './faults.ts';
import { addressOf, contactRecord, type Push, type World } from './world.ts';
import { acks } from './write.ts';

/** Messages of each chat that a page has from the start; earlier ones it asks for. */
const IN_MEMORY = 5;

export type Network = 'online' | 'offline' | 'away' | 'conflict';

export function createDevice(world: () => World, faults: Faults, changed: () => void) {
  const sessions = new Set<string>();
  let page: WebSocket | undefined;
  /** The page has shown that it knows a session. */
  let known = false;
  let attached = false;
  let listening = false;
  let network: Network = 'online';
  let ref = newRef();
  let pairingCode: string | undefined;
  const held: string[] = [];
  const onOnline = new Set<() => void>();
  const echoes = new Map<number, () => void>();
  let lastEcho = 0;

  function newRef(): string {
    return `2@${randomBytes(48).toString('base64')}`;
  }

  function push(message: object): void {
    if (page?.readyState === 1) page.send(JSON.stringify(message));
  }

  /** What the page must hear of the world: an away page hears nothing, an offline one hears it later. */
  function tell(change: Push): void {
    changed();
    if (!known || network === 'away') return;
    if (network === 'online') push(change);
    else held.push(JSON.stringify(change));
  }

  function snapshot() {
    const { me, people, rooms } = world();
    const chats = [...rooms.values()];
    return {
      me,
      contacts: [...people.values()].flatMap((person) => {
        const ids = new Set([addressOf(person), person.lid]);
        return [...ids].map((id) => contactRecord(person, id));
      }),
      chats: chats.map(({ record }) => record),
      messages: chats.flatMap(({ messages }) => messages.slice(-IN_MEMORY)),
    };
  }

  const showUnlinked = (forget: boolean) => push({ type: 'unlinked', ref, forget });

  function showLinked(token?: string): void {
    known = true;
    push({ type: 'linked', token, snapshot: snapshot(), syncsEarly: faults.lasting.syncsEarly });
  }

  /** Own messages that waited go on to the server and to the others' phones. */
  function deliver(): void {
    for (const room of world().rooms.values())
      for (const message of room.messages)
        if (message.id.startsWith('true_') && message.ack === 0) {
          acks(world(), message, 1);
          acks(world(), message, 2);
        }
  }

  function setOnline(): void {
    const was = network;
    network = 'online';
    // A page that has not been let in yet gets everything when it is.
    if (known) {
      if (was === 'away') push({ type: 'sync', snapshot: snapshot() });
      push({ type: 'state', state: 'OPENING' });
      push({ type: 'state', state: 'CONNECTED' });
    }
    for (const text of held.splice(0)) page?.send(text);
    for (const resume of onOnline) resume();
    onOnline.clear();
    deliver();
    changed();
  }

  function unlink(): void {
    sessions.clear();
    known = false;
    held.length = 0;
    network = 'online';
    ref = newRef();
    changed();
  }

  return {
    tell,
    push,
    deliver,
    unlink,
    setOnline,
    state: {
      get page() {
        return page;
      },
      get linked() {
        return sessions.size > 0;
      },
      get attached() {
        return attached;
      },
      get listening() {
        return listening;
      },
      get online() {
        return network === 'online';
      },
      get ref() {
        return ref;
      },
      get pairingCode() {
        return pairingCode;
      },
    },
    /** Resolves when the page has heard everything that it was sent so far; at once without a page. */
    settled: () =>
      new Promise<void>((resolve) => {
        if (page?.readyState !== 1) return resolve();
        echoes.set(++lastEcho, resolve);
        push({ type: 'echo', number: lastEcho });
      }),
    echoed(number: number): void {
      echoes.get(number)?.();
      echoes.delete(number);
    },
    /** Resolves when the network is there. */
    whenOnline: () =>
      network === 'online' ? Promise.resolve() : new Promise<void>((resolve) => onOnline.add(resolve)),
    setNetwork(next: Exclude<Network, 'online'>, state: string): void {
      network = next;
      push({ type: 'state', state });
      changed();
    },
    newQr(): string {
      ref = newRef();
      push({ type: 'ref', ref });
      changed();
      return ref;
    },
    newPairingCode(): string {
      // Eight characters of Crockford's alphabet, as WhatsApp shows them.
      const alphabet = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';
      pairingCode = [...randomBytes(8)].map((byte) => alphabet[byte % 32]).join('');
      changed();
      return pairingCode;
    },
    /** @throws when no page waits to be linked */
    link(): void {
      if (page?.readyState !== 1 || known) throw new Error('no page shows a code');
      const token = randomBytes(16).toString('hex');
      sessions.add(token);
      pairingCode = undefined;
      ref = newRef();
      showLinked(token);
      changed();
    },
    /** A page has connected and says which session it has kept. */
    async hello(socket: WebSocket, token: string | undefined): Promise<void> {
      page?.close();
      page = socket;
      attached = false;
      listening = false;
      known = false;
      held.length = 0;
      changed();
      if (token === undefined || !sessions.has(token)) return showUnlinked(token !== undefined);
      if (network === 'conflict') network = 'online';
      if (network !== 'online') await new Promise<void>((resolve) => onOnline.add(resolve));
      if (page === socket) showLinked();
      changed();
    },
    gone(socket: WebSocket): void {
      if (page !== socket) return;
      page = undefined;
      for (const resolve of echoes.values()) resolve();
      echoes.clear();
      attached = false;
      listening = false;
      known = false;
      changed();
    },
    /** The library waits for the sync, and then listens for messages. */
    shows(what: 'attached' | 'listening'): void {
      attached = true;
      listening ||= what === 'listening';
      changed();
    },
  };
}

export type Device = ReturnType<typeof createDevice>;
