/**
 * QR codes (ISO/IEC 18004), as much of them as WhatsApp's code needs: bytes, error correction level L, versions 1 to 20.
 */

import { generatorOf, remainder } from './qr-correction.ts';

/** By version, from 1: codewords of error correction in a block, and blocks (ISO/IEC 18004, table 9, level L). */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];
const LEVEL_L = 1;
const BYTE_MODE = 4;
const FORMAT_GENERATOR = 0x537;
const FORMAT_MASK = 0x5412;
const VERSION_GENERATOR = 0x1f25;

type Matrix = boolean[][];

/**
 * @returns rows of modules, true is dark, without the quiet zone
 * @throws RangeError when the text has more bytes than version 20 holds (858)
 */
export function qrMatrix(text: string): Matrix {
  const data = [...new TextEncoder().encode(text)];
  const version = versionFor(data.length);
  const codewords = interleave(dataCodewords(data, version), version);
  const { modules, fixed } = frame(version);
  place(codewords, modules, fixed);
  const masked = MASKS.map((_, mask) => withMask(modules, fixed, mask));
  return masked.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

const lengthBits = (version: number): number => (version < 10 ? 8 : 16);
const sizeOf = (version: number): number => version * 4 + 17;

/** Modules that hold data or error correction. */
function rawBits(version: number): number {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const alignments = Math.floor(version / 7) + 2;
    bits -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) bits -= 36;
  }
  return bits;
}

function capacity(version: number): number {
  return Math.floor(rawBits(version) / 8) - (CORRECTION[version - 1] as number) * (BLOCKS[version - 1] as number);
}

function versionFor(bytes: number): number {
  for (let version = 1; version <= BLOCKS.length; version++)
    if (4 + lengthBits(version) + bytes * 8 <= capacity(version) * 8) return version;
  throw new RangeError(`${bytes} bytes are too many for a QR code here`);
}

function dataCodewords(data: readonly number[], version: number): number[] {
  const total = capacity(version) * 8;
  let bits =
    binary(BYTE_MODE, 4) + binary(data.length, lengthBits(version)) + data.map((byte) => binary(byte, 8)).join('');
  bits += '0'.repeat(Math.min(4, total - bits.length));
  bits += '0'.repeat((8 - (bits.length % 8)) % 8);
  const words = (bits.match(/.{8}/g) ?? []).map((word) => Number.parseInt(word, 2));
  for (let pad = 0xec; words.length < total / 8; pad ^= 0xec ^ 0x11) words.push(pad);
  return words;
}

const binary = (value: number, length: number): string => value.toString(2).padStart(length, '0');

/** Splits into blocks, adds each one's error correction, and takes from all in turn. */
function interleave(data: readonly number[], version: number): number[] {
  const count = BLOCKS[version - 1] as number;
  const correction = CORRECTION[version - 1] as number;
  const raw = Math.floor(rawBits(version) / 8);
  const shortBlocks = count - (raw % count);
  const shortLength = Math.floor(raw / count) - correction;
  const generator = generatorOf(correction);
  const blocks: { data: number[]; correction: number[] }[] = [];
  for (let n = 0, at = 0; n < count; n++) {
    const length = shortLength + (n < shortBlocks ? 0 : 1);
    const block = data.slice(at, at + length);
    at += length;
    blocks.push({ data: block, correction: remainder(block, generator) });
  }
  const result: number[] = [];
  for (let n = 0; n <= shortLength; n++)
    for (const block of blocks) if (n < block.data.length) result.push(block.data[n] as number);
  for (let n = 0; n < correction; n++) for (const block of blocks) result.push(block.correction[n] as number);
  return result;
}

