/** However an answer is put together, Slack gets few messages that are not much longer than it. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderSlack } from '../../adapters/slack/render/render.ts';

const LINES = ['# a', '---', 'b', '===', '> # c', `${'> '.repeat(20)}d`, '- e', '1. f', '', '[g][r]', '```', '**h**'];

it('never grows a text much, and never floods', () => {
  const lines = fc.array(fc.constantFrom(...LINES), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(lines, (some) => {
      const unit = `${some.join('\n')}\n`;
      const text = unit.repeat(Math.ceil(2_000 / unit.length));
      const pieces = renderSlack(text);
      expect(pieces.length).toBeLessThanOrEqual(1);
      expect(pieces.map(({ markdown }) => markdown).join('').length).toBeLessThanOrEqual(3 * text.length + 100);
    }),
  );
});
