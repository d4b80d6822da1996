/**
 * Media: POST /{phone-number-id}/media, GET and DELETE /{media-id}, and the address that GET gives, which asks for the
 * token and is good for five minutes. Rules: "Media" (ids, addresses, errors when the address has expired).
 */
import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { Chats } from './chats.ts';
import type { Body, Settings } from './types.ts';
import { GraphRefusal } from './types.ts';

interface Stored {
  id: string;
  mediaType: string;
  bytes: Buffer;
}

/** A file of a form. */
export interface Upload {
  name: string;
  type: string;
  bytes: Buffer;
}

/** "Supported media types", documents: text/markdown is none of them. */
const DOCUMENTS = new Set([
  'text/plain',
  'application/pdf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
]);
const MAX_DOCUMENT_BYTES = 100 * 1_048_576;

const refused = (message: string): GraphRefusal => new GraphRefusal(400, 100, `${message}`);

export type Media = ReturnType<typeof createMedia>;

export function createMedia(deps: { chats: Chats; settings: Settings; origin: () => string }) {
  const stored = new Map<string, Stored>();
  const addresses = new Map<string, { media: Stored; until: number }>();

  function find(id: string): Stored {
    const media = stored.get(id);
    if (!media)
      throw new GraphRefusal(
        400,
        100,
        `Unsupported get request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions`,
      );
    return media;
  }

  return {
    has: (id: string): boolean => stored.has(id),
    textOf: (id: string): string => find(id).bytes.toString(),
    /** POST /{phone-number-id}/media, as multipart/form-data. */
    upload(body: Body): Body {
      const {
        messaging_product: product,
        type,
        file,
      } = body as { messaging_product?: string; type?: string; file?: Upload };
      if (product !== 'whatsapp') throw refused('The parameter messaging_product is required.');
      if (!file || typeof file !== 'object') throw refused('The parameter file is required.');
      const mediaType = type ?? file.type;
      if (!DOCUMENTS.has(mediaType) || file.type !== mediaType)
        throw refused(
          `Param file must be a file with one of the following types: ${[...DOCUMENTS].join(', ')}. Received file of type '${file.type}'.`,
        );
      if (file.bytes.length === 0 || file.bytes.length > MAX_DOCUMENT_BYTES)
        throw refused('The file is empty or too large.');
      return { id: this.store(mediaType, file.bytes).id };
    },
    store(
      mediaType: string,
      content: string | Buffer,
    ): { id: string; mediaType: string; sha256: string; size: number } {
      const bytes = Buffer.from(content);
      const media = { id: `1${String(randomInt(10 ** 12)).padStart(12, '0')}`, mediaType, bytes };
      stored.set(media.id, media);
      return { id: media.id, mediaType, sha256: digestOf(bytes), size: bytes.length };
    },
    /** GET /{media-id} */
    address(id: string): Body {
      const media = find(id);
      const mark = randomBytes(12).toString('hex');
      addresses.set(mark, { media, until: deps.chats.now() + deps.settings.mediaUrlMs });
      return {
        url: `${deps.origin()}/whatsapp_business/attachments/?mid=${id}&hash=${mark}`,
        mime_type: media.mediaType,
        sha256: digestOf(media.bytes),
        file_size: media.bytes.length,
        id,
        messaging_product: 'whatsapp',
      };
    },
    remove(id: string): Body {
      find(id);
      stored.delete(id);
      return { success: true };
    },
    /** The file behind an address; undefined when the address is unknown or too old. */
    open(mark: string): Stored | undefined {
      const address = addresses.get(mark);
      return address && address.until >= deps.chats.now() ? address.media : undefined;
    },
  };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
