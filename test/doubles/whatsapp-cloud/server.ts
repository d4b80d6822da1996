/**
 * The HTTP side of the Graph API: token, routes, faults, the error envelope.
 * Rules: "Error codes" (envelope, HTTP statuses, code 190 with 401), "Business phone number" (GET with fields),
 * "Debug token".
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { createFaults, Fault } from './faults.ts';
import type { Media } from './media.ts';
import { kindOf, type Sending } from './send.ts';
import type { Body, Call, Settings } from './types.ts';
import { GraphRefusal } from './types.ts';

type Outcome =
  | {
      status: number;
      body: Body | string | Buffer;
      type?: string;
      retryAfter?: number | undefined;
      headers?: Record<string, string> | undefined;
    }
  | 'hang'
  | 'cut';

export interface ServerParts {
  settings: Settings;
  accessToken: string;
  phoneNumberId: string;
  media: Media;
  faults: ReturnType<typeof createFaults>;
  send(body: Body): Sending;
  /** After the answer is on its way: statuses. */
  sent(sending: Sending): void;
  called(call: Call): void;
  now(): number;
  webhookUrl(): string | undefined;
}

const PAGE = '<!DOCTYPE html><html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>';

export function createGraphServer(parts: ServerParts) {
  const { settings, media, faults, phoneNumberId } = parts;

  function authenticate(request: IncomingMessage): void {
    const [, token] = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!token) throw new GraphRefusal(401, 190, 'An access token is required to request this resource.');
    if (token !== parts.accessToken)
      throw new GraphRefusal(401, 190, 'Invalid OAuth access token - Cannot parse access token');
    if (settings.expired) throw new GraphRefusal(401, 190, 'Error validating access token: Session has expired.');
  }

  /** Finds what a request asks for. */
  function route(
    method: string,
    path: string,
    body: Body,
    query: URLSearchParams,
  ): { name: string; run(): Body; sending?: () => Sending | undefined } {
    const [, version, id, edge] = /^\/(v\d+\.\d+)\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (!version || !id) return { name: path, run: () => unknown(path) };
    if (id === 'debug_token') return { name: 'debug_token', run: () => ({ data: tokenData() }) };
    if (edge === 'messages' && method === 'POST') {
      let sending: Sending | undefined;
      const run = (): Body => {
        owned(id);
        allowed('whatsapp_business_messaging');
        sending = parts.send(body);
        return sending.reply;
      };
      return { name: kindOf(body), run, sending: () => sending };
    }
    if (edge === 'media' && method === 'POST')
      return {
        name: 'media.upload',
        run() {
          owned(id);
          allowed('whatsapp_business_messaging');
          return media.upload(body);
        },
      };
    if (edge === undefined && method === 'GET' && id === phoneNumberId)
      return { name: 'phone', run: () => phone(query.get('fields')) };
    if (edge === undefined && method === 'GET')
      return {
        name: 'media.url',
        run() {
          const owner = query.get('phone_number_id');
          if (owner !== null) owned(owner);
          return media.address(id);
        },
      };
    if (edge === undefined && method === 'DELETE') return { name: 'media.remove', run: () => media.remove(id) };
    return { name: path, run: () => unknown(path) };
  }

  function owned(id: string): void {
    if (id !== phoneNumberId)
      throw new GraphRefusal(
        400,
        100,
        `Unsupported post request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
      );
  }

  function allowed(scope: string): void {
    if (!settings.scopes.includes(scope))
      throw new GraphRefusal(403, 200, `Requires ${scope} permission to manage the object`);
  }

  function phone(fields: string | null): Body {
    const known: Body = {
      id: phoneNumberId,
      display_phone_number: '+1 555-000-1111',
      verified_name: 'Test Business',
      quality_rating: 'GREEN',
      platform_type: 'CLOUD_API',
      throughput: { level: 'STANDARD' },
      webhook_configuration: parts.webhookUrl() ? { application: parts.webhookUrl() as string } : {},
    };
    const wanted = fields === null ? ['display_phone_number', 'verified_name', 'quality_rating'] : fields.split(',');
    const odd = wanted.find((field) => !(field in known));
    if (odd) throw new GraphRefusal(400, 100, `Tried accessing nonexisting field (${odd})`);
    return Object.fromEntries(['id', ...wanted].map((field) => [field, known[field]]));
  }

  function tokenData(): Body {
    return { app_id: '1', type: 'SYSTEM_USER', is_valid: true, expires_at: 0, scopes: settings.scopes };
  }

  function unknown(path: string): never {
    throw new GraphRefusal(400, 2500, `Unknown path components: ${path}`);
  }

  function refusal(error: unknown): Outcome {
    if (!(error instanceof GraphRefusal)) throw error;
    return { status: error.status, body: envelope(error.code, error.message, error.details) };
  }

  function struck(fault: Fault, apply: () => Outcome): Outcome {
    if ('hang' in fault) return 'hang';
    if ('cut' in fault) return 'cut';
    if ('code' in fault) {
      const { code, status = 400, message = 'A fault', retryAfter, headers } = fault;
      return { status, body: envelope(code, `(#${code}) ${message}`, ''), retryAfter, headers };
    }
    if ('status' in fault) return { ...fault, body: PAGE, type: 'text/html' };
    const outcome = apply();
    return 'applyThenCut' in fault
      ? 'cut'
      : typeof outcome === 'string'
        ? outcome
        : { status: fault.applyThenStatus, body: PAGE, type: 'text/html' };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://graph');
    const body = await readBody(request);
    if (pathname === '/whatsapp_business/attachments/') return download(request, response, searchParams);
    const found = route(request.method ?? 'GET', pathname, body, searchParams);
    const apply = (): Outcome => {
      try {
        authenticate(request);
        return { status: 200, body: found.run() };
      } catch (error) {
        return refusal(error);
      }
    };
    const fault = faults.strike(found.name, body);
    const outcome = fault ? struck(fault, apply) : apply();
    report(found.name, body, outcome);
    write(response, outcome);
    const sending = found.sending?.();
    if (sending?.message) parts.sent(sending);
  }

  /** The file's own address: 401 without the token, 404 when it is too old ("Media", "Download media"). */
  function download(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    const fault = faults.strike('media.download', {});
    const file = media.open(query.get('hash') ?? '');
    const apply = (): Outcome => {
      try {
        authenticate(request);
      } catch (error) {
        return refusal(error);
      }
      return file
        ? { status: 200, body: file.bytes, type: file.mediaType }
        : { status: 404, body: PAGE, type: 'text/html' };
    };
    const outcome = fault ? struck(fault, apply) : apply();
    report('media.download', {}, outcome);
    write(response, outcome);
  }

  function report(method: string, body: Body, outcome: Outcome): void {
    const status = typeof outcome === 'string' ? 0 : outcome.status;
    const code =
      typeof outcome === 'string' || typeof outcome.body === 'string' || Buffer.isBuffer(outcome.body)
        ? undefined
        : (outcome.body.error as { code?: number } | undefined)?.code;
    parts.called({ method, body, at: parts.now(), status, ok: status === 200, code });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      // A bug of this stand-in; the test sees it as a broken answer.
      response.writeHead(500).end(String(error));
    });
  });

  return {
    listen: (port: number): Promise<number> =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
      }),
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function envelope(code: number, message: string, details: string): Body {
  return {
    error: {
      message,
      type: 'OAuthException',
      code,
      ...(details ? { error_data: { messaging_product: 'whatsapp', details } } : {}),
      ...(code === 190 ? { error_subcode: 463 } : {}),
      fbtrace_id: randomBytes(8).toString('base64url'),
    },
  };
}

function write(response: ServerResponse, outcome: Outcome): void {
  if (outcome === 'hang') return;
  if (outcome === 'cut') {
    response.socket?.destroy();
    return;
  }
  const { status, body, retryAfter } = outcome;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, {
    'content-type': outcome.type ?? 'application/json; charset=UTF-8',
    'content-length': String(bytes.length),
    'facebook-api-version': 'v24.0',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...outcome.headers,
  });
  response.end(bytes);
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) return readForm(Buffer.concat(chunks), type);
  try {
    return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Body);
  } catch {
    // Not JSON: the route refuses it for what is missing.
    return {};
  }
}

async function readForm(bytes: Buffer, type: string): Promise<Body> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  const body: Body = {};
  for (const [name, value] of form)
    body[name] =
      typeof value === 'string'
        ? value
        : { name: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
  return body;
}
