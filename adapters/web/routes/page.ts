import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../../src/http/caller.ts';
import type { Page } from '../../../src/http/page.ts';
import { ASK_AGAIN, FOREVER, sendFile } from '../../../src/http/send-file.ts';
import { commonHeaders, pageHeaders } from '../security.ts';

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
    return sendFile(request, reply, page, name, cacheControl);
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
