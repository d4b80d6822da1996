import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from '../log/logger.ts';

/** Ordinary calls are small; routes that take more (files, long texts) say so themselves. */
const BODY_LIMIT_BYTES = 1_048_576;
/**
 * A client that says nothing, or sends its request this slowly, is cut off (slowloris). Event streams are answers: they
 * stay. Proxies keep an idle connection for up to 60 s; were ours shorter, they would send into a closed one.
 */
const TIMEOUTS_MS = { headers: 10_000, request: 30_000, keepAlive: 65_000, checkedEvery: 2_000 };
/** Open sockets, event streams among them; further ones are closed at once. */
const MOST_CONNECTIONS = 4_000;

/** Answers what may not go on; everything else passes (undefined). */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/** Without a guard nobody sees these. */
const closed: Guard = async ({ routeOptions: { url = '' } }, reply) =>
  /^\/(ops|metrics)(\/|$)/i.test(url)
    ? reply.code(403).send({ error: { code: 'closed', message: 'This server lets nobody in.' } })
    : undefined;

/**
 * The process's one HTTP server. Adapters and the ops room register their routes before `listen`.
 * Forwarding headers are never trusted here: `request.ip` is the socket's address.
 * @param guards asked in turn before every route, those of adapters too
 */
export function createHttpServer(
  log: Logger,
  guards: readonly Guard[] = [closed],
  { timeouts = TIMEOUTS_MS, mostConnections = MOST_CONNECTIONS } = {},
): FastifyInstance {
  const http = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    http: { headersTimeout: timeouts.headers, connectionsCheckingInterval: timeouts.checkedEvery },
    // Open event streams would hold up the shutdown; their owners end them, the rest is closed.
    forceCloseConnections: true,
    // Slack's and WhatsApp's ids in addresses may be long; Fastify's own default is 100.
    routerOptions: { maxParamLength: 300 },
  });
  http.server.maxConnections = mostConnections;
  for (const guard of guards) http.addHook('onRequest', guard);
  http.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
  });
  http.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, method: request.method, path: pathOf(request.url) }, 'request failed');
    const message = status >= 500 ? 'Something went wrong on the server.' : error.message;
    await reply.code(status).send({ error: { code: codeOf(status), message } });
  });
  http.setNotFoundHandler(async (_request, reply) => {
    await reply.code(404).send({ error: { code: 'not-found', message: 'There is nothing here.' } });
  });
  return http;
}

/** Query strings may carry tokens; they stay out of logs. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] as string;
}

function codeOf(status: number): string {
  if (status === 413) return 'too-large';
  if (status === 415) return 'wrong-content-type';
  return status >= 500 ? 'server-error' : 'bad-request';
}
