import { expect, test } from 'vitest';
import { type ReactionEvent, takeReaction } from '../../adapters/discord/receive/reactions.ts';
import type { Ingest } from '../../src/contract/index.ts';

test('a judgement that is taken back says what it was, so that it is counted once', async () => {
  const told: unknown[] = [];
  const ingest = {
    feedback: async (_to, { value, before }) => void told.push([value, before]),
  } as Pick<Ingest, 'feedback'> as Ingest;
  const posted = { get: async () => ({ conversation: 'discord:1', user: 'ana' }) } as never;
  const event = (name: string): ReactionEvent => ({
    user_id: 'ana',
    message_id: '2',
    channel_id: '3',
    emoji: { name },
  });
  for (const [emoji, added] of [
    ['👍', true],
    ['👍', false],
    ['👎🏽', true],
    ['👎🏽', false],
  ] as const)
    await takeReaction(event(emoji), added, { ingest, posted });
  expect(told).toEqual([
    ['good', undefined],
    ['none', 'good'],
    ['bad', undefined],
    ['none', 'bad'],
  ]);
});
