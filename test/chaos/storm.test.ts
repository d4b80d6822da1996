/** A short storm with every fault, and the mutations that a long one is proved by. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTATIONS, mutate } from '../../chaos/mutations/list.ts';
import { PLATFORMS } from '../../chaos/people/stages.ts';
import { harm } from '../../chaos/report.ts';
import { forgetStorm, runStorm } from '../../chaos/storm.ts';
import { ALL_FAULTS } from '../../chaos/weather.ts';

test('a storm of 6 seconds does no harm', { timeout: 240_000 }, async () => {
  const result = await runStorm({
    seed: 20_261_125,
    ms: 6_000,
    messages: 90,
    conversations: 30,
    // The linked device's Chromium takes too long for this one; it has a test of its own.
    platforms: PLATFORMS.filter((platform) => platform !== 'whatsapp-web'),
    // Nobody waits here for what takes 15 s to be noticed, or for half a minute.
    rates: {
      ...ALL_FAULTS,
      hang: 0,
      'long-busy': 0,
      'kill-worker': 24,
      'kill-receiver': 12,
      'kill-redis': 6,
      rolling: 0,
    },
    workers: 2,
    together: true,
    quietMs: 90_000,
    say() {},
  });
  expect(harm(result), `logs in ${result.folder}`).toEqual([]);
  await forgetStorm(result.folder);
});

test.each(MUTATIONS)('the mutation $name still fits the sources', (mutation) => {
  for (const { file } of mutation.changes) {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const { stale, source: changed } = mutate(mutation, file, source);
    expect(stale).toEqual([]);
    expect(changed).not.toBe(source);
  }
});
