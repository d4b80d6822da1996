/** What a page asks of WhatsApp's servers, one function a call. A refusal is a PageError, which the page throws. */
import type { Device } from './device.ts';
import type { Faults } from './faults.ts';
import { type MessageRecord, PageError } from './types.ts';
import { contactRecord, messageIn, personAt, roomOf, type World, writerOf } from './world.ts';
import { edits, reacts, revokes } from './write.ts';

const EARLIER = 20;
const EDIT_WINDOW_S = 15 * 60;
/** The longest text a client sends (WhatsApp cuts longer input at 65,536 characters). */
const MAX_TEXT = 65_536;

export interface Typing {
  state: 'typing' | 'recording' | 'paused';
  at: number;
}

// biome-ignore lint/suspicious/noExplicitAny: the page's own arguments, each call names what it takes
type Call = (args: any) => unknown | Promise<unknown>;

export function createCalls(context: { world: World; device: Device; faults: Faults; typing: Map<string, Typing> }) {
  const { world, device, faults, typing } = context;

  function ownMessage(id: string): MessageRecord {
    const { message } = messageIn(world, id);
    if (writerOf(world, message) !== 'me') throw new PageError('not your message');
    if (message.type === 'revoked') throw new PageError('deleted message');
    return message;
  }

  function send({ message }: { message: MessageRecord }, refuse: boolean): void {
    const room = roomOf(world, message.to);
    if (room.record.group?.announce) throw new PageError('only admins send to this group');
    if ((message.body ?? '').length > MAX_TEXT) throw new PageError('message too long');
    typing.delete(room.record.id);
    room.messages.push(message);
    Object.assign(room.record, { unreadCount: 0, t: message.t });
    // Decided at once, so that nothing delivers it; the call itself is answered at ack 0.
    if (refuse) message.ack = -1;
    setImmediate(() => {
      if (refuse) world.tell({ type: 'change', message, only: ['ack'] });
      else if (device.state.online) device.deliver();
    });
  }

  /** These need the network; the others are answered from what the device has. */
  const remote: Record<string, Call> = {
    edit({ id, text }: { id: string; text: string }) {
      const message = ownMessage(id);
      if (world.now() - message.t >= EDIT_WINDOW_S) throw new PageError('too old to be edited');
      edits(world, id, text);
    },
    react: ({ id, text }) => reacts(world, 'me', id, text),
    revoke({ ids }: { ids: string[] }) {
      for (const id of ids) ownMessage(id);
      for (const id of ids) revokes(world, id);
    },
    exists({ id }) {
      const person = personAt(world, id);
      return person ? contactRecord(person, id, true) : null;
    },
    pairingCode({ phone }) {
      if (!/^\d{7,15}$/.test(phone)) throw new PageError('bad phone number', 'CompanionHelloError');
      return device.newPairingCode();
    },
    logout: () => device.unlink(),
  };

  const local: Record<string, Call> = {
    chat({ id }) {
      try {
        return roomOf(world, id).record;
      } catch {
        // What the page says of a number it cannot find at WhatsApp.
        throw new PageError('No LID for user', 'Error');
      }
    },
    contact({ id }) {
      const person = personAt(world, id);
      return person ? contactRecord(person, id) : { id, isBusiness: false };
    },
    messages: ({ ids }: { ids: string[] }) =>
      ids.flatMap((id) => [...world.rooms.values()].flatMap((room) => room.messages.filter((m) => m.id === id))),
    earlier({ chat, before }) {
      const { messages } = roomOf(world, chat);
      const end = before ? messages.findIndex((message) => message.id === before) : messages.length;
      return messages.slice(Math.max(0, end - EARLIER), Math.max(0, end));
    },
    forget({ ids }: { ids: string[] }) {
      for (const id of ids) {
        const { room, message } = messageIn(world, id);
        room.messages.splice(room.messages.indexOf(message), 1);
        device.push({ type: 'gone', id });
      }
    },
    seen({ chat }) {
      if (faults.lasting.sendSeenThrows)
        throw new PageError("Cannot read properties of undefined (reading 'markedUnread')", 'TypeError');
      roomOf(world, chat).record.unreadCount = 0;
    },
    typing({ chat, state }) {
      typing.set(roomOf(world, chat).record.id, { state, at: Date.now() });
    },
    presence: () => undefined,
    resend: () => undefined,
    reconnect: () => undefined,
    refreshQR: () => void device.newQr(),
    takeover: () => device.setOnline(),
  };

  /** @returns the answer, or nothing ever: then the page waits for as long as the library does */
  return async function answer(name: string, args: Record<string, unknown>): Promise<unknown> {
    const fault = faults.take(name, args);
    const never = new Promise<never>(() => {});
    if (fault === 'hang') return never;
    if (name === 'send') send(args as { message: MessageRecord }, fault === 'refuse');
    else if (!remote[name] && !local[name]) throw new PageError(`no such call: ${name}`, 'Error');
    if (remote[name]) await device.whenOnline();
    const result = await (remote[name] ?? local[name])?.(args);
    if (fault === 'lose') device.push({ type: 'reload' });
    return fault === 'lose' || fault === 'hang-applied' ? never : (result ?? null);
  };
}
