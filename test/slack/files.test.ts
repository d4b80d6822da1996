/** Where the bot's token goes, and where not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { createSlackClient } from '../../adapters/slack/client.ts';
import { createFiles } from '../../adapters/slack/send/files.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/index.ts';
import { captureLog } from '../support/config.ts';

let slack: SlackDouble | undefined;
afterEach(async () => {
  await slack?.close();
  slack = undefined;
});

test('the token is sent to the API’s own origin and to Slack by https, never by http, nor to another port', async () => {
  slack = await startSlackDouble();
  const { log } = captureLog();
  const open = (apiUrl: string) => {
    const api = createSlackClient({ token: slack?.botToken as string, apiUrl, log, onError() {} });
    return createFiles({ client: api, apiUrl });
  };
  slack.say(slack.ana.id, 'general', 'file', { files: [{ name: 'a.txt', mimetype: 'text/plain', content: 'x' }] });
  const [file] = (slack.sent[0]?.event.files ?? []) as { url_private: string }[];
  const ref = file?.url_private as string;
  const asked = { id: 'F1', name: 'a.txt', mediaType: 'text/plain', ref };
  expect(Buffer.from(await open(slack.apiUrl).download(asked, 10)).toString()).toBe('x');
  const secure = slack.apiUrl.replace('http:', 'https:');
  const { port } = new URL(slack.apiUrl);
  const before = slack.calls.length;
  for (const [apiUrl, address] of [
    [secure, ref],
    [slack.apiUrl, ref.replace(`:${port}`, ':1')],
    [slack.apiUrl, ref.replace('http:', 'https:')],
    [slack.apiUrl, 'http://files.slack.com/a'],
    [slack.apiUrl, 'https://files.slack.com:8443/a'],
    [slack.apiUrl, 'https://files.slack.com.example.com/a'],
    [slack.apiUrl, 'https://notslack.com/a'],
    [slack.apiUrl, 'nonsense'],
  ] as const)
    await expect(open(apiUrl).download({ ...asked, ref: address }, 10)).rejects.toMatchObject({ code: 'foreign_host' });
  expect(slack.calls).toHaveLength(before);
});

test('the connection of a file that Slack refuses, or asks to log in for, is let go', async () => {
  const closed: string[] = [];
  const server = createServer(({ url = '', socket }, response) => {
    socket.once('close', () => closed.push(url));
    response.writeHead(url === '/login' ? 200 : 404, { 'content-type': 'text/html' }).write('<form>'.repeat(20_000));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { log } = captureLog();
  const files = createFiles({ client: createSlackClient({ token: 'xoxb-1', apiUrl, log, onError() {} }), apiUrl });
  const read = (path: string) =>
    files.download({ id: 'F1', name: 'a.txt', mediaType: 'text/plain', ref: `${apiUrl}/${path}` }, 100);
  await expect(read('gone')).rejects.toMatchObject({ kind: 'gone', code: 'http_404' });
  await expect(read('login')).rejects.toMatchObject({ kind: 'auth', code: 'files:read' });
  await expect.poll(() => closed.toSorted()).toEqual(['/gone', '/login']);
});
