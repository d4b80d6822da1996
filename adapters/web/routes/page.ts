import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../caller.ts';
import type { Page } from '../page.ts';
import { commonHeaders, pageHeaders } from '../security.ts';

const UNBUILT = 'The web chat is not built yet. Run: npm run build\n';
/** Assets carry a hash of their content in their name. */
const FOREVER = 'public, max-age=31536000, immutable';
/** Kept, but asked for again each time: an answer of 304 costs little and a new release shows at once. */
const ASK_AGAIN = 'no-cache';

/** `/`, `/embed`, `/embed.js` and `/assets/*`. */
export function pageRoutes(
  scope: FastifyInstance,
  options: { page: Page; allowedOrigins: ReadonlySet<string>; trustProxy: boolean },
): void {
  const { page, allowedOrigins, trustProxy } = options;

  async function send(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    cacheControl: string,
    loadedBy: 'same-origin' | 'cross-origin' = 'same-origin',
  ) {
    commonHeaders(reply, callerOf(request, trustProxy));
    reply.header('cross-origin-resource-policy', loadedBy);
    const file = await page.file(name);
    if (file === 'unbuilt') {
      return reply
        .code(503)
        .headers({ 'cache-control': 'no-store', 'retry-after': 10 })
        .type('text/plain')
        .send(UNBUILT);
    }
    if (!file) return reply.code(404).header('cache-control', 'no-store').type('text/plain').send('Not found\n');
    reply.headers({ 'cache-control': cacheControl, etag: file.etag, vary: 'Accept-Encoding' });
    if (sameEtag(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
    const accepted = String(request.headers['accept-encoding'] ?? '');
    const encoding = (['br', 'gzip'] as const).find((name) => file[name] && accepts(accepted, name));
    if (encoding) reply.header('content-encoding', encoding);
    return reply.type(file.type).send(encoding ? file[encoding] : file.plain);
  }

  scope.get('/', (request, reply) => {
    reply.headers({ ...pageHeaders("'none'"), 'x-frame-options': 'DENY' });
    return send(request, reply, 'index.html', ASK_AGAIN);
  });

  scope.get('/embed', (request, reply) => {
    reply.headers(pageHeaders(["'self'", ...allowedOrigins].join(' ')));
    return send(request, reply, 'index.html', ASK_AGAIN);
  });

  scope.get('/embed.js', (request, reply) => send(request, reply, 'embed.js', ASK_AGAIN, 'cross-origin'));

  scope.get('/assets/*', (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    return send(request, reply, `assets/${name}`, FOREVER);
  });
}

function sameEtag(header: string | undefined, etag: string): boolean {
  return (header ?? '').split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

function accepts(header: string, encoding: string): boolean {
  const entry = header
    .split(',')
    .map((part) => part.trim())
    .find((part) => part.split(';')[0]?.trim() === encoding);
  return entry !== undefined && !/;\s*q=0(\.0*)?$/.test(entry);
}