/** The patterns that every code of this version has; `fixed` marks what is no data. */
function frame(version: number): { modules: Matrix; fixed: Matrix } {
  const size = sizeOf(version);
  const empty = (): Matrix => Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const modules = empty();
  const fixed = empty();
  const set = (x: number, y: number, dark: boolean): void => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    (modules[y] as boolean[])[x] = dark;
    (fixed[y] as boolean[])[x] = true;
  };

  for (let n = 0; n < size; n++) {
    set(6, n, n % 2 === 0);
    set(n, 6, n % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(4, (dx, dy, ring) => set(cx + dx, cy + dy, ring !== 2 && ring !== 4));
  const centers = alignmentsOf(version);
  const last = centers.at(-1);
  for (const x of centers)
    for (const y of centers)
      if (!((x === 6 && (y === 6 || y === last)) || (x === last && y === 6)))
        square(2, (dx, dy, ring) => set(x + dx, y + dy, ring !== 1));
  drawFormat(set, size, 0);
  if (version >= 7) drawVersion(set, size, version);
  return { modules, fixed };
}

function square(radius: number, draw: (dx: number, dy: number, ring: number) => void): void {
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) draw(dx, dy, Math.max(Math.abs(dx), Math.abs(dy)));
}

function alignmentsOf(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const rest = Array.from({ length: count - 1 }, (_, n) => sizeOf(version) - 7 - n * step);
  return [6, ...rest.reverse()];
}

type Set = (x: number, y: number, dark: boolean) => void;

/** Level and mask, twice, each with its own error correction. */
function drawFormat(set: Set, size: number, mask: number): void {
  const data = (LEVEL_L << 3) | mask;
  const bits = ((data << 10) | modulo(data << 10, FORMAT_GENERATOR, 10)) ^ FORMAT_MASK;
  const bit = (n: number): boolean => ((bits >>> n) & 1) === 1;
  for (let n = 0; n <= 5; n++) set(8, n, bit(n));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let n = 9; n < 15; n++) set(14 - n, 8, bit(n));
  for (let n = 0; n < 8; n++) set(size - 1 - n, 8, bit(n));
  for (let n = 8; n < 15; n++) set(8, size - 15 + n, bit(n));
  set(8, size - 8, true);
}

function drawVersion(set: Set, size: number, version: number): void {
  const bits = (version << 12) | modulo(version << 12, VERSION_GENERATOR, 12);
  for (let n = 0; n < 18; n++) {
    const dark = ((bits >>> n) & 1) === 1;
    const [a, b] = [size - 11 + (n % 3), Math.floor(n / 3)];
    set(a, b, dark);
    set(b, a, dark);
  }
}

/** Remainder of a polynomial over GF(2). */
function modulo(value: number, generator: number, degree: number): number {
  let rest = value;
  for (let bit = 31 - Math.clz32(rest); bit >= degree; bit = 31 - Math.clz32(rest)) rest ^= generator << (bit - degree);
  return rest;
}

/** Two columns at a time, up and down, from the right. */
function place(codewords: readonly number[], modules: Matrix, fixed: Matrix): void {
  const size = modules.length;
  let n = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (fixed[y]?.[x] || n >= codewords.length * 8) continue;
        (modules[y] as boolean[])[x] = (((codewords[n >>> 3] as number) >>> (7 - (n & 7))) & 1) === 1;
        n += 1;
      }
  }
}

const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

function withMask(modules: Matrix, fixed: Matrix, mask: number): Matrix {
  const inverts = MASKS[mask] as (x: number, y: number) => boolean;
  const result = modules.map((row, y) => row.map((dark, x) => (fixed[y]?.[x] ? dark : dark !== inverts(x, y))));
  drawFormat(
    (x, y, dark) => {
      (result[y] as boolean[])[x] = dark;
    },
    modules.length,
    mask,
  );
  return result;
}

/** How hard a code is to read: long runs, blocks, what looks like a corner, too much of one colour. */
function penalty(modules: Matrix): number {
  const size = modules.length;
  const columns = modules.map((_, x) => modules.map((row) => row[x] as boolean));
  let sum = 0;
  for (const line of [...modules, ...columns].map((cells) => cells.map(Number).join(''))) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    sum += (`0000${line}0000`.match(/(?=00001011101|10111010000)/g) ?? []).length * 40;
  }
  for (let y = 1; y < size; y++)
    for (let x = 1; x < size; x++) {
      const dark = modules[y]?.[x];
      if (dark === modules[y]?.[x - 1] && dark === modules[y - 1]?.[x] && dark === modules[y - 1]?.[x - 1]) sum += 3;
    }
  const share = modules.flat().filter(Boolean).length / (size * size);
  return sum + Math.floor(Math.abs(share * 20 - 10)) * 10;
}
