import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { downloadFrom } from '../../adapters/kit/download.ts';
import { SendError } from '../../src/contract/index.ts';
import { serve } from './server.ts';

const FILE = { id: '1', name: 'notes.txt', mediaType: 'text/plain', ref: '1' };
const SECRET = 'a-secret-token';

test('a file is read with the token, up to the limit, whatever its size is said to be', async () => {
  const apiUrl = await serve(({ headers }, response) => void response.end(headers.authorization));
  const from = { address: `${apiUrl}/f`, apiUrl, headers: { authorization: 'Bearer abc' } };
  expect(new TextDecoder().decode(await downloadFrom(from, FILE, 10))).toBe('Bearer abc');
  await expect(downloadFrom(from, FILE, 9)).rejects.toMatchObject({ kind: 'too-large' });
  await expect(downloadFrom(from, { ...FILE, size: 11 }, 10)).rejects.toMatchObject({ kind: 'too-large' });
});

test('a bomb is read no further than its limit', async () => {
  // Gzip files in a row are one file (RFC 1952, 2.2).
  const bomb = Buffer.concat(Array<Buffer>(200).fill(gzipSync(Buffer.alloc(2 ** 20))));
  const apiUrl = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
  const before = process.memoryUsage().arrayBuffers;
  await expect(downloadFrom({ address: `${apiUrl}/f`, apiUrl }, FILE, 1_000)).rejects.toMatchObject({
    kind: 'too-large',
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 2 ** 20);
});

test('what fails for the moment is read again, not for ever; what is gone is gone', async () => {
  const asked: string[] = [];
  const answers: Record<string, number[]> = { once: [500, 200], busy: [429, 503, 200], down: [], gone: [404] };
  const apiUrl = await serve(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(answers[url.slice(1)]?.shift() ?? 502).end('the text');
  });
  const read = (path: string) => downloadFrom({ address: `${apiUrl}/${path}`, apiUrl }, FILE, 100);
  expect(new TextDecoder().decode(await read('once'))).toBe('the text');
  expect(new TextDecoder().decode(await read('busy'))).toBe('the text');
  await expect(read('down')).rejects.toMatchObject({ kind: 'unavailable', code: 'http_502' });
  await expect(read('gone')).rejects.toMatchObject({ kind: 'gone', code: 'http_404' });
  expect(asked).toEqual(['/once', '/once', '/busy', '/busy', '/busy', '/down', '/down', '/down', '/gone']);
});

test('a refused body is not left open, and a host that says when to come back is asked then, if that is soon', async () => {
  const closed: string[] = [];
  let asked = 0;
  const opensAt = Date.now() + 1_000;
  const apiUrl = await serve(({ url = '', socket }, response) => {
    if (url === '/soon' && Date.now() >= opensAt) return void response.end('the text');
    if (url === '/soon') return void response.writeHead(429, { 'retry-after': '1' }).end();
    if (url === '/late') {
      asked++;
      return void response.writeHead(429, { 'retry-after': '60' }).end();
    }
    // A body without an end: only a reader that lets go of it closes the connection.
    socket.once('close', () => closed.push(url));
    response.writeHead(url === '/login' ? 200 : 404).write('x'.repeat(100_000));
  });
  const refusal = () => new SendError('auth', 'login', 'log in');
  const read = (path: string) => downloadFrom({ address: `${apiUrl}/${path}`, apiUrl }, FILE, 100);
  await expect(read('gone')).rejects.toMatchObject({ code: 'http_404' });
  await expect(downloadFrom({ address: `${apiUrl}/login`, apiUrl, refusal }, FILE, 100)).rejects.toMatchObject({
    code: 'login',
  });
  await expect.poll(() => closed.toSorted()).toEqual(['/gone', '/login']);
  expect(new TextDecoder().decode(await read('soon'))).toBe('the text');
  await expect(read('late')).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: 60_000 });
  expect(asked).toBe(1);
});

test('the API’s host by another protocol or port is not the API', async () => {
  const apiUrl = 'https://api.example';
  for (const address of ['http://api.example/f', 'https://api.example:8443/f', 'ftp://api.example/f'])
    await expect(downloadFrom({ address, apiUrl }, FILE, 10)).rejects.toMatchObject({ code: 'foreign_host' });
});

test('nothing is asked of a host that is not the platform’s, and no redirect is followed there', async () => {
  let asked = 0;
  const foreign = await serve((_, response) => {
    asked++;
    response.end('bait');
  });
  const apiUrl = await serve((_, response) => void response.writeHead(302, { location: foreign }).end());
  const hosts = /(^|\.)files\.example$/;
  for (const address of [
    foreign,
    'http://files.example/f',
    'https://files.example.evil/f',
    'https://xfiles.example/f',
    'https://files.example:8443/f',
    'file:///etc/passwd',
    'nothing',
  ])
    await expect(downloadFrom({ address, apiUrl, hosts }, FILE, 10)).rejects.toMatchObject({ code: 'foreign_host' });
  await expect(downloadFrom({ address: `${apiUrl}/f`, apiUrl }, FILE, 10)).rejects.toMatchObject({
    kind: 'unavailable',
  });
  expect(asked).toBe(0);
});

test('a file that is gone, one behind a login page and one that breaks off: the errors name no address', async () => {
  const apiUrl = await serve(({ url, socket }, response) => {
    if (url?.endsWith('gone')) response.writeHead(404).end('not here');
    else if (url?.endsWith('login')) response.writeHead(200, { 'content-type': 'text/html' }).end('<form>');
    else {
      response.writeHead(200, { 'content-length': '9' }).write('half');
      setImmediate(() => socket.destroy());
    }
  });
  const refusal = ({ headers }: Response) =>
    headers.get('content-type') === 'text/html' ? new SendError('auth', 'login', 'log in') : undefined;
  const cases = { gone: ['gone', 'http_404'], login: ['auth', 'login'], half: ['unavailable', 'download_failed'] };
  for (const [name, [kind, code]] of Object.entries(cases)) {
    const address = `${apiUrl}/${SECRET}/${name}`;
    const error: unknown = await downloadFrom({ address, apiUrl, refusal }, FILE, 100).catch((thrown) => thrown);
    expect(error).toMatchObject({ kind, code });
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  }
});
