/** A worker dies in the middle of a reply; another goes on with what was saved: one reply, each word once. */
import { afterEach, expect, test } from 'vitest';
import { toAddress } from '../../adapters/slack/route.ts';
import { type Boots, startSlack } from './bot.ts';

let bot: Boots | undefined;
afterEach(async () => {
  await bot?.end();
  bot = undefined;
});

async function start() {
  bot = await startSlack();
  const { slack, ana, general, boot, answers } = bot;
  const { adapter } = await boot();
  const { ts: asked } = slack.say(ana, general, 'hello all');
  const to = toAddress({ team: slack.ids.team, channel: general, thread: asked, user: ana, asked });
  const working = () => slack.waitUntil(() => slack.session(general, asked)?.status === 'processing');
  return { sender: adapter.sender(), to, asked, boot, working, said: () => answers(general) };
}

const answered = (markdown: string) => ({ markdown, outcome: 'answered' as const, model: 'test:model' });

test('what was appended and not saved any more is not appended again', async () => {
  const { sender, to, said } = await start();
  const saved = await sender.update(await sender.begin(to, 'turn-1'), 'One. ');
  await sender.update(structuredClone(saved), 'One. Two. ');
  const resumed = { ...structuredClone(saved), unverified: true };
  await sender.finish(resumed, answered('One. Two. Three.'));
  expect(said()).toEqual(['One. Two. Three.']);
  await sender.close();
});

test('another answer takes the place of the one that was begun, also while it grows', async () => {
  const { sender, to, said } = await start();
  const begun = await sender.begin(to, 'turn-2');
  await sender.update(structuredClone(begun), 'It was a dark night. ');
  const other = await sender.update({ ...structuredClone(begun), unverified: true }, 'It is a bright day. ');
  await sender.finish(other, answered('It is a bright day. Indeed.'));
  expect(said()).toEqual(['It is a bright day. Indeed.']);
  await sender.close();
});

test('a reply that was whole already is no stream any more: it is edited, and none is begun beside it', async () => {
  const { sender, to, said } = await start();
  const begun = await sender.begin(to, 'turn-3');
  await sender.finish(structuredClone(begun), answered('Whole.'));
  const again = await sender.update({ ...structuredClone(begun), unverified: true }, 'Who');
  await sender.finish(again, answered('Whole, once more.'));
  expect(said()).toEqual(['Whole, once more.']);
  await sender.close();
});

test('the sign of a worker that died is taken away before the reply counts as delivered', async () => {
  const { sender: first, to, asked, said, working, boot } = await start();
  const died = await first.begin(to, 'turn-4');
  await working();
  const second = (await boot()).adapter.sender();
  const growing = await second.update({ ...died, unverified: true }, 'It is ');
  await second.finish(growing, answered('It is a bright day.'));
  expect(bot?.slack.session(bot.general, asked)?.status).toBe('active');
  expect(said()).toEqual(['It is a bright day.']);
  await Promise.all([first.close(), second.close()]);
});

test('a sign whose call is under way while the reply is finished is taken away as well', async () => {
  const { sender, to, asked, said, working } = await start();
  const { slack, general } = bot as Boots;
  // Applied, and answered so late that the sender cannot know which came first: the sign, or the end of the stream.
  slack.fault('agents.sessions.setStatus', { delayMs: 400 });
  const growing = await sender.update(await sender.begin(to, 'turn-5'), 'It is ');
  await working();
  await sender.finish(growing, answered('It is a bright day.'));
  const set = slack.calls.filter(({ method }) => method === 'agents.sessions.setStatus').map(({ args }) => args.status);
  expect(set).toEqual(['processing', 'active']);
  expect(slack.session(general, asked)?.status).toBe('active');
  expect(said()).toEqual(['It is a bright day.']);
  await sender.close();
});
