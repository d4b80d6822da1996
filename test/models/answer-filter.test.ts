import { describe, expect, test } from 'vitest';
import { createAnswerFilter } from '../../src/models/answer-filter.ts';
import fc from '../support/fuzz.ts';

function shown(pieces: readonly string[], thinks = false): string {
  const filter = createAnswerFilter(thinks);
  let text = '';
  for (const piece of [...pieces.map((each) => () => filter.show(each)), filter.rest]) {
    const said = piece();
    text = said.anew ? said.text : text + said.text;
  }
  return text;
}

function expectHowever(text: string, expected: string, thinks = false): void {
  expect(shown([text], thinks)).toBe(expected);
  expect(shown([...text], thinks)).toBe(expected);
  for (let at = 1; at < text.length; at++) expect(shown([text.slice(0, at), text.slice(at)], thinks)).toBe(expected);
}

describe('reasoning', () => {
  test.each([
    ['<think>a\n\nb</think>\n\nYes.', 'Yes.'],
    ['\n<think></think>Yes.', 'Yes.'],
    ['<thinking>a</thinking>Yes.', 'Yes.'],
    ['[THINK]a[/THINK]Yes.', 'Yes.'],
    ['<think>never closed', ''],
    ['Use <think>x</think> here', 'Use <think>x</think> here'],
    ['<think>a</think> b <think>c</think>', 'b <think>c</think>'],
    ['<thi', '<thi'],
    [' \n ', ' \n '],
    ['Okay, the user asks. Brief.</think>\n\nParis.', 'Paris.'],
    ['Okay.</think>Paris.', 'Paris.'],
    ['Okay.\n</THINK>\n\nParis.', 'Paris.'],
    ['</think>\n\nParis.', 'Paris.'],
    ['It ends with </think> then. Right.</think>\nParis.', 'Paris.'],
    ['The tag `</think>` ends it.', 'The tag `</think>` ends it.'],
    ['The tag </think> ends it.', 'The tag </think> ends it.'],
    ['So:\n```\n</think>\n```\nDone.', 'So:\n```\n</think>\n```\nDone.'],
  ])('%j is shown as %j, however it is cut', (text, expected) => expectHowever(text, expected));

  test('of a model that is known to reason is never shown, not even at first', () => {
    const filter = createAnswerFilter(true);
    expect(filter.show('Okay, the user asks. '.repeat(20)).text).toBe('');
    expect(filter.show('</think>\n\nParis is the capital of France.')).toEqual({
      text: 'Paris is the capital of France.',
      anew: false,
    });
    expectHowever('No tag at all.', 'No tag at all.', true);
  });
});

describe('control tokens', () => {
  test.each([
    ['Done.<|eot_id|>', 'Done.'],
    ['Done.<|im_end|>\n', 'Done.'],
    ['Done.<｜end▁of▁sentence｜>', 'Done.'],
    ['Done.</s>', 'Done.'],
    ['Done.<end_of_turn>', 'Done.'],
    ['Done.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nDone again.', 'Done.'],
    ['Done.<|eot_id|>assistant\n\nDone again, and again.', 'Done.'],
    ['<|start_header_id|>assistant<|end_header_id|>\n\nHello there.', 'Hello there.'],
    ['<|im_start|>assistant\nHello there.<|im_end|>', 'Hello there.'],
    ['Done.<|python_tag|>{"name": "search"}', 'Done.'],
    ['Llama 3 ends a turn with `<|eot_id|>`.', 'Llama 3 ends a turn with `<|eot_id|>`.'],
    ['Look:\n~~~\n<|im_end|>\n~~~', 'Look:\n~~~\n<|im_end|>\n~~~'],
    ['It ends with <|eot_id|>, as said.', 'It ends with <|eot_id|>, as said.'],
    ['<s>old</s>', '<s>old</s>'],
    ['a < b and b > c, x <| f |> g, [link', 'a < b and b > c, x <| f |> g, [link'],
  ])('%j is shown as %j, however it is cut', (text, expected) => expectHowever(text, expected));

  test('are never shown by half while the answer streams', () => {
    const filter = createAnswerFilter();
    const pieces = ['Done.', '<|eot', '_id|>'];
    expect(pieces.map((piece) => filter.show(piece).text).join('') + filter.rest().text).toBe('Done.');
  });
});

test('an answer without marks loses nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 8 })), (pieces) => {
      fc.pre(!/think|<\||<\/s>|inst\]/i.test(pieces.join('')));
      expect(shown(pieces)).toBe(pieces.join(''));
    }),
  );
});
