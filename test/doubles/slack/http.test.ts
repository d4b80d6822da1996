import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { httpApp } from './sdk.ts';

let slack: SlackDouble;
const stops: (() => unknown)[] = [];
beforeEach(async () => {
  slack = await startSlackDouble({ retryDelaysMs: [1, 5, 10] });
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await slack.close();
});

async function start() {
  const started = await httpApp(slack);
  stops.push(started.stop);
  return started.app;
}

/** A bare request URL that answers each POST with the next status of `statuses`; `headers` holds what came. */
async function bare(statuses: (number | 'silent')[], answer: Record<string, string> = {}) {
  const headers: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    headers.push(request.headers);
    request.resume();
    const status = statuses.shift() ?? 200;
    if (status === 'silent') return;
    response.writeHead(status, answer);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await slack.deliverTo({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, verify: false });
  return headers;
}

it('passes Bolt’s signature check and url_verification; events arrive', async () => {
  const app = await start();
  const heard: unknown[] = [];
  app.message(async ({ message }) => void heard.push((message as { text?: string }).text));
  const delivered = await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered;
  expect(delivered).toMatchObject({ acked: true, attempts: 1 });
  expect(heard).toEqual(['hi']);
});

it('signs so that Bolt takes it, and Bolt takes nothing else', async () => {
  const { url, stop } = await httpApp(slack);
  stops.push(stop);
  const other = await startSlackDouble({ signingSecret: 'another' });
  stops.push(() => other.close());
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c' });
  const status = async (headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } })).status;
  expect(await status(slack.sign(body))).toBe(200);
  expect(await status(other.sign(body))).toBe(401);
  expect(await status(slack.sign(`${body} `))).toBe(401);
  expect(await status(slack.sign(body, Date.now() - 6 * 60_000))).toBe(401);
});

it('does not take a URL that does not answer the challenge', async () => {
  const headers = await bare([]);
  expect(headers).toEqual([]);
  const url = 'http://127.0.0.1:1/';
  await expect(slack.deliverTo({ url })).rejects.toThrow('url_verification failed');
});

it('tries again on errors and silence, with the number and the reason', async () => {
  slack.settings.ackTimeoutMs = 300;
  const headers = await bare([500, 'silent', 200]);
  const delivered = await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered;
  expect(delivered).toMatchObject({ acked: true, attempts: 3 });
  const told = headers.map((h) => [h['x-slack-retry-num'], h['x-slack-retry-reason']]);
  expect(told).toEqual([
    [undefined, undefined],
    ['1', 'http_error'],
    ['2', 'http_timeout'],
  ]);
});

it('stops when the app asks for no retry', async () => {
  await bare([500], { 'x-slack-no-retry': '1' });
  const delivered = await slack.say(slack.ana.id, slack.dm(slack.ana.id).id, 'hi').delivered;
  expect(delivered).toMatchObject({ acked: false, attempts: 1, outcome: 'given_up' });
});

it('sends commands and buttons as forms', async () => {
  const app = await start();
  app.command('/chasqui', async ({ ack, command }) => ack(`${command.text} for ${command.user_name}`));
  app.action('go', async ({ ack, respond }) => {
    await ack();
    await respond('pressed');
  });
  app.message(async ({ say }) => {
    const button = { type: 'button', action_id: 'go', value: 'v', text: { type: 'plain_text', text: 'Go' } };
    await say({ text: 'x', blocks: [{ type: 'actions', elements: [button] }] as never });
  });
  const command = await slack.command(slack.ana.id, 'general', '/chasqui', 'help');
  expect(command).toMatchObject({ acked: true, body: { text: 'help for ana' } });
  const dm = slack.dm(slack.ana.id).id;
  slack.say(slack.ana.id, dm, 'show');
  const shown = await slack.waitForMessage(dm, (m) => m.fallback === 'x');
  const pressed = await slack.pressButton(slack.ana.id, dm, shown.ts, 'go');
  expect((await pressed.post()).text).toBe('pressed');
});

it('says so when nobody answers a command', async () => {
  slack.settings.ackTimeoutMs = 20;
  await bare(['silent']);
  expect(await slack.command(slack.ana.id, 'general', '/chasqui', 'help')).toMatchObject({ acked: false, attempts: 1 });
});
