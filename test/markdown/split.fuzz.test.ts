import { describe, expect, it } from 'vitest';
import { closeOpen } from '../../src/markdown/close-open.ts';
import { type Fence, fenceEnd, openedFence } from '../../src/markdown/lines.ts';
import { parse, print } from '../../src/markdown/parse.ts';
import { type Measure, split, splitGrowing } from '../../src/markdown/split.ts';
import fc from '../support/fuzz.ts';
import { anyText } from './generators.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const bytes: Measure = (text) => Buffer.byteLength(text);
const limits = fc.constantFrom(200, 400, 1_000, 2_000);
const longText = fc.array(anyText, { minLength: 1, maxLength: 6 }).map((list) => list.join('\n\n').slice(0, 8_000));

/** Letters and digits in order: what no cut may lose. Heads of tables and info strings may come again. */
const letters = (text: string) => text.match(/[\p{L}\p{N}]/gu) ?? [];

function openFence(text: string): Fence | undefined {
  let fence: Fence | undefined;
  for (const line of text.split('\n')) {
    if (fence && fenceEnd(fence, line) === 'closed') fence = undefined;
    else if (!fence || fenceEnd(fence, line) === 'left') fence = openedFence(line);
  }
  return fence;
}

/** True when `part` is `whole` with things added, nothing left out. */
function contains(whole: string[], part: string[]): boolean {
  let at = 0;
  for (const letter of whole) if (letter === part[at]) at++;
  return at === part.length;
}

describe('split', () => {
  it('passes no limit, loses nothing, makes no lone surrogate', () => {
    fc.assert(
      fc.property(longText, limits, (text, limit) => {
        const whole = text.toWellFormed();
        const pieces = split(whole, limit);
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(limit);
          expect(piece.isWellFormed()).toBe(true);
        }
        expect(contains(letters(pieces.join('\n')), letters(whole))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('keeps to the unit that it is given', () => {
    fc.assert(
      fc.property(longText, limits, (text, limit) => {
        const whole = text.toWellFormed();
        for (const piece of split(whole, limit, bytes)) expect(bytes(piece)).toBeLessThanOrEqual(limit);
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it('closes every fence that it cut', () => {
    fc.assert(
      fc.property(longText, limits, (text, limit) => {
        const pieces = split(text, limit);
        const openAtEnd = openFence(text) !== undefined;
        for (const [index, piece] of pieces.entries()) {
          if (index < pieces.length - 1 || !openAtEnd) {
            // The end of a quote ends what is open in it.
            expect(openFence(`${piece}\n\nend`)).toBeUndefined();
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('cuts no link that fits', () => {
    const link = fc
      .tuple(fc.lorem({ maxCount: 3 }), fc.webUrl())
      .map(([text, url]) => `[${text}](${url.slice(0, 60).replace(/[()]/g, '')})`);
    const prose = fc.array(fc.oneof(link, fc.lorem({ maxCount: 12 }), fc.constantFrom('**', '_', '~~')), {
      minLength: 20,
      maxLength: 120,
    });
    fc.assert(
      fc.property(prose, (parts) => {
        const text = parts.join(' ');
        const joined = split(text, 300).join('\n');
        for (const part of parts) if (part.startsWith('[')) expect(joined).toContain(part);
      }),
      { numRuns: RUNS },
    );
  });

  it('gives a growing text the pieces that the whole one gets', () => {
    fc.assert(
      fc.property(longText, fc.constantFrom(1_000, 2_000, 3_000), fc.nat(), (text, limit, at) => {
        const final = split(text, limit);
        const { complete, growing } = splitGrowing(text.slice(0, at % (text.length + 1)), limit);
        expect(complete).toEqual(final.slice(0, complete.length));
        const next = final[complete.length] ?? '';
        const sure = growing.trim();
        if (!next.trim().startsWith(sure)) expect(next).toBe(sure);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('parse, print, closeOpen', () => {
  it('never throw', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(typeof print(parse(text))).toBe('string');
        expect(typeof closeOpen(text)).toBe('string');
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it('close what is open', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, at) => {
        const shown = closeOpen(text.slice(0, at % (text.length + 1)));
        expect(openFence(shown)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });
});
