/** A QR code for people: in a terminal, and as a picture on a page. The encoder is loaded when a code is first shown. */

/** ISO/IEC 18004 asks for four modules of light around the code. */
const QUIET = 4;
/** A terminal's own dark background serves as well, and rows are few. */
const QUIET_TERMINAL = 2;

/**
 * Error correction level L: a screen is clean, and fewer modules are easier to scan.
 * @returns rows of modules, true is dark, without the quiet zone
 * @throws Error when the text has more bytes than a QR code holds (2,953)
 */
export async function qrMatrix(text: string): Promise<boolean[][]> {
  const { default: qrcode } = await import('qrcode');
  const { size, data } = qrcode.create(text, { errorCorrectionLevel: 'L' }).modules;
  return Array.from({ length: size }, (_, y) => Array.from(data.subarray(y * size, (y + 1) * size), Boolean));
}

/** Two modules a character, light on the terminal's dark ground reversed by itself: dark on light. */
export async function qrText(text: string): Promise<string> {
  const modules = framed(await qrMatrix(text), QUIET_TERMINAL);
  const rows: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const [upper = [], lower = []] = [modules[y], modules[y + 1]];
    const cells = upper.map((dark, x) => ' ▀▄█'[(dark ? 0 : 1) + ((lower[x] ?? true) ? 0 : 2)]);
    rows.push(cells.join(''));
  }
  return rows.join('\n');
}

/** An SVG that fills its place. */
export async function qrSvg(text: string): Promise<string> {
  const modules = framed(await qrMatrix(text), QUIET);
  const size = modules.length;
  const path = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges" role="img" aria-label="QR code"><rect width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#000"/></svg>`;
}

function framed(modules: boolean[][], quiet: number): boolean[][] {
  const side = Array<boolean>(quiet).fill(false);
  const row = Array<boolean>(modules.length + 2 * quiet).fill(false);
  const rows = Array.from({ length: quiet }, () => row);
  return [...rows, ...modules.map((cells) => [...side, ...cells, ...side]), ...rows];
}
