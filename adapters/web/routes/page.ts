import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../../src/http/caller.ts';
import type { Page } from '../../../src/http/page.ts';
import { ASK_AGAIN, FOREVER, sendFile } from '../../../src/http/send-file.ts';
import { commonHeaders, pageHeaders } from '../security.ts';

/** A path as a proxy names it in `X-Forwarded-Prefix`; nothing that could end the attribute it is written into. */
const PREFIX = /^(?:\/[\w.~-]+)+\/?$/;

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

  /**
   * The page's addresses are relative, so below a path they need its last slash. A proxy that strips the path hides
   * whether it was there; where it names the path, the page is told its base.
   */
  async function sendPage(request: FastifyRequest, reply: FastifyReply, ancestors: string) {
    const prefix = trustProxy
      ? String(request.headers['x-forwarded-prefix'] ?? '')
          .split(',')[0]
          ?.trim()
      : '';
    const file = prefix && PREFIX.test(prefix) ? await page.file('index.html') : undefined;
    if (!prefix || !file || file === 'unbuilt') {
      reply.headers(pageHeaders(ancestors));
      return send(request, reply, 'index.html', ASK_AGAIN);
    }
    commonHeaders(reply, callerOf(request, trustProxy));
    reply.headers({ ...pageHeaders(ancestors, "'self'"), 'cross-origin-resource-policy': 'same-origin' });
    const html = file.plain.toString().replace('<head>', `<head><base href="${prefix.replace(/\/?$/, '/')}">`);
    return reply.header('cache-control', ASK_AGAIN).type(file.type).send(html);
  }

  scope.get('/', (request, reply) => {
    reply.header('x-frame-options', 'DENY');
    return sendPage(request, reply, "'none'");
  });

  scope.get('/embed', (request, reply) => sendPage(request, reply, ["'self'", ...allowedOrigins].join(' ')));

  scope.get('/embed.js', (request, reply) => send(request, reply, 'embed.js', ASK_AGAIN, 'cross-origin'));

  scope.get('/assets/*', (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    return send(request, reply, `assets/${name}`, FOREVER);
  });
}
