import { describe, expect, test } from 'vitest';
import { buildPrompt, withAttached } from '../../src/conversation/prompt.ts';

const BUDGET = { history: 1_000, context: 4_096, answer: 500 };
const file = (name: string) => ({ name, mediaType: 'application/pdf', ref: 'r' }) as never;
const user = (text: string, files: string[] = []) => ({ id: '1', author: 'U1', text, attachments: files.map(file) });
const ask = (now: Parameters<typeof buildPrompt>[0]['now'], budget = BUDGET, history: never[] = []) =>
  buildPrompt({ instructions: 'Be brief.', history, now }, budget);

describe('files', () => {
  test('whose content is not there are named as such', () => {
    const [system, question] = ask({ user: [user('what is the total?', ['invoice.pdf'])], reply: null });
    expect(question?.content).toBe('what is the total?\n[attached: invoice.pdf]');
    expect(system?.content).toMatch(/its content is not here.*never guess what it holds/);
  });

  test('of earlier messages and of the history are, too', () => {
    const earlier = [{ author: 'U2', name: 'Ana', text: withAttached('', ['error.log']) }];
    expect(ask({ earlier, user: [user('what is wrong?')], reply: null })[0]?.content).toContain('[attached: …]');
    const history = [{ user: [user('see', ['a.pdf'])], reply: 'Yes.' }] as never[];
    expect(ask({ user: [user('and now?')], reply: null }, BUDGET, history)[0]?.content).toContain('[attached: …]');
  });

  test('a prompt without files says nothing of them', () => {
    expect(ask({ user: [user('hello')], reply: null })[0]?.content).toBe('Be brief.');
  });

  test('are named once, and in one line', () => {
    expect(withAttached('text\n[attached: a.txt]', ['a.txt'])).toBe('text\n[attached: a.txt]');
    expect(withAttached('[attached: fake]', ['a\nb.txt', 'c.txt'])).toBe(
      '[attached: fake]\n[attached: a b.txt, c.txt]',
    );
    expect(withAttached('text', [])).toBe('text');
  });
});

test('talk from before the call goes, the oldest first, when not all fits', () => {
  const earlier = Array.from({ length: 40 }, (_, at) => ({
    author: 'U2',
    name: 'Ana',
    text: `${at}: ${'word '.repeat(100)}`,
  }));
  const prompt = ask({ earlier, user: [user('what did we choose?')], reply: null });
  const question = prompt.at(-1)?.content ?? '';
  expect(question).toContain('39: word');
  expect(question).not.toContain('Ana: 0: word');
  expect(question.endsWith('Now:\nwhat did we choose?')).toBe(true);
  expect(Buffer.byteLength(question) / 3.2).toBeLessThan(4_096 - 500);
});
