/** The work of showing an answer while it grows. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui } from '../support/chasqui.ts';

test('a long answer in many pieces is rendered a few times its length, and shown until its end', async () => {
  const platform = createTestPlatform();
  const piece = `${'word '.repeat(19)}word.\n`;
  const { model } = createTestModel(async function* () {
    for (let n = 0; n < 400; n++) {
      yield piece;
      // Each piece could be shown by itself.
      const before = platform.shown.items.length;
      for (let tries = 0; tries < 8 && platform.shown.items.length === before; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await turn();
      }
    }
  });
  const chasqui = await startTestChasqui({ models: [model], platforms: [platform] });
  try {
    await chasqui.ingest.message(platform.says('room', 'tell me everything'));
    await platform.finished.until((items) => items.length === 1);
    const lengths = platform.shown.items.map((text) => text.length);
    const whole = 400 * piece.length;
    expect(whole).toBeGreaterThan(40_000);
    // 400 pieces, each shown, would be 200 times its length.
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(30 * whole);
    expect(lengths.length).toBeGreaterThan(60);
    expect(lengths.at(-1)).toBeGreaterThan(whole * 0.9);
    expect(platform.texts('room')[0]).toHaveLength(whole - 1);
  } finally {
    await chasqui.stop();
  }
});
