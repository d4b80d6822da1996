/**
 * The HTTP side: token checked, limits and faults applied, answers out; attachments by their signed links. Rules:
 * "Reference" (versions, authentication, signed attachment CDN URLs), "Rate Limits", "Opcodes and Status Codes".
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { Answer, Context, Request, Route } from './context.ts';
import type { createFaults, Fault } from './faults.ts';
import { type createLimits, type Draw, globally } from './limits.ts';
import { notFound, unauthorized } from './refusals.ts';
import { createRouter, type Found } from './router.ts';
import { type Body, DiscordRefusal } from './types.ts';

export interface ServerParts {
  context: Context;
  routes: Record<string, Route>;
  faults: ReturnType<typeof createFaults>;
  limits: ReturnType<typeof createLimits>;
  token: string;
}

interface Reply {
  status: number;
  /** JSON, unless it is text (a page) or bytes (a file). */
  body?: unknown;
  type?: string;
  headers?: Record<string, string>;
  delayMs?: number;
}

/** What goes back: an answer, nothing ever, or a broken connection. */
type Outcome = Reply | 'hang' | 'cut';

const page = (status: number): Reply => ({
  status,
  body: `<html><head><title>${status}</title></head><body>error</body></html>`,
  type: 'text/html; charset=UTF-8',
});

const errorBody = (error: DiscordRefusal) => ({
  message: error.message,
  code: error.code,
  ...(error.errors ? { errors: error.errors } : {}),
});

