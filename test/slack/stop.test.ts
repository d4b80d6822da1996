/** How a person ends an answer that is being written: Slack's stop button, and a reaction. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel, silence } from '../doubles/model.ts';
import { createGate } from '../support/gate.ts';
import { repliesIn, type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';

let bot: SlackBot | undefined;
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
});

async function start(options?: SlackBotOptions) {
  bot = await startSlackBot(options);
  const { slack, chasqui } = bot;
  return { slack, chasqui, ana: slack.ana.id, ben: slack.ben.id, general: slack.general.id };
}

test('the stop button ends the answer, and the status is set back', async () => {
  const { model } = createTestModel(async function* (request) {
    yield 'The first part of a long answer.\n\n';
    await silence(request.signal);
  });
  const { slack, chasqui, ana } = await start({ models: [model] });
  const dm = slack.dm(ana).id;
  const { ts: thread_ts } = slack.say(ana, dm, 'tell me everything');
  await slack.waitForMessage(dm, (message) => message.streaming);
  await slack.waitUntil(() => slack.session(dm, thread_ts)?.status === 'processing');
  await slack.pressStop(ana, dm, thread_ts);
  await chasqui.turns(1);
  await slack.waitUntil(() => slack.session(dm, thread_ts)?.status === 'active');
  expect(repliesIn(slack, dm, thread_ts)).toEqual(['The first part of a long answer.']);
  const [line] = await chasqui.turns(1);
  expect(line?.outcome).toBe('stopped');
});

test('whoever asked stops the answer by a reaction on it; others, and other reactions, do not', async () => {
  const gate = createGate();
  const { model } = createTestModel(async function* (request) {
    yield 'The first part of a long answer.\n\n';
    await gate.opened;
    yield 'The second part of it.\n\n';
    await silence(request.signal);
  });
  const { slack, chasqui, ana, ben, general } = await start({ models: [model] });
  const { ts: thread_ts } = slack.say(ana, general, 'tell me everything', { mention: true });
  const { ts } = await slack.waitForMessage(general, (message) => message.streaming);
  const reacts = async (person: string, message: string, name: string) =>
    expect(await slack.react(person, general, message, name)).toMatchObject({ acked: true });
  await reacts(ana, ts, 'thumbsup');
  await reacts(ana, thread_ts, 'octagonal_sign');
  await reacts(ben, ts, 'black_square_for_stop');
  // Slack may be late with it; by then it could be another answer that is stopped.
  const event_ts = `${Math.floor(Date.now() / 1_000) - 300}.000001`;
  const item = { type: 'message', channel: general, ts };
  const stop = { type: 'reaction_added', user: ana, reaction: 'octagonal_sign', item, item_user: slack.ids.botUser };
  expect(await slack.event({ ...stop, event_ts })).toMatchObject({ acked: true });
  gate.open();
  await slack.waitForMessage(general, (message) => message.text.includes('The second part'));
  await reacts(ana, ts, 'black_square_for_stop');
  const [line] = await chasqui.turns(1);
  expect(line?.outcome).toBe('stopped');
  expect(repliesIn(slack, general, thread_ts)).toEqual(['The first part of a long answer.\n\nThe second part of it.']);
});
