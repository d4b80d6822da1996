/** What is wrong around the app and nobody sees: a token that two installations share, a clock that is off. */
import { afterEach, expect, test } from 'vitest';
import { type SlackBot, startSlackBot } from '../support/slack.ts';
import { type Boots, startSlack } from './bot.ts';

let bot: SlackBot | undefined;
let boots: Boots | undefined;
afterEach(async () => {
  await bot?.stop();
  await boots?.end();
  bot = undefined;
  boots = undefined;
});

const SHARED = expect.stringContaining('same SLACK_APP_TOKEN');

test('connections of another installation are told; those of our own processes are not', async () => {
  boots = await startSlack();
  const { slack, boot } = boots;
  const [one, two] = [await boot(), await boot()];
  await slack.waitUntil(() => slack.socket.connections === 4);
  expect([...one.lines, ...two.lines].map(({ msg }) => msg)).not.toContainEqual(SHARED);
  slack.settings.otherConnections = 3;
  const { opened } = slack.socket;
  slack.socket.disconnect('refresh_requested', { close: true, index: 0 });
  await slack.waitUntil(() => slack.socket.opened > opened);
  await expect.poll(() => [...one.lines, ...two.lines].map(({ msg }) => msg)).toContainEqual(SHARED);
});

test.each([6 * 60_000, -6 * 60_000])(
  'a clock that is off by %i ms is told as such, in the log and by the doctor',
  async (ms) => {
    bot = await startSlackBot({ transport: 'http' });
    const { slack, chasqui } = bot;
    const event = JSON.stringify({ type: 'event_callback', event: { type: 'message' } });
    const response = await fetch(`${chasqui.address}/slack/events`, {
      method: 'POST',
      body: event,
      headers: { 'content-type': 'application/json', ...slack.sign(event, Date.now() + ms) },
    });
    expect(response.status).toBe(401);
    const told = chasqui.lines.map(({ msg }) => String(msg));
    expect(told.join()).toContain('Slack’s time differs by 6 minutes: set this machine’s clock');
    expect(told.join()).not.toContain('without a valid signature');
    boots = await startSlack({ slack: { clockAheadMs: ms } });
    const { adapter } = await boots.boot();
    const checks = await adapter.check();
    expect(checks.find(({ name }) => name === 'Clock')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('differs by 6 minutes'),
    });
  },
);
