/** The turns that failed for good, by their cause. */
import { hashed } from '../analytics/turn-record.ts';
import type { DeadLetter, DeadLetters } from '../dead-letters/dead-letters.ts';
import { safeCode } from '../metrics/metrics.ts';
import type { FailureGroup, FailuresView } from '../ops-api/index.ts';

const MOST_LETTERS = 100_000;
const SHOWN_OF_GROUP = 50;
const SHOWN_DISCARDED = 100;

/** Two turns with the same cause are put right in the same way. */
export function causeOf({ platform, failure }: DeadLetter): string {
  const { where, kind, code } = failure;
  return [where, kind, safeCode(code), where === 'platform' ? platform : ''].join('|');
}

export async function readFailures(deadLetters: DeadLetters): Promise<FailuresView> {
  const letters = await deadLetters.list(MOST_LETTERS);
  const groups = new Map<string, FailureGroup>();
  for (const letter of letters) {
    const key = causeOf(letter);
    const { where, kind, message } = letter.failure;
    const code = safeCode(letter.failure.code);
    const group: FailureGroup = groups.get(key) ?? {
      ...{ key, where, kind, code, message, count: 0, newestAt: letter.at, oldestAt: letter.at, letters: [] },
    };
    groups.set(key, group);
    group.count += 1;
    group.oldestAt = letter.at;
    if (group.letters.length >= SHOWN_OF_GROUP) continue;
    const { id, at, platform, attempts, told } = letter;
    const messages = letter.messages.length;
    group.letters.push({
      id,
      at,
      platform,
      conversation: hashed(letter.conversation),
      attempts,
      messages,
      message,
      told,
    });
  }
  const discarded = (await deadLetters.discarded(SHOWN_DISCARDED)).map(({ letter, by, why }) => ({
    ...{ id: letter.id, at: letter.at, platform: letter.platform, by, why },
  }));
  return { total: letters.length, groups: [...groups.values()], discarded };
}
