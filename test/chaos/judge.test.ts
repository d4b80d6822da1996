/** The judge must see what it is there to see. */
import { describe, expect, test } from 'vitest';
import { askedTokens, readAnswers, writeAnswer } from '../../chaos/answers.ts';
import { type Evidence, judge, type Kept, type Written } from '../../chaos/judge.ts';
import { createChance } from '../../chaos/prng.ts';

const chance = createChance(1);
const one = writeAnswer(['q3.1'], chance);
const two = writeAnswer(['q3.2', 'q3.3'], chance);

function written(n: number, fate?: Written['fate']): Written {
  const at = 3_000 * n;
  return {
    platform: 'p',
    conversation: 3,
    token: `q3.${n}`,
    id: `m${n}`,
    at,
    takenAt: at + 500,
    ...(fate ? { fate } : {}),
  };
}

function keptOf(replies: string[]): Kept {
  const turns = replies.map((reply) => ({
    tokens: readAnswers(reply).answers[0]?.tokens ?? [],
    reply,
    outcome: 'answered',
    at: 12_000,
  }));
  return { turns, storedAt: new Map([1, 2, 3].map((n) => [`m${n}`, 3_000 * n])) };
}

/** Three messages, answered by two answers, unless said otherwise. */
function verdictOf(change: {
  texts?: string[];
  kept?: Kept;
  messages?: Written[];
  mayDouble?: boolean;
  view?: Partial<Evidence['views'][number]>;
}) {
  return judge({
    platform: 'p',
    mayDouble: change.mayDouble ?? false,
    written: change.messages ?? [written(1), written(2), written(3)],
    views: [{ platform: 'p', conversation: 3, texts: change.texts ?? [one, two], unfinished: 0, ...change.view }],
    kept: new Map([[3, change.kept ?? keptOf([one, two])]]),
  });
}

const complaints = (change: Parameters<typeof verdictOf>[0]): string[] =>
  verdictOf(change).stories.map(({ complaint, token }) => `${complaint} ${token}`.trim());

test('a conversation in which all is well has no story', () => {
  expect(verdictOf({})).toMatchObject({ sent: 3, answered: 3, longestWaitMs: 9_000, stories: [] });
});

test('an answer in several messages, with other line breaks, is the same answer', () => {
  const half = two.indexOf(' ', 40);
  expect(complaints({ texts: [one.replaceAll('\n\n', '\n'), two.slice(0, half), two.slice(half + 1)] })).toEqual([]);
});

describe('harm', () => {
  test('a lost message', () => {
    expect(complaints({ texts: [one], kept: keptOf([one]) })).toEqual(['lost q3.2', 'lost q3.3']);
  });

  test('a message that is answered twice, by the same text or by another', () => {
    expect(complaints({ texts: [one, one, two] })).toContain('twice q3.1');
    expect(complaints({ texts: [one, writeAnswer(['q3.1'], chance), two] })).toContain('twice q3.1');
  });

  test('answers in the wrong order', () => {
    expect(complaints({ texts: [two, one], kept: keptOf([two, one]) })).toEqual(['out of order q3.1']);
    const swapped = writeAnswer(['q3.3', 'q3.2'], chance);
    expect(complaints({ texts: [one, swapped], kept: keptOf([one, swapped]) })).toEqual(['out of order q3.2']);
  });

  test('answers in another order are right when the platform brought the messages in that order', () => {
    const late = { ...written(1), takenAt: 20_000 };
    const messages = [late, written(2), written(3)];
    expect(complaints({ messages, texts: [two, one], kept: keptOf([two, one]) })).toEqual([]);
  });

  test('where nothing is acknowledged, the time at which a message was stored decides', () => {
    const messages = [1, 2, 3].map((n) => {
      const { takenAt: _, ...message } = written(n);
      return message;
    });
    const change = { messages, texts: [two, one] };
    expect(complaints({ ...change, kept: keptOf([two, one]) })).toEqual(['out of order q3.1']);
    const kept = { ...keptOf([two, one]), storedAt: new Map([['m1', 9_500]]) };
    expect(complaints({ ...change, kept })).toEqual([]);
  });

  test('a text that is cut, or has something else in its middle', () => {
    expect(complaints({ texts: [one, two.slice(0, -30)] })).toContain('cut q3.2');
    expect(complaints({ texts: [one, two.replace(/ (\w+) (?!\1 )(\w+) /, ' $2 $1 ')] })).toContain('cut q3.2');
    expect(complaints({ texts: [one, two.replace(/\s+End/, ' and End')] })).toContain('cut q3.2');
  });

  test("another conversation's answer", () => {
    expect(complaints({ texts: [one, two, writeAnswer(['q4.1'], chance)] })).toContain('mixed up q4.1');
  });

  test('words that nobody wrote', () => {
    expect(complaints({ texts: [one, two, 'undefined'] })).toEqual(['strange text']);
  });

  test('a message that looks as if it were still being written', () => {
    expect(complaints({ view: { unfinished: 1 } })).toEqual(['left unfinished']);
  });

  test('a history that is not what is shown', () => {
    expect(complaints({ kept: keptOf([one, writeAnswer(['q3.2', 'q3.3'], chance)]) })).toEqual([
      'history differs q3.2',
    ]);
    expect(complaints({ view: { reloaded: [one] } })).toEqual(['seen differently']);
  });
});

test('what the platform never told, what the person deleted and what was refused plainly is not lost', () => {
  const refusal = 'The model did not answer. Please send your message again in a moment.';
  const turn = { tokens: ['q3.3'], reply: '', outcome: 'failed', at: 2_000 };
  const kept = keptOf([one]);
  const verdict = verdictOf({
    texts: [one, refusal],
    kept: { ...kept, turns: [...kept.turns, turn] },
    messages: [written(1), written(2, 'undelivered'), written(3)],
  });
  expect(verdict).toMatchObject({ answered: 1, undelivered: 1, refused: 1, stories: [] });
});

test('where a platform may double by its own rules, the same text again is counted and no story', () => {
  expect(verdictOf({ texts: [one, one, two], mayDouble: true })).toMatchObject({ remainder: 1, stories: [] });
});

test('an edited message is the message', () => {
  const edited = writeAnswer(['q3.2v2', 'q3.3'], chance);
  expect(complaints({ texts: [one, edited], kept: keptOf([one, edited]) })).toEqual([]);
});

test('the model answers what it reads in the talk from before as well, as a real one does', () => {
  expect(
    askedTokens('Earlier in this thread:\nAna: q1.1 please\n\nNow:\nAna: q1.2 please\n\nAna: q1.3v2 please'),
  ).toEqual(['q1.1', 'q1.2', 'q1.3v2']);
});
