import { describe, expect, it } from 'vitest';
import { closeOpen } from '../../src/markdown/close-open.ts';
import { isHostile } from '../../src/markdown/hostile.ts';
import { parse, print } from '../../src/markdown/parse.ts';
import { split } from '../../src/markdown/split.ts';

describe('split', () => {
  it('leaves what fits alone', () => {
    expect(split('**a**\n\n- b', 100)).toEqual(['**a**\n\n- b']);
  });

  it('cuts between paragraphs before it cuts in one', () => {
    expect(split(`${'a'.repeat(60)}\n\n${'b'.repeat(60)}`, 100)).toEqual(['a'.repeat(60), 'b'.repeat(60)]);
  });

  it('cuts behind a sentence, and opens emphasis again', () => {
    const [first, second] = split(`**${'One two three. '.repeat(8).trim()}** end`, 80);
    expect(first).toMatch(/^\*\*One .*three\.\*\*$/);
    expect(second).toMatch(/^\*\*One .*three\.\*\* end$/);
  });

  it('makes no fence of a tilde behind strikethrough that it opens again', () => {
    const [, second] = split(`~~${'a'.repeat(60)}~${'b'.repeat(30)}~~`, 64);
    expect(second).toBe(`~~\\~${'b'.repeat(30)}~~`);
  });

  it('repeats the head of a table', () => {
    const pieces = split(`| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(20)}`, 100);
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) expect(piece.startsWith('| a | b |\n|---|---|\n| 1')).toBe(true);
  });

  it('ends on a table that is all delimiter rows', () => {
    for (const piece of split('| --- | --- | --- |\n'.repeat(60), 200)) expect(piece.length).toBeLessThanOrEqual(200);
  });

  it('closes a fence and opens it again with its language', () => {
    const pieces = split(`~~~js\n${'let a = 1;\n'.repeat(20)}~~~`, 100);
    for (const piece of pieces) expect(piece).toMatch(/^~~~js\n(let a = 1;\n)+~~~$/);
    expect(pieces.join('\n').match(/let/g)?.length).toBe(20);
  });

  it('moves the rest of a nested list to the left, so that it does not turn into code', () => {
    const nested = `- top\n${Array.from({ length: 12 }, (_, n) => `    - nested item ${n}`).join('\n')}\n- next`;
    const [, second] = split(nested, 160);
    expect(second?.startsWith('- nested item')).toBe(true);
    expect(second).toContain('\n- ');
  });

  it('does not make a heading of text that happens to follow a cut', () => {
    const [, second] = split(`${'word '.repeat(15)}# not a heading ${'word '.repeat(10)}`, 76);
    expect(second?.startsWith('\\# not')).toBe(true);
  });

  it('cuts neither surrogate pairs nor family emoji', () => {
    const family = '👩‍👩‍👧‍👦';
    for (const piece of split(family.repeat(40), 100)) expect(piece.length % family.length).toBe(0);
  });

  it('cuts no link', () => {
    const link = '[a label of some length](https://example.com/a/path)';
    for (const piece of split(`${link} `.repeat(20), 120)) {
      expect(piece.replaceAll(link, '').trim()).toBe('');
    }
  });
});

describe('closeOpen', () => {
  it.each([
    ['```js\nlet a', '```js\nlet a\n```'],
    ['```js\nlet a\n``', '```js\nlet a\n```'],
    ['text\n\n``', 'text\n'],
    ['a **bold', 'a **bold**'],
    ['a **bold *both', 'a **bold *both***'],
    ['a **bold*', 'a **bold**'],
    ['a **bold**', 'a **bold**'],
    ['a `co', 'a `co`'],
    ['a `', 'a'],
    ['see [the docs](https://exa', 'see the docs'],
    ['see [the do', 'see the do'],
    ['see [the docs](https://a.example)', 'see [the docs](https://a.example)'],
    ['x\n\n| a | b |', 'x\n'],
    ['x\n\n| a | b |\n| --', 'x\n'],
    ['x\n\n| a | b |\n| --- | --- |', 'x\n\n| a | b |\n| --- | --- |'],
    ['x\n\n| a | b |\n| --- | --- |\n| 1', 'x\n\n| a | b |\n| --- | --- |\n| 1'],
    ['- [ ] task', '- [ ] task'],
    ['2 * 3', '2 * 3'],
  ])('%j', (written, shown) => {
    expect(closeOpen(written)).toBe(shown);
  });
});

describe('parse and print', () => {
  it('speak CommonMark and GFM', () => {
    const text = '# A\n\n- [x] b ~~c~~\n\n| d |\n| - |\n| e |\n';
    expect(print(parse(text))).toBe(text);
  });

  it('take a hostile text as plain', () => {
    for (const trap of ['*a_ '.repeat(20_000), '>'.repeat(5_000), '['.repeat(10_000), '`'.repeat(10_000)]) {
      expect(isHostile(trap)).toBe(true);
      expect(parse(trap).children.every((node) => node.type === 'paragraph')).toBe(true);
    }
  });
});
