import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../src/http/caller.ts';
import type { Logger } from '../../src/log/logger.ts';
import { ApiError, answerError } from './errors.ts';
import { checkJson, checkOrigin, commonHeaders, preflightHeaders } from './security.ts';

/** Anyone can provoke a refusal; the operator needs to read it once. */
const WARN_EVERY_MS = 60_000;

/** What holds for every call below `/api`: JSON only, known origins only, errors in one shape, nothing cached. */
export function prepareApi(
  api: FastifyInstance,
  options: { log: Logger; maxRequestBytes: number; trustProxy: boolean; allowedOrigins: ReadonlySet<string> },
): void {
  const { log, maxRequestBytes, trustProxy, allowedOrigins } = options;

  api.removeAllContentTypeParsers();
  const parseJson = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string', bodyLimit: maxRequestBytes },
    (request, body, done) => {
      // A call that has nothing to say (stop, delete) may leave its body empty.
      if (body === '') done(null, {});
      else parseJson(request, body, done);
    },
  );

  api.addHook('onRequest', async (request, reply) => {
    const caller = callerOf(request, trustProxy);
    commonHeaders(reply, caller);
    reply.header('cache-control', 'no-store');
    checkOrigin(request, reply, caller, allowedOrigins);
    if (request.method === 'POST' || request.method === 'DELETE') checkJson(request);
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  api.setErrorHandler((error, request, reply) => {
    if (error instanceof ApiError && error.code === 'foreign_origin' && Date.now() - warnedAt > WARN_EVERY_MS) {
      warnedAt = Date.now();
      log.warn({ path: request.routeOptions.url }, error.message);
    }
    return answerError(log, error, request, reply);
  });
  api.setNotFoundHandler(() => {
    throw new ApiError(404, 'no_such_call', 'There is no such call.');
  });
  api.options('/*', async (_request, reply) => reply.code(204).headers(preflightHeaders()).send());
}
