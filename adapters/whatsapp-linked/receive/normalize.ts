/** A message of the linked account in Chasqui's normal form: which are for us, and what they say. */
import type { Address, AttachmentRef, InboundMessage } from '../../../src/contract/index.ts';
import { locationText } from '../../whatsapp/location.ts';
import { mediaTypeOf, nameOf } from '../../whatsapp/media-names.ts';
import { chatOf, type LinkedMessage, personOf, rawOf } from '../message.ts';
import { type LinkedRoute, toAddress } from '../route.ts';

export interface NormalizeSettings {
  /** In groups, what begins with this is for us too. */
  groupPrefix: string | undefined;
}

export type Normalized =
  | { kind: 'message'; message: InboundMessage }
  /** A person sent something that is no use to us, and should be told. */
  | { kind: 'unsupported'; type: string; id: string; to: Address }
  | { kind: 'ignore'; why: string };

/** Types that carry what a person says; what is not named here or below is a notice, written by nobody. */
const SPOKEN = new Set([
  'chat',
  'image',
  'video',
  'ptv',
  'audio',
  'ptt',
  'document',
  'location',
  'buttons_response',
  'list_response',
  'template_button_reply',
]);
/** What people send and the assistant cannot read. `unknown`: a kind that is newer than the page. */
const SENT = new Set([
  'sticker',
  'sticker-pack',
  'poll_creation',
  'event_creation',
  'scheduled_event_creation',
  'vcard',
  'multi_vcard',
  'groups_v4_invite',
  'product',
  'order',
  'payment',
  'oversized',
  'unknown',
]);
/** A picture that may be seen once is shown by the phone alone; linked devices get this in its place, for good. */
const VIEW_ONCE = 'view_once_unavailable_fanout';
const QUOTE_CHARS = 600;
/** A picture's body is its preview, without spaces. */
const PREVIEW = /^[\w+/=]{200,}$/;
const KINDS: Record<string, string> = { ptt: 'voice', ptv: 'video' };

const ignore = (why: string): Normalized => ({ kind: 'ignore', why });

/**
 * @param message any message of the library's; never throws
 * @param me our own ids: by phone number, and by lid
 */
export function normalize(message: LinkedMessage, me: readonly string[], settings: NormalizeSettings): Normalized {
  const chat = chatOf(message);
  const id = message.id._serialized;
  if (!chat || !id) return ignore('incomplete');
  if (message.fromMe || message.id.fromMe) return ignore('our own');
  if (message.isStatus || message.broadcast || !/@(c\.us|lid|g\.us)$/.test(chat)) return ignore('status or channel');
  const type = typeOf(message);
  if (!SPOKEN.has(type) && !SENT.has(type)) return ignore(`type ${type}`);

  const group = chat.endsWith('@g.us');
  if (group && !isForUs(message, me, settings)) return ignore('not addressed to us');
  const raw = rawOf(message);
  const author = (group ? message.author : undefined) ?? message.from ?? chat;
  const sentAt = (message.timestamp ?? Math.floor(Date.now() / 1_000)) * 1_000;
  const to = toAddress({ chat, group, asked: id, askedAt: sentAt, ...quotedBy(message, me, { chat, group }) });
  if (SENT.has(type)) return { kind: 'unsupported', type, id, to };
  const text = textOf(message, me, settings);
  const attachments = attachmentsOf(message);
  if (type === 'ptt' && text === '') return { kind: 'unsupported', type, id, to };
  if (text === '' && attachments.length === 0 && type !== 'chat') return { kind: 'unsupported', type, id, to };
  if (text === '' && attachments.length === 0 && !group) return ignore('empty');
  return {
    kind: 'message',
    message: {
      v: 1,
      id,
      author: { id: author, ...(raw.notifyName ? { name: raw.notifyName } : {}) },
      text,
      attachments,
      sentAt,
      to,
      ...(group ? { channel: chat } : {}),
    },
  };
}

function typeOf(message: LinkedMessage): string {
  const { type = '' } = message;
  return type === 'ciphertext' && rawOf(message).subtype === VIEW_ONCE ? 'unknown' : type;
}

/** In groups: a mention, a reply to us, or the prefix. */
function isForUs(message: LinkedMessage, me: readonly string[], { groupPrefix }: NormalizeSettings): boolean {
  if ((message.mentionedIds ?? []).some((id) => isMe(personOf(id), me))) return true;
  if (isMe(personOf(rawOf(message).quotedParticipant), me)) return true;
  return groupPrefix !== undefined && startsWith(message.body ?? '', groupPrefix);
}

function isMe(person: string, me: readonly string[]): boolean {
  return person !== '' && me.some((id) => personOf(id) === person);
}

/** What a person said: our own mention at the head or the end, and the prefix, only say whom it is for. */
export function textOf(
  message: Pick<LinkedMessage, 'body' | 'location'>,
  me: readonly string[],
  { groupPrefix }: NormalizeSettings,
): string {
  if (message.location) return locationText(message.location);
  const mention = `@(?:${me.map((id) => personOf(id).split('@')[0]).join('|')})(?!\\d)`;
  const text = (message.body ?? '').trim().replace(new RegExp(`^(?:${mention}[\\s,:]*)+|\\s*${mention}\\s*$`, 'g'), '');
  const said =
    groupPrefix && startsWith(text, groupPrefix) ? text.slice(groupPrefix.length).replace(/^[\s,:]+/, '') : text;
  return said.trim();
}

function startsWith(text: string, prefix: string): boolean {
  return text.trimStart().toLowerCase().startsWith(prefix.toLowerCase());
}

/** What it replies to, and the file there. The page has the other message's id in parts. */
function quotedBy(
  message: LinkedMessage,
  me: readonly string[],
  { chat, group }: { chat: string; group: boolean },
): Pick<LinkedRoute, 'quote' | 'quotedFile'> {
  const { quotedMsg, quotedStanzaID: stanza, quotedParticipant } = rawOf(message);
  if (!quotedMsg) return {};
  const { type = '', mimetype, filename, caption, body } = quotedMsg;
  // A file's body is its preview.
  const text = caption ?? (mimetype ? undefined : body);
  const quote =
    typeof text === 'string' && !PREVIEW.test(text) ? Array.from(text.trim()).slice(0, QUOTE_CHARS).join('') : '';
  if (!mimetype) return quote ? { quote } : {};
  const mediaType = mediaTypeOf(mimetype);
  const writer = personOf(quotedParticipant);
  const id = [String(isMe(writer, me)), chat, stanza ?? '', ...(group ? [writer] : [])].join('_');
  const name = filename ?? nameOf(KINDS[type] ?? type, mediaType);
  return { ...(quote ? { quote } : {}), quotedFile: { id, name, mediaType, ref: id } };
}

function attachmentsOf(message: LinkedMessage): AttachmentRef[] {
  const id = message.id._serialized as string;
  if (!message.hasMedia) return [];
  const { filename, mimetype, size } = rawOf(message);
  const mediaType = mediaTypeOf(mimetype);
  const kind = message.type ?? '';
  return [
    {
      id,
      name: filename ?? nameOf(KINDS[kind] ?? kind, mediaType),
      mediaType,
      ...(typeof size === 'number' ? { size } : {}),
      ref: id,
    },
  ];
}
