/** A storm on another bot, which is only measured: how much it loses is its own affair. */
import { expect, test } from 'vitest';
import { runPeerStorm } from '../../chaos/peer.ts';
import { forgetStorm } from '../../chaos/storm.ts';
import { ALL_FAULTS, type FaultKind } from '../../chaos/weather.ts';

const CALM = Object.fromEntries(Object.keys(ALL_FAULTS).map((kind) => [kind, 0])) as Record<FaultKind, number>;
const TINY = {
  seed: 20_261_125,
  ms: 2_000,
  messages: 9,
  conversations: 3,
  platforms: [],
  rates: { ...CALM, busy: 0.1, 'lost-answer': 0.1, redeliver: 0.2, 'kill-receiver': 30 },
  workers: 1,
  together: true,
  quietMs: 60_000,
  streamed: false,
  say() {},
};

test('another bot is stormed to its verdict', { timeout: 120_000 }, async () => {
  const result = await runPeerStorm('bolt', TINY);
  expect(result.surprises, `logs in ${result.folder}`).toEqual([]);
  expect(result.verdicts).toMatchObject([{ platform: 'bolt', sent: TINY.messages }]);
  await forgetStorm(result.folder);
});
