/** A clock that is wrong: who is answered at once hears no apology, limits hold, and an outage is still told from it. */
import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../config/schema.ts';
import { conversationKeys } from '../../src/conversation/keys.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

const MINUTE = 60_000;
/** By how much ours is ahead of the platform's; a negative one is behind. */
const CLOCKS = [11 * MINUTE, -11 * MINUTE, 0];

let chasqui: TestChasqui | undefined;
afterEach(async () => {
  await chasqui?.stop();
  chasqui = undefined;
});

async function start(limits: Partial<Config['limits']> = {}) {
  const platform = createTestPlatform();
  const { model } = createTestModel(() => ['The answer.']);
  chasqui = await startTestChasqui({ models: [model], platforms: [platform], sections: { limits } });
  const { ingest, turns } = chasqui;
  let count = 0;
  return {
    ...{ platform, chasqui },
    /** Asks in a place of its own, and gives what is answered there. */
    async ask(agoMs: number): Promise<string | undefined> {
      count += 1;
      await ingest.message(platform.says(`room-${count}`, 'hello', { sentAt: Date.now() - agoMs }));
      await turns(count);
      return platform.texts(`room-${count}`)[0];
    },
  };
}

test.each([...CLOCKS, 61_000, -86_400_000])(
  'no apology under an answer that came at once, %i ms ahead',
  async (ahead) => {
    const { ask } = await start();
    for (let n = 0; n < 3; n++) expect(await ask(ahead)).toBe('The answer.');
  },
);

test('a clock that is a day ahead is noticed with the second message', async () => {
  const { ask } = await start();
  await ask(1_440 * MINUTE);
  expect(await ask(1_440 * MINUTE)).toBe('The answer.');
});

test.each([61_000, 60 * MINUTE, -11 * MINUTE])('limits hold, %i ms ahead', async (ahead) => {
  const { ask } = await start({ person_per_minute: 4 });
  const answers: unknown[] = [];
  for (let n = 0; n < 4; n++) answers.push(await ask(ahead));
  const limited = expect.stringContaining('That is more than I can answer here at once');
  expect(answers).toEqual(['The answer.', 'The answer.', limited, limited]);
});

test.each(CLOCKS)('what an outage kept is answered without a limit and with an apology, %i ms ahead', async (ahead) => {
  const { ask } = await start({ person_per_minute: 2 });
  await ask(ahead);
  for (let n = 0; n < 3; n++)
    expect(await ask(ahead + 15 * MINUTE)).toMatch(
      /^The answer\.\n\n_\(Sorry for the wait: you wrote this 1[56] minutes ago/,
    );
  expect(await ask(ahead + 2 * MINUTE)).toBe('The answer.');
});

test.each(CLOCKS)('so is what waited in the inbox, %i ms ahead', async (ahead) => {
  const { platform, chasqui } = await start();
  const message = platform.says('room', 'hello', { sentAt: Date.now() - 15 * MINUTE - ahead });
  // As a process left it that died between inbox and queue.
  const redis = new Redis(chasqui.redisUrl);
  const { inbox, seen } = conversationKeys(chasqui.config.queue.prefix, message.to.conversation);
  await redis.xadd(inbox, `${Date.now() - 15 * MINUTE}-0`, 'i', message.id, 'm', JSON.stringify(message));
  await redis.zadd(seen, Date.now(), message.id);
  redis.disconnect();
  expect(await chasqui.ingest.message(message)).toBe('duplicate');
  await chasqui.turns(1);
  expect(platform.texts('room')[0]).toMatch(/Sorry for the wait: you wrote this 1[56] minutes ago/);
});
