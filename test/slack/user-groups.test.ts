/** `places` that let Slack user groups in, or keep them out. */
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_SCOPES } from '../doubles/slack/index.ts';
import type { SlackDoubleOptions } from '../doubles/slack/types.ts';
import { type SlackBot, startSlackBot } from '../support/slack.ts';
import { type Boots, startSlack } from './bot.ts';

let bot: SlackBot | undefined;
let boots: Boots | undefined;
afterEach(async () => {
  await bot?.stop();
  await boots?.end();
  bot = boots = undefined;
});

type Limits = { allow?: string[]; deny?: string[]; when_denied?: 'say' | 'ignore' };
const WITHOUT_SCOPE = DEFAULT_SCOPES.filter((scope) => scope !== 'usergroups:read');

/** A bot with the user group `friends`, in which Ana is. */
async function start(options?: SlackDoubleOptions) {
  bot = await startSlackBot({ ...(options && { slack: options }) });
  const { slack, chasqui } = bot;
  const friends = slack.addUserGroup('friends', [slack.ana.id]);
  /** The first answer to a direct message. */
  async function ask(user: string, text: string): Promise<string> {
    const { ts, channel } = slack.say(user, slack.dm(user).id, text);
    const isAnswer = (message: { user: string; thread_ts?: string | undefined; streaming?: boolean }) =>
      message.user === slack.ids.botUser && message.thread_ts === ts && !message.streaming;
    return (await slack.waitForMessage(channel, isAnswer)).text;
  }
  return {
    slack,
    chasqui,
    friends,
    ask,
    ana: slack.ana.id,
    ben: slack.ben.id,
    /** As an edit of the configuration does while Chasqui runs. */
    limit: (limits: Limits, where = 'slack') =>
      chasqui.personas.change({ ...chasqui.config, places: [{ where, ...limits }] }, []),
    asked: () => slack.calls.filter(({ method }) => method === 'usergroups.list').length,
  };
}

test('who is in an allowed group is answered, nobody else, and Slack is asked once', async () => {
  const { slack, friends, ask, ana, ben, limit, asked } = await start();
  expect(await ask(ben, 'zero')).toMatch(/^re: .*zero$/);
  limit({ allow: [ben] });
  expect(await ask(ben, 'one')).toMatch(/^re: .*one$/);
  // Other platforms' places are no concern of Slack's.
  limit({ allow: [friends.id] }, 'discord');
  expect(await ask(ben, 'two')).toMatch(/^re: .*two$/);
  expect(asked()).toBe(0);
  limit({ allow: [friends.id] });
  expect(await ask(ana, 'three')).toMatch(/^re: .*three$/);
  expect(await ask(ben, 'four')).toContain('may not answer you');
  expect(await ask(ana, 'five')).toMatch(/^re: .*five$/);
  slack.command(ana, 'general', '/chasqui', 'ask six');
  await slack.waitForMessage(slack.dm(ana).id, ({ text }) => text.endsWith('six') && text.startsWith('re: '));
  expect(asked()).toBe(1);
});

test('a denied group is kept out, also where its members are allowed by name', async () => {
  const { friends, ask, ana, ben, limit } = await start();
  limit({ allow: [ana, ben], deny: [friends.id] });
  expect(await ask(ben, 'one')).toMatch(/^re: .*one$/);
  expect(await ask(ana, 'two')).toContain('may not answer you');
});

test('a disabled group has no members', async () => {
  const { friends, ask, ana, limit } = await start();
  friends.date_delete = 1_700_000_000;
  limit({ allow: [friends.id] });
  expect(await ask(ana, 'one')).toContain('may not answer you');
});

test('while Slack does not tell, the message is delivered again', async () => {
  const { slack, friends, ask, ana, limit, asked } = await start();
  limit({ allow: [friends.id] });
  slack.fault('usergroups.list', { status: 503 });
  expect(await ask(ana, 'one')).toMatch(/^re: .*one$/);
  expect(asked()).toBe(2);
});

test('where Slack will not tell, nobody is let in, and a place that denies a group is closed', async () => {
  const { chasqui, friends, ask, ana, ben, limit, asked } = await start({ scopes: WITHOUT_SCOPE });
  limit({ allow: [friends.id] });
  expect(await ask(ana, 'one')).toContain('may not answer you');
  limit({ allow: [ben], deny: [friends.id] });
  expect(await ask(ben, 'two')).toContain('may not answer you');
  limit({ allow: [ben] });
  expect(await ask(ben, 'three')).toMatch(/^re: .*three$/);
  expect(asked()).toBe(1);
  expect(chasqui.lines.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('cannot be looked up'));
});

test('the doctor wants the scope only where a place names a group', async () => {
  boots = await startSlack({ slack: { scopes: WITHOUT_SCOPE } });
  const tokenOf = async (allow: string[]) => {
    const { adapter } = await (boots as Boots).boot({ accessLists: { allow, deny: [] } });
    return (await adapter.check()).find(({ name }) => name === 'Slack bot token');
  };
  expect(await tokenOf(['U0123456789'])).toMatchObject({ ok: true });
  expect(await tokenOf(['S0123456789'])).toMatchObject({
    ok: false,
    detail: expect.stringContaining('lacks usergroups:read'),
  });
});
