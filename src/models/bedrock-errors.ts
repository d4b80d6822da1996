/** What Bedrock's exceptions mean: "ConverseStream, Errors" and "Common errors" of its API reference. */

import { refusal } from './errors.ts';
import { parseJson } from './events.ts';
import type { ModelError, ModelErrorKind, PromptMessage } from './model.ts';

interface Context {
  host: string;
  prompt: readonly PromptMessage[];
}

/** Most of `ValidationException`, and what is not listed, are left to the wording and the status. */
const KINDS: ReadonlyMap<string, ModelErrorKind> = new Map<string, ModelErrorKind>([
  ['ThrottlingException', 'busy'],
  ['Throttling', 'busy'],
  ['RequestLimitExceeded', 'busy'],
  ['TooManyRequestsException', 'busy'],
  ['ServiceUnavailableException', 'busy'],
  ['ServiceUnavailable', 'busy'],
  ['ModelNotReadyException', 'busy'],
  ['InternalServerException', 'busy'],
  ['InternalServerError', 'busy'],
  ['InternalFailure', 'busy'],
  ['ModelTimeoutException', 'network'],
  ['ModelErrorException', 'network'],
  ['ModelStreamErrorException', 'network'],
  ['RequestTimeout', 'network'],
  ['RequestTimeoutException', 'network'],
  ['ServiceQuotaExceededException', 'quota'],
  ['ResourceNotFoundException', 'unavailable'],
  ['UnrecognizedClientException', 'auth'],
  ['InvalidClientTokenId', 'auth'],
  ['InvalidSignatureException', 'auth'],
  ['SignatureDoesNotMatch', 'auth'],
  ['IncompleteSignature', 'auth'],
  ['IncompleteSignatureException', 'auth'],
  ['MissingAuthenticationToken', 'auth'],
  ['MissingAuthenticationTokenException', 'auth'],
  ['ExpiredToken', 'auth'],
  ['ExpiredTokenException', 'auth'],
  ['RequestExpired', 'auth'],
  ['NotAuthorized', 'auth'],
  ['OptInRequired', 'auth'],
]);

/**
 * "You don't have access to the model with the specified model ID", "Model access is denied due to …", "Access to this
 * model is not available …": the credentials are good.
 */
const NO_MODEL_ACCESS = /access to (the|this|that) model|model access|specified model/i;
/**
 * "The provided model identifier is invalid.", "Invocation of model ID … with on-demand throughput isn't supported. Retry
 * your request with the ID or ARN of an inference profile that contains this model."
 */
const NO_SUCH_MODEL = /model identifier is invalid|on-demand throughput/i;
/** "Too many tokens per day, please wait before trying again." */
const DAILY = /\b(per|a) day\b|\bdaily\b/i;

/** A refusal: the status of an error, the exception's name in `x-amzn-errortype` or in the body's `__type`. */
export function refusedByBedrock({ status, headers }: Response, body: string, context: Context): ModelError {
  const fields = fieldsOf(body);
  const name = nameOf(headers.get('x-amzn-errortype') ?? fields?.__type ?? fields?.code);
  return errorOf({ status, headers: Object.fromEntries(headers), name, fields, body }, context);
}

/** An exception in the middle of a stream: `throttlingException` and others, or an unmodeled error. */
export function brokenOffByBedrock(type: string | undefined, body: string, context: Context): ModelError {
  const name = nameOf(type);
  const fields = fieldsOf(body);
  return errorOf({ status: undefined, headers: {}, name, fields, body }, context);
}

function errorOf(
  said: {
    status: number | undefined;
    headers: Record<string, string>;
    name: string | undefined;
    fields: Record<string, unknown> | undefined;
    body: string;
  },
  context: Context,
): ModelError {
  const { status, headers, name, fields, body } = said;
  const message = fields?.message ?? fields?.Message ?? '';
  const kind = name === undefined ? undefined : kindOf(name, String(message));
  return refusal(status, name || fields ? { code: name, message } : body, headers, { ...context, kind });
}

function kindOf(name: string, message: string): ModelErrorKind | undefined {
  if (/^AccessDenied(Exception)?$/.test(name)) return NO_MODEL_ACCESS.test(message) ? 'unavailable' : 'auth';
  if (name === 'ValidationException' && NO_SUCH_MODEL.test(message)) return 'unavailable';
  const kind = KINDS.get(name);
  return kind === 'busy' && DAILY.test(message) ? 'quota' : kind;
}

/** "com.amazon.coral.service#AccessDeniedException", "ValidationException:http://internal.amazon.com/…", "throttlingException". */
function nameOf(type: unknown): string | undefined {
  if (typeof type !== 'string') return undefined;
  const name = (type.split('#').at(-1) as string).split(':')[0]?.trim() ?? '';
  if (name === '') return undefined;
  return name.endsWith('Exception') ? name.charAt(0).toUpperCase() + name.slice(1) : name;
}

function fieldsOf(body: string): Record<string, unknown> | undefined {
  const value = parseJson(body);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
