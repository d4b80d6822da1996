/**
 * The HTTP side of the Web API: tokens and scopes checked, limits and faults applied, answers out. Rules:
 * docs.slack.dev "Using the Slack Web API" (token by header or argument; `ok`, `error`, HTTP 200 even for errors),
 * "Rate limits", "Working with files" (url_private needs a bearer token and answers with a login page, status 200,
 * without).
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readArgs, readBody } from './body.ts';
import type { Context, Method } from './context.ts';
import { requireScope } from './context.ts';
import type { createFaults, Fault } from './faults.ts';
import type { createLimits } from './limits.ts';
import type { Args, Reply } from './types.ts';
import { SlackRefusal } from './types.ts';

export interface ServerParts {
  context: Context;
  methods: Record<string, Method>;
  faults: ReturnType<typeof createFaults>;
  limits: ReturnType<typeof createLimits>;
  tokens: { bot: string; app: string };
  /** A POST to a response_url; false when it is used up or unknown. */
  respond(id: string, body: Args): boolean;
}

/** What goes back: an answer (JSON, a page or bytes), nothing ever, or a broken connection. */
type Outcome =
  | { status: number; body: Reply | string | Buffer; type?: string; retryAfter?: number; delayMs?: number }
  | 'hang'
  | 'cut';

const page = (text: string) => `<!DOCTYPE html><html><head><title>Slack</title></head><body>${text}</body></html>`;

