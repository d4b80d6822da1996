/** Bytes of a file as text, whatever wrote them. */

/** How files begin that are no text though some bytes of them look like it: PDF, ZIP and Office, pictures, archives, programs. */
const SIGNATURES: readonly (readonly number[])[] = [
  [0x25, 0x50, 0x44, 0x46, 0x2d],
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x89, 0x50, 0x4e, 0x47],
  [0xff, 0xd8, 0xff],
  [0x47, 0x49, 0x46, 0x38],
  [0x1f, 0x8b],
  [0x52, 0x61, 0x72, 0x21],
  [0x37, 0x7a, 0xbc, 0xaf],
  [0x4f, 0x67, 0x67, 0x53],
  [0x49, 0x44, 0x33],
];

/** Control characters that text files hold: tab, line ends, form feed, backspace, escape (colours of a terminal). */
const TEXT_CONTROLS = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x1b]);
/** One control character in so many, and it is no text. */
const CHARS_PER_CONTROL = 50;
/** How much of a file tells what it is. */
const LOOKED_AT = 65_536;

/**
 * A byte order mark decides; UTF-16 without one is seen by its zeros; else UTF-8, and what is no valid UTF-8 is read as
 * Windows-1252, which Excel and older programs on Windows write.
 * @param bytes of the whole file or of its beginning: a character that is cut at the end is left out
 * @returns undefined when it is no text
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  if (SIGNATURES.some((signature) => signature.every((byte, at) => bytes[at] === byte))) return undefined;
  const text = withMark(bytes) ?? utf16(bytes) ?? eightBit(bytes);
  return text === undefined || looksBinary(text) ? undefined : text.replace(/^\ufeff/, '');
}

function withMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return decode('utf-8', bytes) ?? eightBit(bytes.subarray(3));
  if (first === 0xff && second === 0xfe) return decode('utf-16le', even(bytes));
  if (first === 0xfe && second === 0xff) return decode('utf-16be', even(bytes));
  return undefined;
}

/** Latin letters have a zero in every second byte. */
function utf16(bytes: Uint8Array): string | undefined {
  const looked = even(bytes.subarray(0, LOOKED_AT));
  if (looked.length < 4) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < looked.length; at++) if (looked[at] === 0) zeros[at % 2] = (zeros[at % 2] as number) + 1;
  const [high = 0, low = 0] = zeros;
  const most = looked.length / 2;
  if (low > most * 0.6 && high === 0) return decode('utf-16le', even(bytes));
  if (high > most * 0.6 && low === 0) return decode('utf-16be', even(bytes));
  return undefined;
}

function eightBit(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  return decode('utf-8', wholeUtf8(bytes)) ?? decode('windows-1252', bytes);
}

function decode(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // Told to the caller by the missing text.
    return undefined;
  }
}

const even = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - (bytes.length % 2));

/** Without a last character whose bytes are not all there. */
function wholeUtf8(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return wants > back && back > 0 ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

function looksBinary(text: string): boolean {
  const looked = Math.min(text.length, LOOKED_AT);
  let controls = 0;
  for (let at = 0; at < looked; at++) {
    const code = text.charCodeAt(at);
    if (code === 0) return true;
    if ((code < 0x20 && !TEXT_CONTROLS.has(code)) || (code >= 0x7f && code < 0xa0)) controls += 1;
  }
  return controls * CHARS_PER_CONTROL > looked;
}
