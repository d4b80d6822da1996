import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { InboxFullError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { DeletedError, StaleError } from './events.ts';

type Status = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 503;

/** What a caller is told: `{ error: { code, message, retryAfterSeconds? } }`. The message is for people. */
export class ApiError extends Error {
  readonly status: Status;
  readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  constructor(status: Status, code: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const notFound = (): ApiError =>
  new ApiError(404, 'not_found', 'There is no such conversation, or it belongs to another session.');

/** Whoever may not ask was told why once; a page that waited for an answer would wait for ever. */
export const notAllowed = (): ApiError =>
  new ApiError(403, 'not_allowed', 'I may not answer you here. Whoever runs me decides who may ask me.');

const INBOX_RETRY_S = 10;
const REDIS_RETRY_S = 2;

/** Fastify's own refusals in the API's words. Names from its "Errors" page. */
const FASTIFY: Record<string, [Status, string, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'too_large', 'That is too much for one request.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [400, 'bad_request', 'The body is not as long as its content-length says.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [415, 'json_only', 'Send content-type: application/json.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'bad_json', 'The body is not valid JSON.'],
};

/** Turns whatever a handler threw into an answer in the API's shape; what is nobody's fault but ours is logged. */
export function answerError(log: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = asApiError(error);
  const { status, code, message, retryAfterSeconds } = known ?? {
    status: 500,
    code: 'internal',
    message: 'Something went wrong on the server.',
    retryAfterSeconds: undefined,
  };
  if (!known) log.error({ err: error, route: request.routeOptions.url }, 'a web request failed');
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ error: { code, message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) } });
}

function asApiError(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error;
  if (error instanceof DeletedError) return notFound();
  if (error instanceof StaleError) {
    return new ApiError(409, 'stale', 'Older events are gone. Read the conversation again and follow from its cursor.');
  }
  if (error instanceof InboxFullError) {
    const text = 'Many messages wait for an answer in this conversation already. Please wait for the answers.';
    return new ApiError(429, 'inbox_full', text, INBOX_RETRY_S);
  }
  if (isRedisAway(error)) {
    return new ApiError(503, 'unavailable', 'The assistant cannot take messages just now. Try again.', REDIS_RETRY_S);
  }
  const { code = '', statusCode } = error as Partial<FastifyError>;
  const refusal = FASTIFY[code];
  if (refusal) return new ApiError(...refusal);
  return statusCode === 400 ? new ApiError(400, 'bad_request', 'The request could not be read.') : null;
}

/** Not reached, not in time, or not able (loading, read-only, out of memory); names are ioredis's and Redis's own. */
function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /^E(CONN|PIPE|HOST|TIMEDOUT)/.test(code) ||
    /^(Command timed out|Connection is closed|Stream isn't writeable|LOADING |READONLY |OOM |MISCONF |CLUSTERDOWN )/.test(
      error.message,
    )
  );
}
