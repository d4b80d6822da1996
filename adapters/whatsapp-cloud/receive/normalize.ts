/** One message of Meta's webhook in Chasqui's normal form. Its `wamid` is its identity, the same in every delivery. */
import type { AttachmentRef, InboundMessage } from '../../../src/contract/index.ts';
import { locationText } from '../../whatsapp/location.ts';
import { mediaTypeOf, nameOf } from '../../whatsapp/media-names.ts';
import { type CloudRoute, toAddress } from '../route.ts';
import type { WebhookMedia, WebhookMessage } from './payload.ts';

export type Normalized =
  | { kind: 'message'; message: InboundMessage }
  /** `text` null: deleted. */
  | { kind: 'amend'; id: string; text: string | null }
  | { kind: 'reaction'; id: string; emoji: string }
  /** A person sent something that is no use to us, and should be told. */
  | { kind: 'unsupported'; type: string }
  | { kind: 'ignore'; why: string };

/** Who wrote: names the person in the conversation's id, and the display name. */
export interface Writer {
  person: string;
  name?: string;
}

/** Notices, written by nobody. */
const NOTICES = new Set(['system', 'request_welcome', 'ephemeral']);

/** @param event a message of any shape, with an id; never throws */
export function normalize(event: WebhookMessage & { id: string }, phone: string, writer: Writer): Normalized {
  const { id, type = 'unknown' } = event;
  if (NOTICES.has(type)) return { kind: 'ignore', why: type };
  if (type === 'reaction') {
    const target = event.reaction?.message_id;
    if (!target) return { kind: 'ignore', why: 'incomplete' };
    return { kind: 'reaction', id: target, emoji: event.reaction?.emoji ?? '' };
  }
  const edited = event.edit?.original_message_id ?? event.revoke?.original_message_id;
  if (type === 'edit' || type === 'revoke') {
    if (!edited) return { kind: 'ignore', why: 'incomplete' };
    return { kind: 'amend', id: edited, text: type === 'revoke' ? null : textOf(event.edit?.message ?? {}) };
  }

  const text = textOf(event);
  const attachments = attachmentsOf(event);
  if (text.trim() === '' && event.audio?.voice) return { kind: 'unsupported', type: 'voice' };
  if (text.trim() === '' && attachments.length === 0) return { kind: 'unsupported', type };
  const route: CloudRoute = {
    phone,
    ...(event.from === undefined ? {} : { to: event.from }),
    ...(event.from_user_id === undefined ? {} : { user: event.from_user_id }),
    asked: id,
    // The answer to a button or a list always quotes it.
    ...(event.context?.id && type !== 'interactive' && type !== 'button' ? { quoted: event.context.id } : {}),
  };
  const sentAt = Number(event.timestamp) * 1_000;
  return {
    kind: 'message',
    message: {
      v: 1,
      id,
      author: { id: writer.person, ...(writer.name ? { name: writer.name } : {}) },
      text,
      attachments,
      sentAt: Number.isFinite(sentAt) ? sentAt : Date.now(),
      to: toAddress(route, writer.person),
    },
  };
}

function textOf(event: WebhookMessage): string {
  const { interactive, location } = event;
  const choice = interactive?.list_reply;
  return (
    event.text?.body ??
    event.button?.text ??
    interactive?.button_reply?.title ??
    (choice ? [choice.title, choice.description].filter(Boolean).join(': ') : undefined) ??
    event.image?.caption ??
    event.document?.caption ??
    event.video?.caption ??
    (location ? locationText(location) : '')
  );
}

function attachmentsOf(event: WebhookMessage): AttachmentRef[] {
  const kinds = ['image', 'document', 'audio', 'video'] as const;
  return kinds.flatMap((kind) => attachmentOf(kind, event[kind]));
}

function attachmentOf(kind: string, media: WebhookMedia | undefined): AttachmentRef[] {
  if (!media?.id) return [];
  const mediaType = mediaTypeOf(media.mime_type);
  const name = media.filename ?? nameOf(media.voice ? 'voice' : kind, mediaType);
  return [{ id: media.id, name, mediaType, ref: media.id }];
}
