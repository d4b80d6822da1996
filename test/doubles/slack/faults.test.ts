import { afterEach, beforeEach, expect, it } from 'vitest';
import { type SlackDouble, startSlackDouble } from './index.ts';
import { refusal, webClient } from './sdk.ts';

let slack: SlackDouble;
beforeEach(async () => {
  slack = await startSlackDouble();
});
afterEach(() => slack.close());

const post = (text = 'hi') => webClient(slack).chat.postMessage({ channel: slack.general.id, text });

it('answers 429 with Retry-After so many times', async () => {
  const fault = slack.fault('chat.postMessage', { ratelimited: 7 }, { times: 2 });
  for (const _ of [1, 2]) await expect(post()).rejects.toMatchObject({ retryAfter: 7 });
  await post();
  expect(fault.hits).toBe(2);
  expect(slack.visible('general')).toHaveLength(1);
});

it('fails as a server does, by code, or by condition', async () => {
  slack.fault('chat.postMessage', { status: 503 });
  await expect(post()).rejects.toMatchObject({ statusCode: 503 });
  slack.fault('*', { error: 'fatal_error' }, { when: (args) => args.text === 'bad' });
  await post('good');
  expect(await refusal(post('bad'))).toBe('fatal_error');
});

it('applies a call and loses the answer', async () => {
  slack.fault('chat.postMessage', { applyThenCut: true });
  await expect(post('once')).rejects.toThrow();
  expect(slack.visible('general').map((m) => m.text)).toEqual(['once']);
  slack.fault('chat.postMessage', { cut: true });
  await expect(post('never')).rejects.toThrow();
  expect(slack.visible('general')).toHaveLength(1);
});

it('hangs until the client loses patience', async () => {
  slack.fault('chat.postMessage', { hang: true });
  const sent = fetch(`${slack.apiUrl}/chat.postMessage`, { method: 'POST', signal: AbortSignal.timeout(30) });
  await expect(sent).rejects.toThrow('timeout');
});

it('refuses connections and takes them again', async () => {
  slack.refuseConnections();
  await expect(post()).rejects.toThrow();
  await slack.acceptConnections();
  await post();
});

it('fails apps.connections.open and auth.test by code', async () => {
  slack.fault('apps.connections.open', { error: 'internal_error' });
  expect(await refusal(webClient(slack, slack.appToken).apps.connections.open({}))).toBe('internal_error');
  slack.fault('auth.test', { error: 'invalid_auth' });
  expect(await refusal(webClient(slack).auth.test())).toBe('invalid_auth');
});

it('limits by tier when told to', async () => {
  slack.settings.limits = 'on';
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => post()));
  expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(4);
  const limited = slack.calls.filter((call) => call.error === 'ratelimited');
  expect(limited.map((call) => call.status)).toEqual([429, 429, 429, 429]);
  const other = slack.addChannel({ name: 'other' });
  await webClient(slack).chat.postMessage({ channel: other.id, text: 'another channel has its own' });
});

it('logs calls, and waits for one that is still to come', async () => {
  const waited = slack.waitForCall((call) => call.method === 'chat.postMessage' && call.args.text === 'later');
  await post('first');
  await post('later');
  expect(await waited).toMatchObject({ ok: true, status: 200, args: { channel: slack.general.id } });
  expect(slack.calls.map((call) => call.args.token)).toEqual([undefined, undefined]);
  await expect(slack.waitForCall((call) => call.method === 'chat.update', 10)).rejects.toThrow('chat.postMessage');
});

it('keeps nothing when told to', async () => {
  const lean = await startSlackDouble({ keepLog: false });
  try {
    const { ts } = await webClient(lean).chat.postMessage({ channel: lean.general.id, text: 'a' });
    expect([lean.calls, lean.versions('general', ts as string)]).toEqual([[], []]);
    expect(lean.visible('general')).toHaveLength(1);
  } finally {
    await lean.close();
  }
});
