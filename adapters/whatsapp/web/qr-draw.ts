/** A QR code for people: in a terminal, and as a picture on a page. */
import { qrMatrix } from './qr.ts';

/** ISO/IEC 18004 asks for four modules of light around the code. */
const QUIET = 4;
/** A terminal's own dark background serves as well, and rows are few. */
const QUIET_TERMINAL = 2;

/** Two modules a character, light on the terminal's dark ground reversed by itself: dark on light. */
export function qrText(text: string): string {
  const modules = framed(qrMatrix(text), QUIET_TERMINAL);
  const rows: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const [upper = [], lower = []] = [modules[y], modules[y + 1]];
    const cells = upper.map((dark, x) => ' ▀▄█'[(dark ? 0 : 1) + ((lower[x] ?? true) ? 0 : 2)]);
    rows.push(cells.join(''));
  }
  return rows.join('\n');
}

/** An SVG that fills its place. */
export function qrSvg(text: string): string {
  const modules = framed(qrMatrix(text), QUIET);
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
