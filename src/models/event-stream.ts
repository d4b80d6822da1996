/** AWS's binary event stream: "Amazon event stream encoding" (application/vnd.amazon.eventstream). Numbers are big-endian. */
import { crc32 } from 'node:zlib';

/** Lengths of the whole and of the headers, and their checksum. */
const PRELUDE = 12;
const CHECKSUM = 4;
/** AWS allows 24 MB; an event of an answer is a few tokens. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface Frame {
  /** Those that are texts: `:message-type`, `:event-type`, `:exception-type`, … */
  headers: Readonly<Record<string, string>>;
  payload: Buffer;
  /** The frame as it came. */
  bytes: Buffer;
}

export interface FrameReader {
  /**
   * @param bytes the next piece of the body, cut anywhere
   * @throws RangeError when it is no event stream, or a checksum is wrong
   */
  push(bytes: Uint8Array): Frame[];
  /** A frame has begun and not ended. */
  readonly open: boolean;
}

export function createFrameReader(): FrameReader {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      const frames: Frame[] = [];
      rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      // The prelude is checked before its length is believed, or a page would be waited for to its four billionth byte.
      while (rest.length >= PRELUDE) {
        const length = lengthOf(rest);
        if (rest.length < length) break;
        frames.push(readFrame(rest.subarray(0, length)));
        rest = rest.subarray(length);
      }
      return frames;
    },
    get open() {
      return rest.length > 0;
    },
  };
}

function lengthOf(bytes: Buffer): number {
  const length = bytes.readUInt32BE(0);
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) throw new RangeError('a wrong checksum of the prelude');
  if (length > MOST_BYTES || length < PRELUDE + bytes.readUInt32BE(4) + CHECKSUM)
    throw new RangeError(`a frame of ${length} bytes`);
  return length;
}

function readFrame(bytes: Buffer): Frame {
  const end = bytes.length - CHECKSUM;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw new RangeError('a wrong checksum');
  const headersEnd = PRELUDE + bytes.readUInt32BE(4);
  return { headers: readHeaders(bytes.subarray(PRELUDE, headersEnd)), payload: bytes.subarray(headersEnd, end), bytes };
}

/** Bytes of each type's value: true, false, byte, short, integer, long, (bytes, text,) timestamp, UUID. */
const SIZES = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];
const TEXT = 7;

function readHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const type = bytes.readUInt8(nameEnd);
    const fixed = SIZES[type];
    if (type >= SIZES.length) throw new RangeError(`a header of type ${type}`);
    const from = nameEnd + (fixed === undefined ? 3 : 1);
    const to = from + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (to > bytes.length) throw new RangeError('a header that is longer than all of them');
    if (type === TEXT) headers[bytes.toString('utf8', at + 1, nameEnd)] = bytes.toString('utf8', from, to);
    at = to;
  }
  return headers;
}
