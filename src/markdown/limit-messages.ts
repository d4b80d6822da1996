/** A long answer in few messages: nobody wants to be flooded, whatever a model was talked into. */
import { type Measure, split } from './split.ts';

export const REST_IN_FILE = 'The rest of the answer is in the file.';
export const REST_LEFT_OUT = 'The answer is longer than I may post here; the rest is left out.';

/**
 * The first `most` of an answer's messages. Where there are more, the last one is cut so that a line fits behind it which
 * says so.
 * @param limit what a message may measure, in the unit of `measure` (by default UTF-16 units)
 */
export function limitMessages(
  pieces: string[],
  { most, limit, note, measure }: { most: number; limit: number; note: string; measure?: Measure },
): { pieces: string[]; cut: boolean } {
  if (pieces.length <= most) return { pieces, cut: false };
  const last = split(pieces[most - 1] as string, limit - note.length - 2, measure)[0] as string;
  return { pieces: [...pieces.slice(0, most - 1), `${last}\n\n${note}`], cut: true };
}
