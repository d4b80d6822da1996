/** The HTTPS port that Chromium takes for web.whatsapp.com: the page and its scripts, files, and the page's socket. */
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { selfSigned } from './certificate.ts';

export const HOST = 'web.whatsapp.com';
const PAGE = join(import.meta.dirname, 'page');
const TYPES: Record<string, string> = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8' };

export interface ServerParts {
  /** What the page must know before its first line runs. */
  settings(): object;
  /** A file by its path, or the status that tells why not. */
  file(path: string): { mimetype: string; data: Buffer } | number;
  /** Keeps an uploaded file and says its path; nothing: refused. */
  upload(file: { mimetype: string; data: Buffer }): string | undefined;
  connected(socket: WebSocket, request: IncomingMessage): void;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

function reply(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

/** Starts the port on 127.0.0.1. */
export async function startServer(parts: ServerParts) {
  const names = await readdir(PAGE);
  const page = new Map(
    await Promise.all(
      names.map(async (name): Promise<[string, string]> => [`/${name}`, await readFile(join(PAGE, name), 'utf8')]),
    ),
  );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', `https://${HOST}`);
    if (request.method === 'POST' && pathname === '/upload') {
      const mimetype = request.headers['content-type'] ?? 'application/octet-stream';
      const directPath = parts.upload({ mimetype, data: await bodyOf(request) });
      if (!directPath) return reply(response, 503, TYPES.html as string, '');
      return reply(response, 200, 'application/json', JSON.stringify({ directPath }));
    }
    if (pathname.startsWith('/media/')) {
      const file = parts.file(pathname);
      if (typeof file === 'number') return reply(response, file, TYPES.html as string, '');
      return reply(response, 200, file.mimetype, file.data);
    }
    const name = pathname === '/' ? '/index.html' : pathname;
    const text = page.get(name);
    if (text === undefined) return reply(response, 404, TYPES.html as string, '');
    const body = name === '/index.html' ? text.replace('SETTINGS', JSON.stringify(parts.settings())) : text;
    reply(response, 200, TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain', body);
  }

  const server = createServer(selfSigned(HOST), (request, response) => {
    serve(request, response).catch((error: Error) => {
      // The browser broke off, or the double is wrong: either way the page must not wait.
      if (!response.headersSent) reply(response, 500, 'text/plain', error.message);
    });
  });
  const sockets = new WebSocketServer({ server, path: '/socket' });
  sockets.on('connection', (socket, request) => parts.connected(socket, request));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
