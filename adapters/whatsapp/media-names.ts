/** What a file without a name is called; the model sees nothing else of it. */
const KINDS: Record<string, string> = {
  image: 'picture',
  video: 'video',
  audio: 'audio',
  voice: 'voice note',
  sticker: 'sticker',
  document: 'document',
};
const ENDINGS: Record<string, string> = { jpeg: 'jpg', mpeg: 'mp3', plain: 'txt', quicktime: 'mov' };

/** `audio/ogg; codecs=opus` without its parameters. */
export function mediaTypeOf(type: string | undefined): string {
  return type?.split(';', 1)[0]?.trim().toLowerCase() || 'application/octet-stream';
}

/** @returns e.g. `voice note.ogg` */
export function nameOf(kind: string, mediaType: string): string {
  const [, subtype = ''] = mediaType.split('/');
  const ending = ENDINGS[subtype] ?? subtype;
  const name = KINDS[kind] ?? 'file';
  return /^[a-z0-9]{2,5}$/.test(ending) ? `${name}.${ending}` : name;
}
