/**
 * POST /{phone-number-id}/messages: texts, replies to buttons and lists, read marks with the typing indicator.
 * Rules: "Messages API reference", "Text messages" (4,096 characters), "Typing indicators", "Mark messages as read",
 * "Contextual replies", "Business-scoped user IDs" (`recipient`; `to` takes precedence).
 * Assumed: Graph counts characters as UTF-16 units; an unknown number is accepted and fails later by a status.
 */
import type { Chats } from './chats.ts';
import type { Media } from './media.ts';
import type { Body, ChatMessage, Person } from './types.ts';
import { GraphRefusal } from './types.ts';

const MAX_TEXT = 4_096;
const MAX_CALLBACK = 512;
const MAX_CAPTION = 1_024;
/** Kinds that need no template; only these are modelled. */
const MODELLED = new Set(['text', 'interactive', 'document']);

export interface Sending {
  reply: Body;
  /** What was sent, where something was. */
  message?: ChatMessage;
  callback?: string;
  person?: Person;
}

const invalid = (details: string, code = 100): GraphRefusal =>
  new GraphRefusal(400, code, code === 100 ? 'Invalid parameter' : 'Parameter value is not valid', details);

/** Which kind of call a body is, for faults and the list of calls. */
export function kindOf(body: Body): 'read' | 'messages' {
  return body.status === undefined ? 'messages' : 'read';
}

/** @throws GraphRefusal */
export function send(chats: Chats, typing: Map<string, number>, body: Body, media: Media): Sending {
  if (body.messaging_product !== 'whatsapp') throw invalid('The parameter messaging_product is required.');
  return body.status === undefined ? sendMessage(chats, typing, body, media) : markRead(chats, typing, body);
}

function markRead(chats: Chats, typing: Map<string, number>, body: Body): Sending {
  if (body.status !== 'read') throw invalid('Param status must be one of {READ}');
  const message = chats.messages.find((one) => one.id === body.message_id && one.from === 'person');
  if (!message) throw invalid('Message with this message_id does not exist.', 131009);
  const indicator = body.typing_indicator as { type?: unknown } | undefined;
  if (indicator !== undefined && indicator.type !== 'text')
    throw invalid('Param typing_indicator.type must be one of {text}');
  if (indicator) typing.set(message.person, chats.now() + 25_000);
  return { reply: { success: true } };
}

function sendMessage(chats: Chats, typing: Map<string, number>, body: Body, media: Media): Sending {
  const { to, recipient, recipient_type: kind = 'individual', type = 'text', context } = body;
  if (kind !== 'individual') throw invalid('recipient_type must be individual');
  if (typeof (to ?? recipient) !== 'string' || (to ?? recipient) === '')
    throw new GraphRefusal(400, 131008, 'Required parameter is missing', "Missing field 'to'.");
  if (typeof type !== 'string' || !MODELLED.has(type)) throw invalid(`type ${String(type)} is not modelled here`);
  const callback = body.biz_opaque_callback_data;
  if (callback !== undefined && (typeof callback !== 'string' || callback.length > MAX_CALLBACK))
    throw invalid(`biz_opaque_callback_data must be a string of at most ${MAX_CALLBACK} characters`);
  const file = type === 'document' ? documentOf(body, media) : undefined;
  const text = file ? file.caption : textOf(body, type);
  const quotes = quoted(chats, context);
  const person = chats.find(typeof to === 'string' ? { waId: to.replace(/^\+/, '') } : { userId: String(recipient) });
  if (!person)
    throw new GraphRefusal(
      400,
      131030,
      'Recipient phone number not in allowed list',
      'Add it to the recipient list and try again.',
    );
  const message = chats.said(person, { type, text, quotes, ...(file ? { file: file.text } : {}) });
  typing.delete(person.waId);
  const contact =
    typeof to === 'string' ? { input: to, wa_id: person.waId } : { input: String(recipient), user_id: person.userId };
  return {
    reply: { messaging_product: 'whatsapp', contacts: [contact], messages: [{ id: message.id }] },
    message,
    person,
    ...(callback === undefined ? {} : { callback: callback as string }),
  };
}

function textOf(body: Body, type: string): string {
  if (type !== 'text') return JSON.stringify(body[type] ?? {});
  const text = (body.text as { body?: unknown } | undefined)?.body;
  if (typeof text !== 'string' || text.trim() === '')
    throw new GraphRefusal(400, 131008, 'Required parameter is missing', "Missing field 'text.body'.");
  if (text.length > MAX_TEXT) throw invalid(`Param text['body'] must be at most ${MAX_TEXT} characters long.`);
  return text;
}

/** "Document messages": by the id of an upload; a caption of at most 1,024 characters. */
function documentOf(body: Body, media: Media): { caption: string; text: string } {
  const {
    id,
    caption = '',
    filename,
  } = (body.document ?? {}) as { id?: unknown; caption?: string; filename?: unknown };
  if (typeof id !== 'string' || !media.has(id)) throw invalid(`Media id ${String(id)} does not exist`, 131009);
  if (caption.length > MAX_CAPTION)
    throw invalid(`Param document['caption'] must be at most ${MAX_CAPTION} characters long.`);
  if (filename !== undefined && typeof filename !== 'string') throw invalid('Param filename must be a string');
  return { caption, text: media.textOf(id) };
}

function quoted(chats: Chats, context: unknown): string | undefined {
  if (context === undefined) return undefined;
  const id = (context as { message_id?: unknown }).message_id;
  if (typeof id !== 'string' || !chats.messages.some((message) => message.id === id))
    throw invalid('context.message_id is not a message of this chat.', 131009);
  return id;
}
