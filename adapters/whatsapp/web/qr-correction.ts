/** Reed–Solomon error correction over GF(2^8), as QR codes use it (ISO/IEC 18004, annex A). */

const FIELD = 0x11d;

/** Product in GF(2^8). */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * FIELD);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

/** Coefficients of the Reed–Solomon generator, the leading one left out. */
export function generatorOf(degree: number): number[] {
  const result = Array<number>(degree).fill(0);
  result[degree - 1] = 1;
  for (let n = 0, root = 1; n < degree; n++, root = multiply(root, 2))
    for (let k = 0; k < degree; k++)
      result[k] = multiply(result[k] as number, root) ^ (k + 1 < degree ? (result[k + 1] as number) : 0);
  return result;
}

/** The codewords of error correction that belong to these data. */
export function remainder(data: readonly number[], generator: readonly number[]): number[] {
  const result = Array<number>(generator.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ (result.shift() as number);
    result.push(0);
    generator.forEach((coefficient, n) => {
      result[n] = (result[n] as number) ^ multiply(coefficient, factor);
    });
  }
  return result;
}
