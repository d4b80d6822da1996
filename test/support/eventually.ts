import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 40;
const WITHIN_MS = 5_000;

/** Asks until the answer is right: for what is written a moment later, or read from a page. @returns that answer */
export async function eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (const until = Date.now() + WITHIN_MS; ; await sleep(EVERY_MS)) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (Date.now() > until)
      throw new Error(`not within ${WITHIN_MS} ms; last: ${JSON.stringify(answer).slice(0, 2_000)}`);
  }
}
