/** What the page holds: contacts, chats and messages, made from the records that the double sends. */
import { Collection, Model } from './emitter.js';
import { createWid, MsgKey } from './wid.js';
import { wire } from './wire.js';

export const me = { pn: undefined, lid: undefined };

/** Phone ids by lid and lids by phone id, as far as this page has learned them. */
export const lids = { toPn: new Map(), toLid: new Map() };

export function learn({ lid, pn }) {
  if (!lid || !pn) return;
  lids.toPn.set(lid, createWid(pn));
  lids.toLid.set(pn, createWid(lid));
}

export class Contact extends Model {}

export class Msg extends Model {
  unsafe() {
    return this;
  }

  get isNotification() {
    return ['gp2', 'e2e_notification', 'notification_template'].includes(this.type);
  }

  get mediaObject() {
    return this.mediaData ? { contentInfo: {} } : undefined;
  }

  /** What a reply to this message carries of it. The quoted text travels without an id of its own. */
  msgContextInfo() {
    const { type, body, caption, mimetype, filename } = this;
    return {
      quotedMsg: JSON.parse(JSON.stringify({ type, body, caption, mimetype, filename })),
      quotedStanzaID: this.id.id,
      quotedParticipant: this.author ?? this.from,
    };
  }

  async downloadMedia() {
    this.set({ mediaData: { ...this.mediaData, mediaStage: 'FETCHING' } });
    const response = await fetch(this.directPath);
    this.set({ mediaData: { ...this.mediaData, mediaStage: response.ok ? 'RESOLVED' : 'ERROR_MISSING' } });
  }

  canReply() {
    return true;
  }

  updateAck(ack) {
    this.set({ ack });
  }
}

class GroupMetadata extends Model {
  serialize() {
    return { ...this, participants: this.participants.map((participant) => ({ ...participant })) };
  }
}

export class Chat extends Model {
  constructor(attributes) {
    super(attributes);
    Object.defineProperty(this, 'msgs', { value: new Collection({ modelClass: Msg }), enumerable: false });
  }

  serialize() {
    return { ...this, groupMetadata: undefined, msgs: this.msgs.getModelsArray().map((msg) => msg.id._serialized) };
  }

  get lastReceivedKey() {
    return this.msgs.getModelsArray().at(-1)?.id;
  }
}

export const Contacts = new Collection({
  modelClass: Contact,
  find: async (id) => addContact(await wire.ask('contact', { id: createWid(id)._serialized })),
});
export const Chats = new Collection({ modelClass: Chat, find: async (id) => findChat(createWid(id)) });
export const Newsletters = new Collection({ modelClass: Chat });
export const Msgs = new Collection({ modelClass: Msg });
export const Reactions = new Collection();
Reactions.find = async (id) => Reactions.get(id);

/** Messages that are not in memory are asked of the double. */
Msgs.getMessagesById = async (ids) => {
  const records = await wire.ask('messages', { ids: ids.map(String) });
  return { messages: records.map((record) => Msgs.get(record.id) ?? new Msg(attributesOf(record))) };
};
Msgs.search = async (query) => ({
  messages: Msgs.getModelsArray().filter((msg) => String(msg.body ?? '').includes(query)),
});

const WIDS = ['from', 'to', 'author', 'quotedParticipant'];

/** A message's record as attributes of a model. */
export function attributesOf({ id, mentionedJidList = [], recipients, ...record }) {
  const attributes = { ...record, id: MsgKey.fromString(id), mentionedJidList: mentionedJidList.map(createWid) };
  for (const name of WIDS) if (record[name]) attributes[name] = createWid(record[name]);
  if (recipients) attributes.recipients = recipients.map(createWid);
  for (const name of ['protocolMessageKey', 'latestEditMsgKey'])
    if (record[name]) attributes[name] = MsgKey.fromString(record[name]);
  return attributes;
}

export function addContact(record) {
  if (!record) return undefined;
  learn({ lid: record.id.endsWith('@lid') ? record.id : record.lid, pn: record.pn });
  const known = Contacts.get(record.id);
  const { pn, lid, ...rest } = record;
  const attributes = { ...rest, id: createWid(record.id) };
  if (record.id.endsWith('@lid') && pn) attributes.phoneNumber = createWid(pn);
  return known ? known.set(attributes) : Contacts.add(new Contact(attributes));
}

export function addChat(record, { silent = false } = {}) {
  const { group, newsletter, ...rest } = record;
  const attributes = { ...rest, id: createWid(record.id), mute: { expiration: 0 } };
  if (group)
    attributes.groupMetadata = new GroupMetadata({
      ...group,
      id: createWid(record.id),
      owner: group.owner ? createWid(group.owner) : undefined,
      participants: group.participants.map(({ id, ...role }) => ({ id: createWid(id), ...role })),
    });
  if (newsletter) attributes.newsletterMetadata = new Model(newsletter);
  const collection = record.id.endsWith('@newsletter') ? Newsletters : Chats;
  const known = collection.get(record.id);
  const { mute, ...updated } = attributes;
  return known ? known.set(updated, { silent }) : collection.add(new Chat(attributes), { silent });
}

/** A message in its chat; `isNewMsg` is what the library's events go by. Silent: no event at all. */
export function addMessage(record, { isNewMsg, silent = false }) {
  const known = Msgs.get(record.id);
  if (known) return known.set(attributesOf(record), { silent });
  const msg = new Msg({ ...attributesOf(record), isNewMsg });
  const chat = Chats.get(msg.id.remote) ?? Newsletters.get(msg.id.remote);
  chat?.msgs.add(msg, { silent: true });
  return Msgs.add(msg, { silent });
}

/** The chat with an address; one by phone id leads to the chat by lid when that is the one in use. */
export async function findChat(wid) {
  const known = Chats.get(wid);
  if (known) return known;
  const record = await wire.ask('chat', { id: wid._serialized });
  return Chats.get(record.id) ?? addChat(record);
}

/** Earlier messages of a chat, put in front of those in memory; an empty list at the beginning of the chat. */
export async function loadEarlierMsgs({ chat }) {
  const first = chat.msgs.getModelsArray()[0];
  const records = await wire.ask('earlier', { chat: chat.id._serialized, before: first?.id._serialized });
  const loaded = records.map((record) => new Msg({ ...attributesOf(record), isNewMsg: false }));
  chat.msgs.prepend(loaded);
  for (const msg of loaded) Msgs.add(msg, { silent: true });
  return loaded;
}

export function forgetAll() {
  for (const collection of [Contacts, Chats, Newsletters, Msgs, Reactions]) collection.clear();
}
