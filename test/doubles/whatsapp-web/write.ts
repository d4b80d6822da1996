/** What people and the account's own phone do in chats: write, edit, delete, react, read. */
import type { MediaFile, MessageRecord, Room } from './types.ts';
import {
  addressIn,
  contactRecord,
  hex,
  isGroup,
  messageIn,
  personAt,
  roomOf,
  STATUS,
  storeFile,
  type World,
  writerOf,
} from './world.ts';

export interface SaysOptions {
  /** Names of people mentioned, `me` for the account; `@me` in the text becomes its number. */
  mentions?: string[];
  mentionMe?: boolean;
  /** Serialized id of the message that is quoted. */
  quote?: string;
  media?: MediaFile;
  /** Sent by a person's broadcast list: it arrives in the private chat. */
  broadcast?: boolean;
  /** It cannot be read yet: type `ciphertext` until `decrypts(id)`. */
  late?: boolean;
  type?: string;
  /** Further fields of the message, as the page has them. */
  fields?: Record<string, unknown>;
}

function mediaType(file: MediaFile): string {
  if (file.voice) return 'ptt';
  const family = file.mimetype.split('/')[0] ?? '';
  return ['image', 'video', 'audio'].includes(family) ? family : 'document';
}

function mediaFields(world: World, file: MediaFile, text: string): Partial<MessageRecord> {
  const { directPath, filehash } = storeFile(world, file);
  const type = mediaType(file);
  return {
    type,
    // A picture's body is its small preview.
    body: type === 'image' || type === 'video' ? 'iVBORw0KGgo=' : undefined,
    ...(text ? { caption: text } : {}),
    directPath,
    filehash,
    encFilehash: filehash,
    mediaKey: 'c3RhbmQtaW4=',
    mediaKeyTimestamp: world.now(),
    mimetype: file.mimetype,
    size: file.data.length,
    ...(file.filename ? { filename: file.filename } : {}),
    ...(file.duration === undefined ? {} : { duration: String(file.duration) }),
    mediaData: { type, mediaStage: 'PREPARING', size: file.data.length },
  };
}

/** What a reply carries of the message it quotes. */
function quoteFields(world: World, id: string): Partial<MessageRecord> {
  const { message } = messageIn(world, id);
  const { type, body, caption, mimetype, filename } = message;
  return {
    quotedMsg: { type, body, caption, mimetype, filename },
    quotedStanzaID: id.split('_')[2],
    quotedParticipant: message.author ?? message.from,
    quotedFromMe: id.startsWith('true_'),
  };
}

function idOf(room: Room, fromMe: boolean, stanza: string, participant: string | undefined): string {
  const parts = [String(fromMe), room.record.id, stanza];
  if (participant) parts.push(participant);
  return parts.join('_');
}

/** The first message of a new private chat brings a notification of its own, of type `e2e_notification` (avoylenko/wwebjs-api#13). */
function openChat(world: World, room: Room): void {
  const person = personAt(world, room.record.id);
  if (!person || room.messages.length > 0) return;
  world.tell({ type: 'contact', contact: contactRecord(person, room.record.id) });
  put(world, room, {
    id: idOf(room, false, hex(16), undefined),
    type: 'e2e_notification',
    subtype: 'encrypt',
    t: world.now(),
    from: room.record.id,
    to: addressIn(world, room, 'me'),
    ack: 1,
    body: '',
  });
}

export function put(world: World, room: Room, message: MessageRecord): void {
  room.messages.push(message);
  room.record.t = message.t;
  world.tell({ type: 'message', message, chat: room.record });
}

/**
 * Somebody writes; `from` is a person's name, `me` for the account's own phone, or a channel's name.
 * @returns the message's serialized id, as the page will have it
 */
