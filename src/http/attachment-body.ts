import { type AttachmentRef, SendError } from '../contract/index.ts';

/** What a download ends with when the file has more bytes than may be read. */
export function tooLarge(file: AttachmentRef, limit: number): SendError {
  return new SendError('too-large', 'file_too_large', `${file.name} has more than ${limit} bytes`);
}

/** A response's bytes, read no further than `limit`: what a platform says of a file's size may be wrong. @throws SendError `too-large` */
export async function readAttachment(response: Response, file: AttachmentRef, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(file, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
