import { expect, test } from 'vitest';
import { readOptions } from '../../bench/options.ts';

const without = (bot: string): boolean => bot !== 'chat';

test('a bot whose packages are not installed is left out, and named with the way to install them when it is asked for', () => {
  expect(readOptions([], without)?.bots).toEqual(['bolt', 'bullmq', 'chasqui']);
  expect(readOptions([], () => true)?.bots).toEqual(['bolt', 'bullmq', 'chat', 'chasqui']);
  expect(() => readOptions(['--bots', 'chat'], without)).toThrow('npm ci --prefix bench/peers');
});
