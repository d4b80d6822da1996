/** The start's memory is given back without leaving a door to the garbage collector open. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { giveBackMemoryOnceSettled } from '../../src/app/memory.ts';

test('what the start left behind is collected once, and `gc` stays hidden', async () => {
  // Only the collector finds that nobody holds this any more.
  const left = new WeakRef({ big: new Array(1_000_000).fill(0) });
  const said = Promise.withResolvers<string>();
  const log = pino({ level: 'debug' }, { write: (line: string) => said.resolve(line) });
  giveBackMemoryOnceSettled(log, 1);
  expect(JSON.parse(await said.promise)).toMatchObject({ freedMb: expect.any(Number) });
  expect(left.deref()).toBeUndefined();
  expect((globalThis as { gc?: unknown }).gc).toBeUndefined();
});