export function says(world: World, from: string, chat: string, text: string, options: SaysOptions = {}): string {
  const room = roomOf(world, chat);
  const channel = room.record.newsletter !== undefined;
  const status = room.record.id === STATUS;
  const fromMe = from === 'me';
  const writer = channel ? room.record.id : addressIn(world, room, from);
  if (!fromMe && !channel && !status && !room.members.includes(from)) throw new Error(`${from} is not in ${chat}`);
  if (!isGroup(room) && !status) openChat(world, room);
  const participant = isGroup(room) || status ? writer : undefined;

  const mentioned = [...(options.mentions ?? []), ...(options.mentionMe ? ['me'] : [])];
  const ids = mentioned.map((name) => addressIn(world, room, name));
  const me = `@${addressIn(world, room, 'me').split('@')[0]}`;
  let body = text.replaceAll('@me', me);
  if (options.mentionMe && !body.includes(me)) body = `${me} ${body}`;

  const message: MessageRecord = {
    id: idOf(room, fromMe, fromMe ? `3A${hex(9)}` : `AC${hex(15)}`, participant),
    type: 'chat',
    t: world.now(),
    from: fromMe ? writer : room.record.id,
    to: fromMe ? room.record.id : addressIn(world, room, 'me'),
    ack: fromMe ? 1 : 0,
    body,
    notifyName: fromMe ? world.me.name : from,
    ...(participant ? { author: participant } : {}),
    mentionedJidList: ids,
    ...(options.quote ? quoteFields(world, options.quote) : {}),
    ...(options.media ? mediaFields(world, options.media, body) : {}),
    ...(status ? { isStatusV3: true } : {}),
    ...(options.broadcast ? { broadcast: true } : {}),
    ...(options.type ? { type: options.type } : {}),
    ...options.fields,
  };
  if (!fromMe && !status) room.record.unreadCount += 1;
  if (fromMe) room.record.unreadCount = 0;
  if (options.late) hide(message);
  put(world, room, message);
  return message.id;
}

const hidden = new WeakMap<MessageRecord, { type: string; body: string | undefined }>();

function hide(message: MessageRecord): void {
  hidden.set(message, { type: message.type, body: message.body });
  Object.assign(message, { type: 'ciphertext', body: undefined });
}

/** A message that came as `ciphertext` can be read now. */
export function decrypts(world: World, id: string): void {
  const { message } = messageIn(world, id);
  const clear = hidden.get(message);
  if (!clear) throw new Error(`${id} did not come late`);
  hidden.delete(message);
  Object.assign(message, clear);
  world.tell({ type: 'change', message, only: ['type', 'body'] });
}

/** A new text for a message (or its file's caption); who may and until when is the caller's. */
export function edits(world: World, id: string, text: string): void {
  const { message } = messageIn(world, id);
  const field = message.directPath ? 'caption' : 'body';
  world.edits.set(id, [...(world.edits.get(id) ?? []), String(message[field] ?? '')]);
  message[field] = text;
  message.latestEditSenderTimestampMs = Date.now();
  world.tell({ type: 'change', message, only: [field, 'latestEditSenderTimestampMs'] });
}

/** Deleted for everyone: the message stays, as `revoked` and empty. */
export function revokes(world: World, id: string): void {
  const { message } = messageIn(world, id);
  Object.assign(message, {
    type: 'revoked',
    subtype: 'sender',
    body: undefined,
    caption: undefined,
    directPath: undefined,
  });
  message.revokeSender = message.author ?? message.from;
  world.tell({ type: 'change', message, only: ['type', 'subtype', 'body', 'caption', 'directPath', 'revokeSender'] });
}

/** A reaction by `me` or a person; an empty text takes it back. */
export function reacts(world: World, who: string, id: string, text: string): void {
  const { room, message } = messageIn(world, id);
  const sender = addressIn(world, room, who);
  const kept = (room.reactions.get(id) ?? []).filter((reaction) => reaction.sender !== sender);
  const reaction = { id: `3EB0${hex(9)}`, sender, fromMe: who === 'me', text, t: world.now() };
  room.reactions.set(id, text ? [...kept, reaction] : kept);
  message.hasReaction = (room.reactions.get(id) ?? []).length > 0;
  world.tell({ type: 'reaction', message, reaction });
}

/** The state of own messages: 1 server, 2 phone, 3 read. Never goes back; −1 is final. */
export function acks(world: World, message: MessageRecord, ack: number): void {
  if (message.ack === -1 || (ack !== -1 && ack <= message.ack)) return;
  message.ack = ack;
  world.tell({ type: 'change', message, only: ['ack'] });
}

/** Others read what the account wrote in that chat. */
export function reads(world: World, chat: string): void {
  for (const message of roomOf(world, chat).messages)
    if (writerOf(world, message) === 'me' && message.ack >= 1) acks(world, message, 3);
}