/** Builds the server; it listens where the caller says. */
export function createDiscordServer(parts: ServerParts) {
  const { context, faults, limits, token } = parts;
  const { settings, watch, ws } = context;
  const find = createRouter(parts.routes);
  const delayed = new Set<NodeJS.Timeout>();

  function write(response: ServerResponse, reply: Reply): void {
    const { status, body, headers = {} } = reply;
    if (status === 204 || body === undefined) {
      response.writeHead(status, headers).end();
      return;
    }
    const bytes = Buffer.isBuffer(body) || reply.type ? (body as string | Buffer) : JSON.stringify(body);
    response.writeHead(status, {
      ...headers,
      'content-type': reply.type ?? 'application/json',
      'content-length': Buffer.byteLength(bytes),
    });
    response.end(bytes);
  }

  function send(response: ServerResponse, outcome: Outcome): void {
    if (outcome === 'hang') return;
    if (outcome === 'cut') {
      response.socket?.destroy();
      return;
    }
    if (outcome.delayMs === undefined) {
      write(response, outcome);
      return;
    }
    const timer = setTimeout(() => {
      delayed.delete(timer);
      write(response, outcome);
    }, outcome.delayMs);
    delayed.add(timer);
  }

  /** Runs the route; every outcome is an Answer. */
  function perform(found: Found, request: Request, authorization: string | undefined): Answer {
    try {
      const authorized = authorization === `Bot ${token}` && !settings.revoked;
      if (!found.route.open && !authorized) throw unauthorized();
      return found.route.run(context, request);
    } catch (error) {
      if (!(error instanceof DiscordRefusal)) throw error;
      return { status: error.status, body: errorBody(error) };
    }
  }

  const limited = (draw: Draw): Reply => ({
    status: 429,
    body: {
      message: 'You are being rate limited.',
      retry_after: Number(draw.refused?.seconds.toFixed(3)),
      global: draw.refused?.global ?? false,
    },
    headers: draw.headers,
  });

  /** What a fault makes of a request; it was applied behind the caller's back where `apply` was called. */
  function struck(fault: Fault, apply: () => Reply): Outcome {
    if ('hang' in fault) return 'hang';
    if ('cut' in fault) return 'cut';
    if ('ratelimited' in fault) {
      const seconds = fault.ratelimited;
      // Discord's header has whole seconds; a fault's may be shorter, so that a test need not wait.
      if (fault.code) return { status: 429, body: { message: 'Limited.', retry_after: seconds, code: fault.code } };
      if (fault.global) return limited(globally(seconds, seconds));
      const headers = { 'x-ratelimit-scope': 'shared', 'retry-after': String(seconds) };
      return limited({ headers, refused: { seconds, global: false } });
    }
    if ('error' in fault) {
      const { status, code, message = 'refused by a fault', errors } = fault.error;
      return { status, body: errorBody(new DiscordRefusal(status, code, message, errors)) };
    }
    if ('status' in fault) return page(fault.status);
    const reply = apply();
    if ('applyThenCut' in fault) return 'cut';
    if ('applyThenStatus' in fault) return page(fault.applyThenStatus);
    return { ...reply, delayMs: fault.delayMs };
  }

  function log(route: string, path: string, request: Request, outcome: Outcome): void {
    const reply = typeof outcome === 'string' ? undefined : outcome;
    const status = reply?.status ?? 0;
    const response = reply?.type || Buffer.isBuffer(reply?.body) ? undefined : reply?.body;
    const code = (response as { code?: unknown } | undefined)?.code;
    watch.called({
      route,
      path,
      params: request.params,
      query: request.query,
      body: request.body,
      files: request.files.map((file) => file.name),
      at: Date.now(),
      status,
      ok: status >= 200 && status < 300,
      code: status >= 400 && typeof code === 'number' ? code : undefined,
      response,
    });
  }

  function decide(found: Found, request: Request, authorization: string | undefined): Outcome {
    const fault = faults.strike(found.name, request);
    if (fault) return struck(fault, () => perform(found, request, authorization));
    const draw = limits.take(found.name, found.params);
    if (draw.refused) return limited(draw);
    return { ...perform(found, request, authorization), headers: draw.headers };
  }

  async function api(
    method: string,
    path: string,
    query: URLSearchParams,
    incoming: IncomingMessage,
  ): Promise<Outcome> {
    const found = find(method, path);
    const request: Request = { params: found?.params ?? {}, query: Object.fromEntries(query), body: {}, files: [] };
    let outcome: Outcome;
    try {
      const { body, files } = await readBody(incoming);
      Object.assign(request, { body: body as Body, files });
      if (!found) throw notFound();
      outcome = decide(found, request, incoming.headers.authorization);
    } catch (error) {
      if (!(error instanceof DiscordRefusal)) throw error;
      outcome = { status: error.status, body: errorBody(error) };
    }
    log(found?.name ?? `${method} ${path}`, path, request, outcome);
    return outcome;
  }

  /** A file by its link; without a good signature Discord's CDN says 404. */
  function download(url: URL): Outcome {
    const [, , channel, id = ''] = url.pathname.split('/');
    const query = Object.fromEntries(url.searchParams);
    const request: Request = { params: { channel: channel ?? '', id }, query, body: {}, files: [] };
    const entry = ws.attachments.get(id);
    const good = query.hm === 'double' && Number.parseInt(query.ex ?? '0', 16) * 1_000 > Date.now();
    const apply = (): Reply =>
      entry && good
        ? { status: 200, body: entry.file.content, type: entry.file.content_type ?? 'application/octet-stream' }
        : { status: 404, body: 'This content is no longer available.', type: 'text/plain' };
    const fault = faults.strike('cdn', request);
    const outcome = fault ? struck(fault, apply) : apply();
    log('cdn', url.pathname, request, outcome);
    return outcome;
  }

  async function route(request: IncomingMessage): Promise<Outcome> {
    const url = new URL(request.url ?? '/', 'http://discord');
    if (url.pathname.startsWith('/attachments/')) return download(url);
    const version = /^\/api(?:\/v(\d+))?(\/.*)$/.exec(url.pathname);
    if (!version) return page(404);
    if (version[1] !== '10')
      return { status: 400, body: { message: 'Invalid API version. Only v10 is modelled.', code: 50041 } };
    return api(request.method ?? 'GET', version[2] as string, url.searchParams, request);
  }

  const server = createServer((request, response) => {
    route(request).then(
      (outcome) => send(response, outcome),
      (error) => {
        if (!request.complete) return; // the client broke off in the middle of its body
        // A fault of the double itself must not pass for Discord: say so loudly.
        process.stderr.write(`discord double: ${error instanceof Error ? error.stack : error}\n`);
        write(response, page(500));
      },
    );
  });
  server.keepAliveTimeout = 60_000;
  server.on('upgrade', context.gateway.upgrade);

  return {
    /** Listens on 127.0.0.1 and gives the port. */
    listen(port: number): Promise<number> {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address ? address.port : 0);
        });
      });
    },
    /** Stops listening and cuts the HTTP connections; WebSockets stay. The port can be listened on again at once. */
    stop(): void {
      server.close();
      server.closeAllConnections();
    },
    /** Ends everything. Resolves when the last connection is gone. */
    close(): Promise<void> {
      for (const timer of delayed) clearTimeout(timer);
      delayed.clear();
      return new Promise((resolve) => {
        if (!server.listening) resolve();
        else server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
