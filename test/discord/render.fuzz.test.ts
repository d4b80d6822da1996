import { toString as textOf } from 'mdast-util-to-string';
import { describe, expect, it } from 'vitest';
import { mentionedIn, readDiscord, renderDiscord, streamDiscord } from '../../adapters/discord/render/render.ts';
import { presentable } from '../../src/markdown/chat-blocks.ts';
import { parseParts } from '../../src/markdown/parse-parts.ts';
import { anyText } from '../markdown/generators.ts';
import fc from '../support/fuzz.ts';
import { contains, letters, sorted } from '../support/letters.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 30);
const DISCORD = [
  '@everyone',
  '@here',
  '@\u200beveryone',
  '<@123456789012345678>',
  '<@!123456789012345678>',
  '<@&123456789012345678>',
  '<#123456789012345678>',
  '<@',
  '<@&12',
  '&lt;@123456789012345678&gt;',
  '&#64;everyone',
  '@*everyone*',
  '*@*everyone*',
  '`@everyone`',
  '`<@123456789012345678>`',
  '[@everyone](https://a.example)',
  '[a](https://a.example/@everyone)',
  '<https://a.example/@here>',
  '||spoiler||',
  'a || b',
  '-# small',
  '>>> quote',
  '<:wave:123456789012345678>',
  '<t:1618953630:R>',
  '</ask:123456789012345678>',
  '```',
  '``` ```',
];
const text = fc.oneof(
  { weight: 3, arbitrary: anyText },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(anyText, fc.constantFrom(...DISCORD)), { minLength: 1, maxLength: 8 })
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

/** What Discord reads as a call: it looks at the content as it is, code or not. */
const PING = /@(?:everyone|here)|<@[!&]?\d/i;

function fits(pieces: ReturnType<typeof renderDiscord>): void {
  for (const { content, file } of pieces) {
    expect(content.length).toBeLessThanOrEqual(2_000);
    expect(content.trim()).not.toBe('');
    expect(content.isWellFormed()).toBe(true);
    expect(content).not.toMatch(PING);
    expect(content.replace(/[\u00ad\u180e\u200b-\u200f\u2061-\u2064\ufeff]/g, '')).not.toMatch(PING);
    expect(content).not.toMatch(/[\ue000-\ue02f]/);
    expect((content.match(/```/g)?.length ?? 0) % 2).toBe(0);
    expect(file?.text.isWellFormed() ?? true).toBe(true);
  }
}

describe('whatever a model writes', () => {
  it('comes in messages that Discord takes and that call nobody', () => {
    fc.assert(
      fc.property(text, (answer) => fits(renderDiscord(answer))),
      { numRuns: RUNS },
    );
    fc.assert(
      fc.property(long, (answer) => fits(renderDiscord(answer))),
      { numRuns: Math.ceil(RUNS / 15) },
    );
  });

  it('loses no letter', () => {
    fc.assert(
      fc.property(fc.oneof({ weight: 19, arbitrary: text }, { weight: 1, arbitrary: long }), (answer) => {
        const tree = parseParts(presentable(answer));
        const said = letters(textOf(tree).replace(/<br[ \t]{0,8}\/?>/gi, ''));
        const shown = letters(
          renderDiscord(answer)
            .map(({ content, file }) => `${content}\n${file?.text ?? ''}`)
            .join('\n'),
        );
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
        const pieces = streamDiscord(answer.slice(0, at % (answer.length + 1)));
        fits(pieces);
        for (const piece of pieces) expect(piece.file).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });

  it('is read from Discord without throwing', () => {
    fc.assert(
      fc.property(text, (message) => {
        expect(typeof readDiscord(message)).toBe('string');
        expect(Array.isArray(mentionedIn(message).users)).toBe(true);
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
    fits(renderDiscord(answer));
    fits(streamDiscord(answer));
    expect(typeof readDiscord(answer)).toBe('string');
  });
});
