/** What the library does to messages: send, edit, delete, and what may be done to which. */
import { addMessage, Chats, Msgs } from './collections.js';
import { wire } from './wire.js';

/** A sent message can be edited for 15 minutes (WhatsApp Help Center, "How to edit messages"). */
const EDIT_WINDOW_S = 15 * 60;
/** And deleted for everyone for about two days ("How to delete messages": 60 hours). */
const REVOKE_WINDOW_S = 60 * 3600;

const young = (msg, seconds) => Date.now() / 1000 - msg.t < seconds;
const own = (msg) => msg.id.fromMe && msg.type !== 'revoked';

export const capability = {
  canEditText: (msg) => own(msg) && msg.type === 'chat' && young(msg, EDIT_WINDOW_S),
  canEditCaption: (msg) => own(msg) && ['image', 'video', 'document'].includes(msg.type) && young(msg, EDIT_WINDOW_S),
  canSenderRevokeMsg: (msg) => own(msg) && young(msg, REVOKE_WINDOW_S),
  canAdminRevokeMsg: () => false,
  canStarMsg: () => true,
};

const KEPT = ['type', 'body', 't', 'caption', 'mimetype', 'filename', 'size', 'filehash', 'directPath', 'duration'];

/**
 * [the message is in the chat, the server has it]. It is added (and heard of) before the double has it.
 * @returns {[Promise<void>, Promise<{ messageSendResult: string }>]}
 */
export function addAndSendMsgToChat(chat, message) {
  const record = { id: message.id._serialized, from: String(message.from), to: String(message.to), ack: 0 };
  for (const name of KEPT) if (message[name] !== undefined) record[name] = message[name];
  if (message.id.participant) record.author = String(message.id.participant);
  record.mentionedJidList = (message.mentionedJidList ?? []).map(String);
  if (message.quotedStanzaID)
    Object.assign(record, {
      quotedMsg: message.quotedMsg,
      quotedStanzaID: message.quotedStanzaID,
      quotedParticipant: String(message.quotedParticipant),
    });
  if (record.directPath) record.mediaData = { type: record.type, mediaStage: 'RESOLVED' };
  addMessage(record, { isNewMsg: true });
  chat.set({ unreadCount: 0, t: record.t });
  const stored = wire.ask('send', { message: record });
  return [stored, stored.then(() => ({ messageSendResult: 'OK', t: record.t }))];
}

/** @throws when the double refuses: too old, deleted, not one's own */
export async function sendMessageEdit(msg, content, options = {}) {
  await wire.ask('edit', {
    id: msg.id._serialized,
    text: content,
    mentions: (options.mentionedJidList ?? []).map(String),
  });
}

/** Both forms of the command's arguments are the library's: a list before version 2.3000, an object since. */
const listOf = (messages) => (Array.isArray(messages) ? messages : messages.list);

export const sendRevokeMsgs = (_chat, messages) =>
  wire.ask('revoke', { ids: listOf(messages).map((msg) => msg.id._serialized) });

export const sendDeleteMsgs = (_chat, messages) =>
  wire.ask('forget', { ids: listOf(messages).map((msg) => msg.id._serialized) });

/** Since a page of January 2026 this failed for the library's callers; the double has it as a fault. */
export async function sendSeen({ chat }) {
  await wire.ask('seen', { chat: chat.id._serialized });
  chat.set({ unreadCount: 0 });
}

export const chatState = (state) => (id) => wire.ask('typing', { chat: id._serialized, state });

/** The quoted message itself when the page has it, else what travelled with the quoting one. */
export function getQuotedMsgObj(msg) {
  const inChat = Chats.get(msg.id.remote)?.msgs.getModelsArray() ?? [];
  const whole = inChat.find(({ id }) => id.id === msg.quotedStanzaID);
  if (whole) return whole;
  const fromMe = msg.quotedFromMe === true;
  const parts = [fromMe, msg.id.remote, msg.quotedStanzaID];
  if (msg.id.remote.isGroup()) parts.push(msg.quotedParticipant);
  const id = { fromMe, remote: msg.id.remote, id: msg.quotedStanzaID, _serialized: parts.join('_') };
  return new Msgs.modelClass({ ...msg.quotedMsg, id, from: msg.quotedParticipant, author: msg.quotedParticipant });
}
