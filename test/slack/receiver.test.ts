/** What reaches the receiver that should not, and what it must not lose. */
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { repliesIn, type SlackBot, type SlackBotOptions, startSlackBot } from '../support/slack.ts';

let bot: SlackBot | undefined;
let redis: TestRedis | undefined;
afterEach(async () => {
  await bot?.stop();
  await redis?.close();
  bot = undefined;
  redis = undefined;
});

async function start(options?: SlackBotOptions) {
  bot = await startSlackBot(options);
  const { slack, chasqui } = bot;
  const ana = slack.ana.id;
  return { slack, chasqui, ana, dm: slack.dm(ana).id, general: slack.general.id };
}

const EVENT = JSON.stringify({ type: 'event_callback', team_id: 'T1', event: { type: 'message', text: 'hi' } });

test('requests that are unsigned, altered or old are refused', async () => {
  const { slack, chasqui } = await start({ transport: 'http' });
  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${chasqui.address}/slack/events`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const signed = slack.sign(EVENT);
  const old = slack.sign(EVENT, Date.now() - 600_000);
  expect((await post(EVENT, {})).status).toBe(401);
  expect((await post(EVENT.replace('hi', 'ho'), signed)).status).toBe(401);
  expect((await post(EVENT, old)).status).toBe(401);
  expect((await post(EVENT, { ...signed, 'x-slack-request-timestamp': 'soon' })).status).toBe(401);
  expect((await post('{"type": ', slack.sign('{"type": '))).status).toBe(400);
  expect((await post('null', slack.sign('null'))).status).toBe(400);
  expect((await post(EVENT, signed)).status).toBe(200);
});

test('an unsigned or too large body is refused before it is read', async () => {
  const { slack, chasqui } = await start({ transport: 'http' });
  const signed = slack.sign(EVENT);
  /** Sends the headers and not one byte of the body. */
  const announce = (headers: Record<string, string>, bytes: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(chasqui.address).port), '127.0.0.1');
      socket.once('data', (data) => {
        resolve(String(data).split('\r\n', 1)[0] as string);
        socket.destroy();
      });
      socket.once('error', reject);
      const lines = Object.entries({ host: 'x', ...headers, 'content-length': bytes });
      socket.write(
        `POST /slack/events HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
      );
    });
  const json = { 'content-type': 'application/json' };
  expect(await announce(json, 900_000)).toContain(' 401 ');
  expect(await announce({ ...json, ...signed, 'x-slack-signature': 'v0=short' }, 900_000)).toContain(' 401 ');
  expect(await announce({ ...json, ...signed, 'x-slack-request-timestamp': 'soon' }, 900_000)).toContain(' 401 ');
  expect(await announce({ ...json, ...signed }, 1_048_577)).toContain(' 413 ');
});

test('the longest text Slack sends is cut and answered', async () => {
  const { model, calls } = createTestModel(() => ['that was long']);
  const { slack, chasqui, ana, dm } = await start({ models: [model], transport: 'http' });
  await slack.say(ana, dm, 'a long text '.repeat(3_330)).delivered;
  await chasqui.turns(1);
  expect(calls.items[0]?.question.length).toBeLessThan(33_000);
  expect(calls.items[0]?.question).toContain('cut after');
});

test('events of unknown types and shapes are acknowledged and do nothing', async () => {
  const { slack, chasqui, ana, dm } = await start();
  expect(await slack.event({ type: 'message', channel: dm })).toMatchObject({ acked: true });
  expect(await slack.event({ type: 'message', subtype: 'message_changed', channel: dm })).toMatchObject({
    acked: true,
  });
  expect(await slack.event({ type: 'message', subtype: 'huddle_thread', channel: dm, user: ana })).toMatchObject({
    acked: true,
  });
  await slack.say(ana, dm, 'hello').delivered;
  await chasqui.turns(1);
});

test('an event that Redis cannot take is not acknowledged, and is answered when Slack delivers it again', async () => {
  redis = await startRedis();
  const { slack, chasqui, ana, dm } = await start({
    redisUrl: redis.url,
    slack: { ackTimeoutMs: 500, retryDelaysMs: [50] },
  });
  slack.say(ana, dm, 'before');
  await chasqui.turns(1);
  await redis.kill();
  const said = slack.say(ana, dm, 'meanwhile');
  await slack.say(ana, dm, 'too').delivered.then((delivered) => expect(delivered.acked).toBe(false));
  expect((await said.delivered).acked).toBe(false);
  await redis.restart();
  for (const event of slack.sent.slice(-2)) await slack.redeliver(event.eventId);
  await chasqui.turns(3);
  expect(repliesIn(slack, dm, said.ts)).toEqual(['re: Ana: meanwhile']);
});

test('an event whose acknowledgement is lost is answered once', async () => {
  const { slack, chasqui, ana, dm } = await start({ slack: { ackTimeoutMs: 200, retryDelaysMs: [10, 10, 10] } });
  slack.ignoreAcks(2);
  const said = slack.say(ana, dm, 'hello');
  await said.delivered;
  await chasqui.turns(1);
  await slack.redeliver(slack.sent.find((sent) => sent.event.ts === said.ts)?.eventId as string);
  expect(repliesIn(slack, dm, said.ts)).toEqual(['re: Ana: hello']);
});

test('sockets that fall come back by themselves', async () => {
  const { slack, chasqui, ana, dm } = await start();
  slack.socket.drop();
  await slack.waitUntil(() => slack.socket.connections > 0, 10_000);
  await slack.say(ana, dm, 'still there?').delivered;
  await chasqui.turns(1);
  expect((await fetch(`${chasqui.address}/readyz`)).status).toBe(200);
});

test('when Slack asks for a new connection, nothing said meanwhile is lost', async () => {
  const { slack, chasqui, ana, dm } = await start({ slack: { retryDelaysMs: [50, 50, 50] } });
  slack.socket.disconnect('refresh_requested', { close: true });
  const said = [1, 2, 3].map((n) => slack.say(ana, dm, `message ${n}`));
  const delivered = await Promise.all(said.map((one) => one.delivered));
  expect(delivered.every((one) => one.acked)).toBe(true);
  await chasqui.turns(3);
  for (const [n, { ts }] of said.entries()) expect(repliesIn(slack, dm, ts)).toEqual([`re: Ana: message ${n + 1}`]);
});

test('a bad token is said plainly and ends nothing', async () => {
  bot = await startSlackBot({ env: { SLACK_BOT_TOKEN: 'xoxb-1-2-wrongwrongwrong' } });
  const { chasqui } = bot;
  expect(JSON.stringify(await chasqui.parts())).toContain('invalid_auth');
  expect(await (await fetch(`${chasqui.address}/readyz`)).text()).not.toContain('invalid_auth');
  expect(chasqui.lines.some((line) => line.msg === 'this platform cannot start')).toBe(true);
  expect(JSON.stringify(chasqui.lines)).not.toContain('wrongwrongwrong');
});

test('Slack being away at the start is waited for', async () => {
  bot = await startSlackBot();
  const { slack } = bot;
  await bot.chasqui.stop();
  await slack.refuseConnections();
  const again = await startSlackBot({
    env: { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken },
  });
  try {
    expect((await fetch(`${again.chasqui.address}/readyz`)).status).toBe(503);
    await slack.acceptConnections();
    await expect
      .poll(async () => (await fetch(`${again.chasqui.address}/readyz`)).status, { timeout: 10_000 })
      .toBe(200);
  } finally {
    await again.stop();
  }
});
