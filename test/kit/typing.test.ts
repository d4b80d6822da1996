import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTyping } from '../../adapters/kit/typing.ts';
import { captureLog } from '../support/config.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(more: { afterMs?: number; isBusy?(): boolean; show?(place: string): Promise<unknown> } = {}) {
  const shown: string[] = [];
  const show = async (place: string) => void shown.push(place);
  return { shown, typing: createTyping({ show, everyMs: 5_000, isBusy: () => false, log: captureLog().log, ...more }) };
}

test('it is shown at once and again, until the end', async () => {
  const { shown, typing } = start();
  typing.begin('here', 'turn-1');
  typing.begin('there', 'turn-2');
  expect(shown).toEqual(['here', 'there']);
  await typing.end('turn-2');
  vi.advanceTimersByTime(10_000);
  expect(shown).toEqual(['here', 'there', 'here', 'here']);
  typing.close();
  vi.advanceTimersByTime(60_000);
  expect(shown).toHaveLength(4);
});

test('a reply that is there soon shows none', async () => {
  const { shown, typing } = start({ afterMs: 150 });
  typing.begin('here', 'turn-1');
  vi.advanceTimersByTime(149);
  await typing.end('turn-1');
  vi.advanceTimersByTime(10_000);
  expect(shown).toEqual([]);
});

test('beginning anew goes on with one sign; one that nobody ends ends by itself', () => {
  const { shown, typing } = start();
  typing.begin('here', 'turn-1');
  typing.begin('here', 'turn-1');
  vi.advanceTimersByTime(3_600_000);
  const hour = shown.length;
  expect(hour).toBeGreaterThan(60);
  expect(hour).toBeLessThan(80);
  vi.advanceTimersByTime(3_600_000);
  expect(shown).toHaveLength(hour);
});

test('a process that is busy begins it, and renews it later', () => {
  let busy = true;
  const { shown, typing } = start({ isBusy: () => busy });
  typing.begin('here', 'turn-1');
  vi.advanceTimersByTime(10_000);
  expect(shown).toHaveLength(1);
  busy = false;
  vi.advanceTimersByTime(5_000);
  expect(shown).toHaveLength(2);
});

test('the end waits for a call that is on its way; one that fails harms nobody', async () => {
  const call = Promise.withResolvers<void>();
  const { typing } = start({ show: () => call.promise });
  typing.begin('here', 'turn-1');
  let ended = false;
  const end = typing.end('turn-1').then(() => {
    ended = true;
  });
  await Promise.resolve();
  expect(ended).toBe(false);
  call.reject(new Error('refused'));
  await end;
  expect(ended).toBe(true);
});
