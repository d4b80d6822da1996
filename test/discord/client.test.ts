/** What Discord's refusals and silences mean to the one who called. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscordApi } from '../../adapters/discord/client.ts';
import { createDownload } from '../../adapters/discord/files.ts';
import { type DiscordDouble, startDiscordDouble } from '../doubles/discord/index.ts';

let discord: DiscordDouble;
let api: ReturnType<typeof createDiscordApi>;
let errors: string[];
beforeEach(async () => {
  discord = await startDiscordDouble();
  errors = [];
  api = createDiscordApi({
    apiUrl: discord.apiUrl,
    token: discord.token,
    onError: (method, code) => errors.push(`${method} ${code}`),
  });
});
afterEach(async () => {
  api.close();
  await discord.close();
});

const POST = 'POST /channels/:channel/messages';
const post = (content = 'hello') => api.call('POST', `/channels/${discord.general.id}/messages`, { body: { content } });

test.each([
  [{ ratelimited: 1.5 }, 'rate-limited'],
  [{ ratelimited: 1.5, global: true }, 'rate-limited'],
  [{ status: 503 }, 'unavailable'],
  [{ status: 502 }, 'unknown-outcome'],
  [{ applyThenCut: true }, 'unknown-outcome'],
  [{ error: { code: 50013, status: 403 } }, 'gone'],
  [{ error: { code: 50083, status: 400 } }, 'gone'],
  [{ error: { code: 40005, status: 413 } }, 'too-large'],
  [{ error: { code: 50035, status: 400 } }, 'invalid'],
  [{ error: { code: 20016, status: 429 } }, 'rate-limited'],
] as const)('%o is %s, and is not repeated', async (fault, kind) => {
  const struck = discord.fault(POST, fault, { times: Number.POSITIVE_INFINITY });
  await expect(post()).rejects.toMatchObject({ name: 'SendError', kind });
  expect(struck.hits).toBe(1);
  expect(errors).toEqual([expect.stringMatching(/^POST \/channels\/:id\/messages /)]);
});

test('a limit tells how long to wait, also when it is known before the call', async () => {
  discord.settings.limits = 'on';
  const results = await Promise.allSettled(Array.from({ length: 7 }, () => post()));
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  expect(refused).toHaveLength(2);
  for (const { kind, retryAfterMs } of refused) {
    expect(kind).toBe('rate-limited');
    expect(retryAfterMs).toBeGreaterThan(100);
  }
  expect(discord.calls.filter((call) => call.status === 429)).toEqual([]);
});

test('a refused token is the operator’s to mend, and is not tried again', async () => {
  discord.settings.revoked = true;
  await expect(post()).rejects.toMatchObject({ kind: 'auth' });
  await expect(post()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('DISCORD_TOKEN') });
  expect(discord.calls).toHaveLength(1);
});

test('Discord that is away is unavailable', async () => {
  await discord.refuseConnections();
  await expect(post()).rejects.toMatchObject({ kind: 'unavailable' });
  await discord.acceptConnections();
});

test('files are fetched from Discord only', async () => {
  const download = createDownload({ api, apiUrl: discord.apiUrl });
  const file = { id: '1', name: 'a.txt', mediaType: 'text/plain', ref: '' };
  for (const ref of [
    'http://127.0.0.1:1/a.txt',
    'http://cdn.discordapp.com/a.txt',
    'https://cdn.discordapp.com.example.com/a.txt',
    'file:///etc/passwd',
    'nonsense',
  ])
    await expect(download({ ...file, ref }, 100)).rejects.toMatchObject({ kind: 'invalid', code: 'foreign_host' });
});
