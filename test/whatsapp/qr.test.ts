/** A code that a phone cannot read locks everybody out: its shape is held fast here. */
import { expect, test } from 'vitest';
import { qrMatrix, qrSvg, qrText } from '../../adapters/whatsapp-linked/code/qr.ts';

/** 2@…, four keys, a number: what WhatsApp Web shows. */
const LINK = `2@${'aB3+/'.repeat(30)},${'k'.repeat(43)}=,${'i'.repeat(43)}=,${'s'.repeat(43)}=,1`;

test('the three corners, the timing lines and a known size are where a reader looks for them', async () => {
  for (const [text, version] of [
    ['x', 1],
    ['x'.repeat(17), 1],
    ['x'.repeat(18), 2],
    [LINK, 11],
    ['x'.repeat(858), 20],
  ] as const) {
    const modules = await qrMatrix(text);
    const size = version * 4 + 17;
    expect(modules.length).toBe(size);
    const corner = (x: number, y: number) =>
      Array.from({ length: 7 }, (_, dy) =>
        Array.from({ length: 7 }, (__, dx) => (modules[y + dy]?.[x + dx] ? '#' : '.')).join(''),
      );
    const finder = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
    for (const [x, y] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const)
      expect(corner(x, y)).toEqual(finder);
    for (let n = 8; n < size - 8; n++) expect([modules[6]?.[n], modules[n]?.[6]]).toEqual([n % 2 === 0, n % 2 === 0]);
  }
  await expect(qrMatrix('x'.repeat(2_954))).rejects.toThrow('too big to be stored in a QR Code');
});

// Read by jsQR, an independent reader, when it was written; so were codes of every version.
test('a code that was seen to be read stays as it is', async () => {
  const modules = await qrMatrix('2@chasqui');
  expect(modules.map((row) => row.map((dark) => (dark ? '1' : '0')).join(''))).toMatchInlineSnapshot(`
    [
      "111111100011101111111",
      "100000101110101000001",
      "101110100011101011101",
      "101110101100101011101",
      "101110100100101011101",
      "100000101001001000001",
      "111111101010101111111",
      "000000000100000000000",
      "111110111001010101010",
      "000100011011110010100",
      "010001100110110000110",
      "101011001101110001101",
      "101101110000101100000",
      "000000001010101010111",
      "111111101011010001000",
      "100000100100000011110",
      "101110101111000100001",
      "101110101011111010000",
      "101110101110101000100",
      "100000101001111001100",
      "111111101110100100010",
    ]
  `);
});

test('it is drawn dark on light with a margin, two rows in a line of text', async () => {
  const lines = (await qrText(LINK)).split('\n');
  expect(lines).toHaveLength(Math.ceil((61 + 4) / 2));
  expect(new Set(lines.map((line) => line.length))).toEqual(new Set([65]));
  expect(lines[0]).toBe('█'.repeat(65));
  expect(await qrSvg(LINK)).toContain('viewBox="0 0 69 69"');
});
