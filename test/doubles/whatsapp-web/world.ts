/**
 * Who there is and what was written: people, chats, messages and files, as WhatsApp's servers and the person's phone know
 * them. Nothing here knows of a page; what changes is told as pushes.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ChatRecord, MediaFile, MessageRecord, Person, ReactionRecord, Room } from './types.ts';

/** What a page must hear of a change. */
export type Push =
  | { type: 'message'; message: MessageRecord; chat: ChatRecord }
  | { type: 'change'; message: MessageRecord; only: string[] }
  | { type: 'reaction'; message: MessageRecord; reaction: ReactionRecord }
  | { type: 'chat'; chat: ChatRecord }
  | { type: 'contact'; contact: Record<string, unknown> }
  | { type: 'call'; call: Record<string, unknown> };

export interface World {
  me: { name: string; pn: string; lid: string };
  people: Map<string, Person>;
  rooms: Map<string, Room>;
  files: Map<string, MediaFile>;
  /** Earlier texts of edited messages, by id. */
  edits: Map<string, string[]>;
  tell(push: Push): void;
  /** Whole seconds, as messages have them. */
  now(): number;
}

const GROUP = '@g.us';
export const STATUS = 'status@broadcast';

export const hex = (bytes: number) => randomBytes(bytes).toString('hex').toUpperCase();

export function createWorld(me: World['me'], tell: World['tell']): World {
  return {
    me,
    people: new Map(),
    rooms: new Map(),
    files: new Map(),
    edits: new Map(),
    tell,
    now: () => Math.floor(Date.now() / 1000),
  };
}

let numbers = 0;

/** A person with a phone; the private chat begins with the first message. */
export function addPerson(world: World, name: string, options: Partial<Omit<Person, 'name'>> = {}): Person {
  const number = String(4_915_550_000_000 + ++numbers);
  const phone = options.phone ?? 'known';
  const person: Person = {
    name,
    pn: `${number}@c.us`,
    lid: `${190_000_000_000_000 + numbers}@lid`,
    saved: true,
    byLid: phone !== 'known',
    ...options,
    phone,
  };
  world.people.set(name, person);
  world.tell({ type: 'contact', contact: contactRecord(person, addressOf(person)) });
  return person;
}

export const addressOf = (person: Person) => (person.byLid ? person.lid : person.pn);

export function personAt(world: World, id: string): Person | undefined {
  return [...world.people.values()].find((person) => person.pn === id || person.lid === id);
}

/** A contact as the page gets it; `asked`: when it has asked for that very person. */
export function contactRecord(person: Person, id: string, asked = false): Record<string, unknown> {
  const known = person.phone === 'known' || (asked && person.phone === 'asked');
  return {
    id,
    ...(person.saved ? { name: person.name } : {}),
    pushname: person.name,
    isBusiness: false,
    ...(known ? { pn: person.pn, lid: person.lid } : {}),
  };
}

function emptyRoom(world: World, id: string, name: string, members: string[]): Room {
  const record = { id, name, formattedTitle: name, t: world.now(), unreadCount: 0, archive: false };
  const room: Room = { record, messages: [], reactions: new Map(), members };
  world.rooms.set(id, room);
  return room;
}

/**
 * The chat of that name or id: a group's, a person's private one, the account's own with itself (`me`), `status`.
 * @throws when there is none
 */
export function roomOf(world: World, chat: string): Room {
  const known = world.rooms.get(chat) ?? [...world.rooms.values()].find(({ record }) => record.name === chat);
  if (known) return known;
  if (chat === 'status' || chat === STATUS) return world.rooms.get(STATUS) ?? emptyRoom(world, STATUS, 'Status', []);
  if (chat === 'me' || chat === world.me.pn || chat === world.me.lid)
    return world.rooms.get(world.me.pn) ?? emptyRoom(world, world.me.pn, world.me.name, []);
  const person = world.people.get(chat) ?? personAt(world, chat);
  if (!person) throw new Error(`no chat, group or person ${chat}`);
  const id = addressOf(person);
  return (
    world.rooms.get(id) ??
    emptyRoom(world, id, person.saved ? person.name : `+${person.pn.split('@')[0]}`, [person.name])
  );
}

export interface GroupOptions {
  id?: string;
  /** Addressed by lid, as new groups are (the default), or by phone ids. */
  byLid?: boolean;
  /** Only admins write; the account is none. */
  announce?: boolean;
}

/** A group of the account and these people; the first of them made it. */
export function addGroup(world: World, name: string, members: string[], options: GroupOptions = {}): Room {
  const byLid = options.byLid ?? true;
  const room = emptyRoom(world, options.id ?? `1203630${String(10_000_000_000 + ++numbers)}${GROUP}`, name, members);
  const people = members.map((member) => {
    const person = world.people.get(member);
    if (!person) throw new Error(`no person ${member}`);
    return byLid ? person.lid : person.pn;
  });
  const me = byLid ? world.me.lid : world.me.pn;
  room.record.group = {
    subject: name,
    creation: world.now(),
    owner: people[0],
    announce: options.announce ?? false,
    isLidAddressingMode: byLid,
    participants: [...people, me].map((id, at) => ({ id, isAdmin: at === 0, isSuperAdmin: at === 0 })),
  };
  world.tell({ type: 'chat', chat: room.record });
  return room;
}

/** A channel that the account follows. */
export function addNewsletter(world: World, name: string): Room {
  const room = emptyRoom(world, `1203631${String(10_000_000_000 + ++numbers)}@newsletter`, name, []);
  room.record.newsletter = { creationTime: world.now(), membershipType: 'subscriber' };
  world.tell({ type: 'chat', chat: room.record });
  return room;
}

export const isGroup = (room: Room) => room.record.id.endsWith(GROUP);

/** The address of a person, or of the account (`me`), in that chat. */
export function addressIn(world: World, room: Room, who: string): string {
  const person = who === 'me' ? { ...world.me, byLid: false } : world.people.get(who);
  if (!person) throw new Error(`no person ${who}`);
  const byLid = room.record.group ? room.record.group.isLidAddressingMode : room.record.id.endsWith('@lid');
  return byLid ? person.lid : person.pn;
}

/** Who wrote it: `me` or the person's name. */
export function writerOf(world: World, message: MessageRecord): string {
  if (message.id.startsWith('true_')) return 'me';
  return personAt(world, message.author ?? message.from)?.name ?? message.from;
}

export function messageIn(world: World, id: string): { room: Room; message: MessageRecord } {
  for (const room of world.rooms.values()) {
    const message = room.messages.find((candidate) => candidate.id === id);
    if (message) return { room, message };
  }
  throw new Error(`no message ${id}`);
}

/** Keeps a file as WhatsApp's media servers do: by the hash of its bytes. */
export function storeFile(world: World, file: MediaFile): { directPath: string; filehash: string } {
  const filehash = createHash('sha256').update(file.data).digest('base64');
  const directPath = `/media/${Buffer.from(filehash, 'base64').toString('hex')}`;
  world.files.set(directPath, file);
  return { directPath, filehash };
}
