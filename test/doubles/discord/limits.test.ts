import { REST } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { refusal } from './sdk.ts';

const POST = 'POST /channels/:channel/messages';

let discord: DiscordDouble;
let rest: REST;
beforeEach(async () => {
  discord = await startDiscordDouble();
  rest = new REST({ api: discord.apiUrl, retries: 0, timeout: 2_000 }).setToken(discord.token);
});
afterEach(() => discord.close());

const post = (content = 'hi', channel = discord.general.id): Promise<{ id: string }> =>
  rest.post(`/channels/${channel}/messages`, { body: { content } }) as Promise<{ id: string }>;
const raw = (content: string) =>
  fetch(`${discord.apiUrl}/v10/channels/${discord.general.id}/messages`, {
    method: 'POST',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ content }),
  });

it('limits messages by channel, and says so in headers', async () => {
  discord.settings.limits = 'on';
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => raw(`${n}`)));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 200, 429]);
  const refused = answers.find((answer) => answer.status === 429);
  expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
  expect(Number(refused?.headers.get('x-ratelimit-reset-after'))).toBeGreaterThan(0);
  expect(await refused?.json()).toMatchObject({ global: false, retry_after: expect.any(Number) });
  const other = discord.addChannel({ name: 'other' });
  await post('another channel has its own', other.id);
});

it('makes discord.js wait before it is refused', async () => {
  discord.settings.limits = 'on';
  await post('one');
  const waits = new Promise<{ timeToReset: number; limit: number }>((resolve) => rest.once('rateLimited', resolve));
  const rests = ['2', '3', '4', '5', '6'].map((n) => post(n));
  expect(await waits).toMatchObject({ limit: 5 });
  expect(discord.calls.every((call) => call.status === 200)).toBe(true);
  rests.at(-1)?.catch(() => {}); // it still waits when the test ends
});

it('lets edits draw on the bucket of messages', async () => {
  const { id } = await post();
  discord.settings.limits = 'on';
  const edit = await fetch(`${discord.apiUrl}/v10/channels/${discord.general.id}/messages/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bot ${discord.token}`, 'content-type': 'application/json' },
    body: '{"content":"x"}',
  });
  const next = await raw('y');
  expect(next.headers.get('x-ratelimit-bucket')).toBe(edit.headers.get('x-ratelimit-bucket'));
  expect([edit, next].map((answer) => answer.headers.get('x-ratelimit-remaining'))).toEqual(['4', '3']);
});

it('answers 429 by a fault, and discord.js tries again', async () => {
  const fault = discord.fault(POST, { ratelimited: 0.05 }, { times: 2 });
  await post();
  expect([fault.hits, discord.visible('general').length]).toEqual([2, 1]);
  discord.fault(POST, { ratelimited: 0.05, global: true });
  await post();
  expect(discord.calls.filter((call) => call.status === 429)).toHaveLength(3);
});

it('fails as a server does, by code, or by condition', async () => {
  discord.fault(POST, { status: 503 });
  await expect(post()).rejects.toMatchObject({ status: 503 });
  discord.fault('*', { error: { code: 50013, status: 403 } }, { when: ({ body }) => body.content === 'bad' });
  await post('good');
  expect((await refusal(post('bad'))).code).toBe(50013);
});

it('applies a call and loses the answer', async () => {
  discord.fault(POST, { applyThenCut: true });
  await expect(post('once')).rejects.toThrow();
  discord.fault(POST, { cut: true });
  await expect(post('never')).rejects.toThrow();
  discord.fault(POST, { applyThenStatus: 502 });
  await expect(post('twice')).rejects.toMatchObject({ status: 502 });
  discord.fault(POST, { delayMs: 10 });
  await post('slowly');
  expect(discord.visible('general').map((m) => m.text)).toEqual(['once', 'twice', 'slowly']);
});

it('hangs until the client loses patience', async () => {
  discord.fault(POST, { hang: true });
  rest.options.timeout = 30;
  await expect(post()).rejects.toThrow('abort');
});

it('refuses connections and takes them again', async () => {
  discord.refuseConnections();
  await expect(post()).rejects.toThrow();
  await discord.acceptConnections();
  await post();
});

it('knows no other routes, versions or tokens', async () => {
  expect(await refusal(rest.get('/nothing/here'))).toMatchObject({ status: 404, code: 0 });
  expect((await fetch(`${discord.apiUrl}/v9/gateway`)).status).toBe(400);
  discord.settings.revoked = true;
  expect(await refusal(post())).toMatchObject({ status: 401, code: 0 });
});

it('keeps nothing when told to', async () => {
  const lean = await startDiscordDouble({ keepLog: false });
  try {
    const client = new REST({ api: lean.apiUrl }).setToken(lean.token);
    await client.post(`/channels/${lean.general.id}/messages`, { body: { content: 'a' } });
    expect([lean.calls, lean.visible('general')[0]?.versions]).toEqual([[], []]);
  } finally {
    await lean.close();
  }
});
