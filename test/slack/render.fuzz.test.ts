import { describe, expect, it } from 'vitest';
import {
  mentionedUsers,
  neutralize,
  renderSlack,
  streamable,
  streamPieces,
  unescapeSlack,
} from '../../adapters/slack/render/render.ts';
import { anyText } from '../markdown/generators.ts';
import fc from '../support/fuzz.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 100);
const check = (property: fc.IProperty<unknown[]>) => fc.assert(property as never, { numRuns: RUNS });

/** What Slack would read as a token of its own, wherever it stands; invisible characters and marks taken out but for the joiner. */
const TOKEN =
  /<(?:!(?!--|doctype|\[cdata|element|attlist|entity|notation)|@(?!\u2060)|#[CDG][A-Z0-9]{2}|https?:|mailto:)/i;

describe('whatever a model writes', () => {
  it('leaves no token of Slack', () => {
    check(
      fc.property(anyText, (text) => {
        const out = neutralize(text);
        expect(out).not.toMatch(TOKEN);
        expect(out.replace(/[*_~`\\\u200b-\u200f\ufeff]/g, '')).not.toMatch(TOKEN);
        for (const piece of renderSlack(text)) expect(piece.text).not.toMatch(/[<>]/);
      }),
    );
  });

  it('is neutralize once it is neutralize', () => {
    check(
      fc.property(anyText, (text) => {
        const once = neutralize(text);
        expect(neutralize(once)).toBe(once);
      }),
    );
  });

  it('streams without ever taking back', () => {
    check(
      fc.property(anyText, fc.array(fc.nat(), { maxLength: 12 }), (text, cuts) => {
        const final = neutralize(text);
        let last = '';
        for (const at of cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b)) {
          const now = streamable(text.slice(0, at));
          if (!now.startsWith(last)) expect(now).toBe(`${last}…`);
          if (!final.startsWith(now)) expect(now).toBe(final);
          last = now;
        }
      }),
    );
  });

  it('streams character by character', () => {
    fc.assert(
      fc.property(anyText, (whole) => {
        const text = whole.slice(0, 400);
        const final = neutralize(text);
        let last = '';
        for (let at = 0; at <= text.length; at++) {
          const now = streamable(text.slice(0, at));
          if (!now.startsWith(last)) expect(now).toBe(`${last}…`);
          if (!final.startsWith(now)) expect(now).toBe(final);
          last = now;
        }
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });

  it('makes no lone surrogate', () => {
    check(
      fc.property(anyText, (text) => {
        const whole = text.toWellFormed();
        expect(neutralize(whole).isWellFormed()).toBe(true);
        expect(streamable(whole.slice(0, whole.length >> 1)).isWellFormed()).toBe(true);
        for (const piece of renderSlack(whole)) expect(piece.text.isWellFormed()).toBe(true);
      }),
    );
  });

  it('is read from Slack without throwing', () => {
    check(
      fc.property(anyText, (text) => {
        expect(typeof unescapeSlack(text)).toBe('string');
        expect(Array.isArray(mentionedUsers(text))).toBe(true);
      }),
    );
  });
});

describe('long answers', () => {
  const long = fc.array(anyText, { minLength: 1, maxLength: 8 }).chain((texts) =>
    fc.integer({ min: 1, max: 400 }).map((times) =>
      Array.from({ length: times }, () => texts.join('\n\n'))
        .join('\n\n')
        .slice(0, 45_000),
    ),
  );

  it('come in pieces that Slack takes', () => {
    fc.assert(
      fc.property(long, (text) => {
        for (const { markdown, text: plain } of renderSlack(text)) {
          expect(markdown.length).toBeLessThanOrEqual(12_000);
          expect(plain.length).toBeLessThanOrEqual(4_000);
          expect(markdown).not.toMatch(TOKEN);
        }
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  it('stream into the pieces that they end in', () => {
    fc.assert(
      fc.property(long, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const final = renderSlack(text).map((piece) => piece.markdown);
        let last: string[] = [];
        for (const at of cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b)) {
          const now = streamPieces(text.slice(0, at));
          for (const [index, piece] of last.entries())
            if (!now[index]?.startsWith(piece)) expect(now[index]).toBe(piece);
          for (const [index, piece] of now.entries()) {
            if (index < now.length - 1) expect(piece).toBe(final[index]);
            else if (!final[index]?.startsWith(piece)) expect(final[index]).toBe(piece);
          }
          last = now;
        }
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    );
  });

  // 200,000 characters each: what takes more than linear time in one of them runs into the test's time limit.
  it.each(['[', '![', '**a ', '`a``b```', '> ', '<!', '&', '@he', '[a](', '- a\n', '|a|\n', '*a_ ', '[a](b) '])(
    'survive %j without end',
    (trap) => {
      const text = trap.repeat(200_000 / trap.length);
      expect(neutralize(text)).not.toMatch(TOKEN);
      expect(streamPieces(text).length).toBeGreaterThan(0);
      for (const { markdown } of renderSlack(text)) expect(markdown.length).toBeLessThanOrEqual(12_000);
      expect(unescapeSlack(text).length).toBeGreaterThan(0);
    },
  );
});
