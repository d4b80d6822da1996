/** What a message holds beside its words: names, files, polls, places. */
import type { AttachmentRef } from '../../../src/contract/index.ts';
import type { Content, Origin, User } from '../types.ts';

const FILE_NAMES = { photo: 'photo.jpg', video: 'video.mp4', audio: 'audio.mp3', animation: 'animation.mp4' };

export function nameOf({ first_name, last_name }: User): string {
  return [first_name, last_name].filter(Boolean).join(' ');
}

/** Who wrote it first, of a forward or of another chat's message. */
export function originName({ sender_user, sender_user_name, sender_chat, chat }: Origin): string | undefined {
  return sender_user ? nameOf(sender_user) : (sender_user_name ?? (sender_chat ?? chat)?.title);
}

/** A poll's question and choices, and a place, beside the words. */
export function said(words: string, { poll, venue, location }: Content): string {
  const place = venue ?? (location && { location, title: '', address: '' });
  return [
    words,
    poll ? [`[poll: ${poll.question}]`, ...poll.options.map(({ text }) => `- ${text}`)].join('\n') : '',
    place ? `[location: ${[place.title, place.address, coordinates(place)].filter(Boolean).join('; ')}]` : '',
  ]
    .filter(Boolean)
    .join('\n');
}

function coordinates({ location: { latitude, longitude } }: NonNullable<Content['venue']>): string {
  return `${latitude}, ${longitude}`;
}

/** Files and pictures; of a picture the largest. A voice note without words is no use to anybody. */
export function attachmentsOf(content: Content & { caption?: string }): AttachmentRef[] {
  const { document, photo, video, audio, animation, voice, caption } = content;
  const files: [File: typeof document, name: string, type: string][] = [
    // An animation comes as a document as well.
    [document, 'file', 'application/octet-stream'],
    [photo?.at(-1), FILE_NAMES.photo, 'image/jpeg'],
    [video, FILE_NAMES.video, 'video/mp4'],
    [audio, FILE_NAMES.audio, 'audio/mpeg'],
    [document ? undefined : animation, FILE_NAMES.animation, 'video/mp4'],
    [caption ? voice : undefined, 'voice note.ogg', 'audio/ogg'],
  ];
  return files.flatMap(([file, name, type]) => {
    if (!file) return [];
    const { file_name, file_unique_id: id, file_id: ref, file_size: size, mime_type } = file;
    return [
      { id, name: file_name ?? name, mediaType: mime_type ?? type, ref, ...(size === undefined ? {} : { size }) },
    ];
  });
}
