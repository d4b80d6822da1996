/** Reactions: the table that the library watches, and what a message shows of them. */
import { attributesOf, Msgs, me, Reactions } from './collections.js';
import { Model } from './emitter.js';
import { createWid, MsgKey } from './wid.js';
import { wire } from './wire.js';

/** `bulkUpsert` is replaced by the library: it must be found again at each call. */
export const reactionTable = { reactionTableMode: { bulkUpsert: () => {} } };

/** A reaction that came; an empty text takes it back. `message` is the record of the message it belongs to. */
export function showReaction({ message, reaction }) {
  const parent = MsgKey.fromString(message.id);
  const sender = createWid(reaction.sender);
  const id = new MsgKey({
    fromMe: reaction.fromMe,
    remote: parent.remote,
    id: reaction.id,
    participant: parent.remote.isGroup() ? sender : undefined,
  });
  const msg = Msgs.get(message.id);
  msg?.set({ hasReaction: attributesOf(message).hasReaction });
  remember(message.id, { id, sender, reaction });
  reactionTable.reactionTableMode.bulkUpsert([
    {
      id,
      reactionParentKey: parent,
      reactionText: reaction.text,
      reactionTimestamp: reaction.t * 1000,
      from: sender,
      author: parent.remote.isGroup() ? sender : undefined,
      orphan: 0,
      orphanReason: null,
      read: false,
      ack: reaction.fromMe ? 1 : undefined,
    },
  ]);
}

function remember(messageId, { id, sender, reaction }) {
  const kept = Reactions.get(messageId) ?? Reactions.add(new Model({ id: messageId, senders: new Map() }));
  if (reaction.text) kept.senders.set(sender._serialized, { id, sender, reaction });
  else kept.senders.delete(sender._serialized);
  const groups = [];
  for (const {
    id: msgKey,
    sender: by,
    reaction: { text, t },
  } of kept.senders.values()) {
    const group = groups.find(({ aggregateEmoji }) => aggregateEmoji === text);
    const entry = { msgKey, senderUserJid: by._serialized, reactionText: text, timestamp: t * 1000, read: false };
    if (group) group.senders.push(entry);
    else
      groups.push({
        id: text,
        aggregateEmoji: text,
        hasReactionByMe: by.equals(me.pn) || by.equals(me.lid),
        senders: [entry],
      });
  }
  kept.reactions = { length: groups.length, serialize: () => groups };
}

export const sendReactionToMsg = (msg, text) => wire.ask('react', { id: msg.id._serialized, text: text ?? '' });
