/** What Discord's refusals and silences mean to the one who called. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDiscordApi } from '../../adapters/discord/client.ts';
import { attachmentsOf } from '../../adapters/discord/receive/content.ts';
import type { DiscordMessage } from '../../adapters/discord/receive/normalize.ts';
import { createDownload } from '../../adapters/discord/send/files.ts';
import type { AttachmentRef, SendError } from '../../src/contract/index.ts';
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

test.each([
  [{ ratelimited: 35, code: 20028 }, '20028', 35_000],
  [{ ratelimited: 600, code: 20016 }, '20016', 600_000],
  [{ ratelimited: 90 }, 'ratelimited', 90_000],
] as const)('%o is told in its whole length, and holds up no other call', async (fault, code, waitMs) => {
  discord.fault(POST, fault);
  const refused = (await post().catch((error) => error)) as SendError;
  expect(refused).toMatchObject({ kind: 'rate-limited', code });
  expect(refused.retryAfterMs).toBeGreaterThanOrEqual(waitMs);
  await expect(post()).resolves.toMatchObject({ content: 'hello' });
});

test.each([200000, 200001, 240000])('what AutoMod refuses (%i) is invalid: another text may do', async (code) => {
  discord.fault(POST, { error: { code, status: 403 } });
  await expect(post()).rejects.toMatchObject({ kind: 'invalid', code: String(code) });
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

/** A file that somebody attached, as an event names it. */
async function attached() {
  const files = [{ name: 'a.txt', mimetype: 'text/plain', content: 'the content' }];
  const { id } = discord.say(discord.ana.id, discord.general.id, 'see', { files });
  const message = await api.call<DiscordMessage>('GET', `/channels/${discord.general.id}/messages/${id}`);
  return attachmentsOf(message)[0] as AttachmentRef;
}
const routes = () => discord.calls.map((call) => `${call.route} ${call.status}`);
const REFRESH = 'POST /attachments/refresh-urls';

test('a link that has run out is renewed before it is followed', async () => {
  discord.settings.attachmentUrlMs = -1_000;
  const file = await attached();
  discord.settings.attachmentUrlMs = 60_000;
  const download = createDownload({ api, apiUrl: discord.apiUrl });
  expect(new TextDecoder().decode(await download(file, 100))).toBe('the content');
  expect(routes().slice(1)).toEqual([`${REFRESH} 200`, 'cdn 200']);
});

test('so is one that Discord no longer takes, whatever stands in it', async () => {
  const file = await attached();
  discord.fault('cdn', { status: 403 });
  const download = createDownload({ api, apiUrl: discord.apiUrl });
  expect(new TextDecoder().decode(await download(file, 100))).toBe('the content');
  expect(routes().slice(1)).toEqual(['cdn 403', `${REFRESH} 200`, 'cdn 200']);
});

test('a file that cannot be had again is gone', async () => {
  discord.settings.attachmentUrlMs = -1_000;
  const file = await attached();
  discord.fault(REFRESH, { status: 500 });
  const download = createDownload({ api, apiUrl: discord.apiUrl });
  await expect(download(file, 100)).rejects.toMatchObject({ kind: 'gone', code: 'http_404' });
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
