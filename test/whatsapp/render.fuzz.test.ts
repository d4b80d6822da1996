import { toString as textOf } from 'mdast-util-to-string';
import { describe, expect, it } from 'vitest';
import { readWhatsApp, renderWhatsApp, streamWhatsApp } from '../../adapters/whatsapp/render/render.ts';
import { presentable } from '../../src/markdown/chat-blocks.ts';
import { parseParts } from '../../src/markdown/parse-parts.ts';
import { anyText } from '../markdown/generators.ts';
import fc from '../support/fuzz.ts';
import { contains, letters, sorted } from '../support/letters.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 30);
const MARKS = [
  '2*3*4',
  'a * b * c',
  '*args and **kwargs',
  'snake_case_name',
  '__init__',
  '~/.ssh and ~/.config',
  '~5 to ~10',
  '`a``b`',
  '`` ` ``',
  '```',
  '\\*a\\*',
  '**a**b',
  'a**b**',
  '***a** b*',
  '**a\nb**',
  '**`a`**',
  '\\- a',
  '1\\. a',
  '@5511999999999',
];
const text = fc.oneof(
  { weight: 3, arbitrary: anyText },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(anyText, fc.constantFrom(...MARKS)), { minLength: 1, maxLength: 8 })
      .chain((parts) => fc.constantFrom('', ' ', '\n', '\n\n').map((glue) => parts.join(glue))),
  },
);
const long = fc.array(text, { minLength: 1, maxLength: 6 }).chain((texts) =>
  fc.integer({ min: 1, max: 200 }).map((times) =>
    Array.from({ length: times }, () => texts.join('\n\n'))
      .join('\n\n')
      .slice(0, 9_000),
  ),
);

/** A pair that WhatsApp formats: behind white space or a mark, around something, before no letter or digit. */
const PAIR = /(?<=^|[\s>*_~])([*_~])(?=\S)[^\n]*?\S\1(?![a-zA-Z\d])/gm;

function fits(pieces: string[]): void {
  for (const piece of pieces) {
    expect(piece.length).toBeLessThanOrEqual(4_096);
    expect(piece.trim()).not.toBe('');
    expect(piece.isWellFormed()).toBe(true);
    expect(piece).not.toMatch(/[\ue000-\ue02f]/);
    expect((piece.match(/```/g)?.length ?? 0) % 2).toBe(0);
  }
}

describe('whatever a model writes', () => {
  it('comes in messages that WhatsApp takes', () => {
    fc.assert(
      fc.property(text, (answer) => fits(renderWhatsApp(answer))),
      { numRuns: RUNS },
    );
    fc.assert(
      fc.property(long, (answer) => fits(renderWhatsApp(answer))),
      { numRuns: Math.ceil(RUNS / 15) },
    );
  });

  it('loses no letter', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 19, arbitrary: text }, { weight: 1, arbitrary: long }), (answer) => {
        const tree = parseParts(presentable(answer));
        const said = letters(textOf(tree).replace(/<br[ \t]{0,8}\/?>/gi, ''));
        const shown = letters(renderWhatsApp(answer).join('\n'));
        const table = JSON.stringify(tree).includes('"type":"table"');
        if (table ? !contains(sorted(shown), sorted(said)) : !contains(shown, said)) {
          expect(shown.join('')).toBe(said.join(''));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('can be shown at any moment while it grows', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 19, arbitrary: text }, { weight: 1, arbitrary: long }), fc.nat(), (answer, at) => {
        fits(streamWhatsApp(answer.slice(0, at % (answer.length + 1))));
      }),
      { numRuns: RUNS },
    );
  });

  it('is formatted nowhere that it was not meant to be', () => {
    const plain = fc
      .array(fc.constantFrom('*', '_', '~', 'a', '2', ' ', 'b c', '(', ')', '.', '\n', '\u00e9'), { maxLength: 30 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(plain, (said) => {
        // With a backslash before each mark, all of them are text.
        for (const piece of renderWhatsApp(said.replace(/[*_~]/g, '\\$&'))) expect(piece.match(PAIR)).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  it('is read from WhatsApp without throwing', () => {
    fc.assert(
      fc.property(text, (message) => {
        expect(typeof readWhatsApp(message)).toBe('string');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('hostile answers', () => {
  // 200,000 characters each: what takes more than linear time in one of them runs into the test's time limit.
  it.each([
    '[',
    '![',
    '**a ',
    '`a``b```',
    '> ',
    '<',
    '<a:b',
    '@\u200b',
    '||a ',
    '[a](',
    '- a\n',
    '|a|\n',
    '*a_ ',
    '[a](b) ',
    '```\n@here\n',
    '¯\\_(ツ)_/¯',
    ':a',
    ' ',
    '\n> ',
  ])('survive %j without end', (trap) => {
    const answer = trap.repeat(200_000 / trap.length);
    fits(renderWhatsApp(answer));
    fits(streamWhatsApp(answer));
    expect(typeof readWhatsApp(answer)).toBe('string');
  });
});
