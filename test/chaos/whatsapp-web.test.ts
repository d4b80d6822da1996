/**
 * A short storm on a linked device, in real Chromium. When a receiver or Redis dies, a worker may wait most of a minute for
 * an answer that does not come: those are for `npm run chaos`.
 */
import { expect, test } from 'vitest';
import { harm } from '../../chaos/report.ts';
import { forgetStorm, runStorm } from '../../chaos/storm.ts';
import { ALL_FAULTS } from '../../chaos/weather.ts';

test('a storm of 4 seconds on a linked device does no harm', { timeout: 240_000 }, async () => {
  const result = await runStorm({
    seed: 20_261_126,
    ms: 4_000,
    messages: 20,
    conversations: 6,
    platforms: ['whatsapp-web'],
    // Nor does anybody wait here for a page that says nothing.
    rates: {
      ...ALL_FAULTS,
      hang: 0,
      'false-error': 0,
      'model-hang': 0,
      'lost-answer': 0.1,
      'kill-worker': 20,
      'kill-receiver': 0,
      'kill-redis': 0,
      rolling: 0,
      'drop-sockets': 20,
    },
    workers: 2,
    together: true,
    quietMs: 90_000,
    say() {},
  });
  expect(harm(result), `logs in ${result.folder}`).toEqual([]);
  expect(result.weather.countOf('lost-answer')).toBeGreaterThan(0);
  await forgetStorm(result.folder);
});