/** Builds the server; it listens where the caller says. */
export function createSlackServer(parts: ServerParts) {
  const { context, methods, faults, limits, tokens } = parts;
  const { settings, watch, ws } = context;
  const delayed = new Set<NodeJS.Timeout>();
  let scopesOf: string[] = [];
  let scopes = '';

  function write(response: ServerResponse, outcome: Exclude<Outcome, string>): void {
    const { status, body, retryAfter } = outcome;
    if (scopesOf !== settings.scopes) {
      scopesOf = settings.scopes;
      scopes = scopesOf.join(',');
    }
    const plain = typeof body === 'string' || Buffer.isBuffer(body);
    const bytes = plain ? body : JSON.stringify(body);
    const type = outcome.type ?? (plain ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8');
    const headers: Record<string, string | number> = {
      'content-type': type,
      'content-length': Buffer.byteLength(bytes),
      'x-oauth-scopes': scopes,
    };
    if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
    const date = new Date(Date.now() + settings.clockAheadMs).toUTCString();
    response.writeHead(status, { date, ...headers });
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

  /** Which token came, and whether it fits the method. @throws SlackRefusal */
  function authenticate(method: Method, token: string | undefined): void {
    if (!token) throw new SlackRefusal('not_authed');
    const kind = token === tokens.bot ? 'bot' : token === tokens.app ? 'app' : undefined;
    if (!kind) throw new SlackRefusal('invalid_auth');
    if (kind === 'bot' && settings.revoked) throw new SlackRefusal('token_revoked');
    if (kind !== (method.token ?? 'bot')) throw new SlackRefusal('not_allowed_token_type');
    if (method.scope) requireScope(settings, method.scope);
  }

  /** Runs the method; every outcome is a Reply. */
  function perform(name: string, args: Args, token: string | undefined): Reply {
    try {
      const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (!method) return { ok: false, error: 'unknown_method', req_method: name };
      authenticate(method, token);
      return { ok: true, ...method.run(context, args) };
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      return { ok: false, error: error.code, ...error.extra };
    }
  }

  function log(method: string, args: Args, outcome: Outcome, reply: Reply | undefined): void {
    const status = typeof outcome === 'string' ? 0 : outcome.status;
    const error = reply?.error ?? (reply?.ok ? undefined : typeof outcome === 'string' ? outcome : `http_${status}`);
    watch.called({ method, args, at: Date.now(), status, ok: reply?.ok ?? false, error, response: reply });
  }

  /** What a fault makes of a call, and whether the call was applied (`reply`) behind the caller's back. */
  function struck(fault: Fault, apply: () => Reply): { outcome: Outcome; reply?: Reply } {
    if ('hang' in fault) return { outcome: 'hang' };
    if ('cut' in fault) return { outcome: 'cut' };
    if ('ratelimited' in fault) return limited(fault.ratelimited);
    if ('error' in fault) {
      const reply = { ok: false, error: fault.error, ...fault.extra };
      return { outcome: { status: 200, body: reply }, reply };
    }
    if ('status' in fault)
      return { outcome: { status: fault.status, body: page('Server error'), retryAfter: fault.retryAfter } };
    const reply = apply();
    if ('applyThenCut' in fault) return { outcome: 'cut', reply };
    if ('applyThenStatus' in fault)
      return { outcome: { status: fault.applyThenStatus, body: page('Server error') }, reply };
    return { outcome: { status: 200, body: reply, delayMs: fault.delayMs }, reply };
  }

  function limited(seconds: number): { outcome: Outcome; reply: Reply } {
    const reply = { ok: false, error: 'ratelimited' };
    return { outcome: { status: 429, body: reply, retryAfter: seconds }, reply };
  }

  function decide(name: string, args: Args, token: string | undefined): { outcome: Outcome; reply?: Reply } {
    const fault = faults.strike(name, args);
    if (fault) return struck(fault, () => perform(name, args, token));
    const wait = limits.take(name, methods[name]?.perMinute ?? 0, String(args.channel));
    if (wait > 0) return limited(wait);
    const reply = perform(name, args, token);
    return { outcome: { status: 200, body: reply }, reply };
  }

  async function api(name: string, query: string, request: IncomingMessage): Promise<Outcome> {
    let args: Args = {};
    let decided: { outcome: Outcome; reply?: Reply };
    try {
      args = await readArgs(request, query);
      const header = request.headers.authorization;
      const token = header?.startsWith('Bearer ') ? header.slice(7) : (args.token as string | undefined);
      delete args.token;
      decided = decide(name, args, token);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      const reply = { ok: false, error: error.code };
      decided = { outcome: { status: 200, body: reply }, reply };
    }
    log(name, args, decided.outcome, decided.reply);
    return decided.outcome;
  }

  function download(path: string, authorization: string | undefined): Outcome {
    const id = /^\/files-pri\/\w+-(\w+)\//.exec(path)?.[1] ?? '';
    const file = ws.files.get(id);
    const allowed =
      authorization === `Bearer ${tokens.bot}` && !settings.revoked && settings.scopes.includes('files:read');
    const fault = faults.strike('files.download', { id });
    const reply: Reply = { ok: allowed && file !== undefined };
    let outcome: Outcome = { status: 200, body: page('Sign in to Slack') };
    if (fault) outcome = struck(fault, () => reply).outcome;
    else if (allowed && file) outcome = { status: 200, body: file.content, type: file.mimetype };
    else if (allowed) outcome = { status: 404, body: page('File not found') };
    log('files.download', { id }, outcome, reply);
    return outcome;
  }

  /** The bytes of a file; the address itself is the right to it. Counts as the method `files.upload`. */
  async function upload(id: string, request: IncomingMessage): Promise<Outcome> {
    const content = await readBody(request);
    const pending = ws.uploads.get(id);
    const fits = request.method === 'POST' && pending?.length === content.length;
    const apply = (): Reply => {
      if (pending && fits) pending.content = content;
      return { ok: fits };
    };
    const fault = faults.strike('files.upload', { id });
    const decided = fault ? struck(fault, apply) : { outcome: 'cut' as Outcome, reply: apply() };
    if (!fault)
      decided.outcome = fits ? { status: 200, body: `OK - ${content.length}` } : { status: 400, body: 'error' };
    log('files.upload', { id }, decided.outcome, decided.reply);
    return decided.outcome;
  }

  async function respond(id: string, request: IncomingMessage): Promise<Outcome> {
    const args = await readArgs(request, '');
    const apply = (): Reply => ({ ok: parts.respond(id, args) });
    const fault = faults.strike('response_url', args);
    const decided: { outcome: Outcome; reply?: Reply } = fault
      ? struck(fault, apply)
      : { outcome: 'cut', reply: apply() };
    if (!fault) decided.outcome = decided.reply?.ok ? { status: 200, body: 'ok' } : { status: 404, body: 'used_url' };
    log('response_url', args, decided.outcome, decided.reply);
    return decided.outcome;
  }

  async function route(request: IncomingMessage): Promise<Outcome> {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    if (path.startsWith('/api/')) return api(path.slice(5), mark < 0 ? '' : url.slice(mark + 1), request);
    if (path.startsWith('/files-pri/')) return download(path, request.headers.authorization);
    if (path.startsWith('/upload/v1/')) return upload(path.slice(11), request);
    if (path.startsWith('/response/')) return respond(path.slice(10), request);
    return { status: 404, body: page('Not found') };
  }

  const server = createServer((request, response) => {
    route(request).then(
      (outcome) => send(response, outcome),
      (error) => {
        if (!request.complete) return; // the client broke off in the middle of its body
        // A fault of the double itself must not pass for Slack: say so loudly.
        process.stderr.write(`slack double: ${error instanceof Error ? error.stack : error}\n`);
        write(response, { status: 500, body: page('the Slack double failed') });
      },
    );
  });
  server.keepAliveTimeout = 60_000;
  server.on('upgrade', context.socket.upgrade);

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
