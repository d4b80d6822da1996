/** Storms on one process of a bot: of Chasqui in that form, which loses nothing, and of another, which is only measured. */
import { expect, test } from 'vitest';
import { runPeerStorm } from '../../chaos/peer.ts';
import { harm } from '../../chaos/report.ts';
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

test.concurrent('Chasqui as one process answers all of a tiny storm once', { timeout: 120_000 }, async () => {
  const result = await runPeerStorm('chasqui', TINY);
  expect(harm(result), `logs in ${result.folder}`).toEqual([]);
  expect(result.verdicts).toMatchObject([{ sent: TINY.messages, answered: TINY.messages, undelivered: 0 }]);
  expect(result.weather.countOf('kill-receiver')).toBeGreaterThan(0);
  await forgetStorm(result.folder);
});

test.concurrent('another bot is stormed to its verdict', { timeout: 120_000 }, async () => {
  const result = await runPeerStorm('bolt', TINY);
  expect(result.surprises, `logs in ${result.folder}`).toEqual([]);
  expect(result.verdicts).toMatchObject([{ platform: 'bolt', sent: TINY.messages }]);
  await forgetStorm(result.folder);
});
