import { APICallError, InvalidResponseDataError } from '@ai-sdk/provider';
import { CLOUDFLARE_CODES, OPENAI_CODES } from './error-codes.ts';
import { ModelError, type ModelErrorKind, type PromptMessage } from './model.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an error's message is for: the operator. */
const MEANINGS: Record<ModelErrorKind, string> = {
  busy: 'it is overloaded, or asked too often',
  unavailable: 'it does not offer this model, or not to this account',
  quota: 'the allowance or budget is used up',
  auth: 'it refuses the credentials',
  'too-long': 'the prompt does not fit',
  refused: 'it will not answer this',
  network: 'it was not reached, or the answer broke off',
  broken: 'it gave no usable answer',
};

/** Codes that say more than their kind. */
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['5028', 'the host has ended this model'],
  ['5035', 'this model needs a larger plan; the credentials are good'],
]);

/** Kinds at which a host's word on when to come back counts. */
const WAITS: ReadonlySet<ModelErrorKind> = new Set(['busy', 'quota', 'network']);

/**
 * The wordings for a prompt that does not fit. vLLM: "maximum context length is"; llama.cpp: "exceeds the available
 * context size", "Context size has been exceeded"; Ollama: "input length exceeds the context length"; Workers AI:
 * "exceeded this model context window limit"; OpenAI: "reduce the length".
 */
const TOO_LONG =
  /(maximum|model'?s?|available|exceed\w*( the| this)?( \w+)?) context (length|size|window)|context (length|size|window)( limit)?( has been| is)? exceeded|prompt is too long|input is too long|too many (input )?tokens|reduce the length/i;
const FILTERED = /content (management|filter|policy|moderation)|safety (system|filter)|flagged as/i;
/** Groq: "The model `x` has been decommissioned"; Workers AI: "deprecated on …", "requires a paid plan". */
const ENDED =
  /model\b.{0,120}\b(decommissioned|deprecated|retired|discontinued|sunset|end of life|no longer (available|supported))/i;
const PLAN =
  /(requires?|needs?|only available (on|to|in)|upgrade to).{0,40}\b(paid|higher|workers paid)\b.{0,20}\bplan/i;
const USED_UP = /daily free allocation|exceeded your current quota|insufficient (credits?|balance|funds|quota)/i;

/** Statuses at which a wording may decide: a 401 or 404 speaks for itself. */
const WORDED = new Set([undefined, 400, 413, 422, 429, 500]);

/**
 * Turns whatever a provider's SDK threw or streamed into a `ModelError`. Its message holds the host, the status, the
 * meaning, and the host's own words only where they help and do not repeat the prompt.
 */
export function toModelError(error: unknown, context: { host: string; prompt: readonly PromptMessage[] }): ModelError {
  // A provider may wrap what was thrown inside its `fetch`.
  const own = causes(error).find((cause) => cause instanceof ModelError);
  if (own) return own;
  const system = systemError(error);
  if (APICallError.isInstance(error) && error.statusCode !== undefined && error.statusCode !== 200) {
    return refusal(error.statusCode, error.responseBody ?? '', error.responseHeaders ?? {}, context);
  }
  if (system) return networkError(system.code, context.host, system.error);
  if (InvalidResponseDataError.isInstance(error)) return cutError(context.host);
  if (isParseError(error)) {
    return new ModelError('broken', 'MALFORMED', `${context.host} sent a stream that cannot be read`);
  }
  if (APICallError.isInstance(error)) return networkError(error.statusCode === 200 ? 'CUT' : 'UNREACHED', context.host);
  if (error instanceof TypeError) return networkError('CUT', context.host);
  if (error instanceof Error) {
    return new ModelError('broken', 'UNEXPECTED', `${context.host}: ${error.name} in the provider`, { cause: error });
  }
  return refusal(undefined, error, {}, context);
}

/** The same without the secrets that a host echoes, in its words or in its code. */
export function withoutSecrets(error: ModelError, mask: (text: string) => string): ModelError {
  const message = mask(error.message);
  const code = mask(error.code) === error.code ? error.code : 'MASKED';
  if (message === error.message && code === error.code) return error;
  return new ModelError(error.kind, code, message, { retryAfterMs: error.retryAfterMs });
}

/** The answer broke off before its end. */
export function cutError(host: string): ModelError {
  return new ModelError('network', 'CUT', `${host}: the answer broke off before its end`);
}

function networkError(code: string, host: string, cause?: unknown): ModelError {
  return new ModelError('network', code, `${host}: ${MEANINGS.network} (${code})`, { cause });
}

/** What a host's refusal means: an answer with an error's status, and its body. */
export function refusedBy(
  { status, headers }: Response,
  body: string,
  context: { host: string; prompt: readonly PromptMessage[] },
): ModelError {
  return refusal(status, body, Object.fromEntries(headers), context);
}

/**
 * An HTTP error's body, or an error that came inside a stream (then without a status).
 * @param context.kind where the host's own reader knows it; else it is read from status, code and words
 */
export function refusal(
  status: number | undefined,
  body: unknown,
  headers: Record<string, string>,
  context: { host: string; prompt: readonly PromptMessage[]; kind?: ModelErrorKind | undefined },
): ModelError {
  const { host, prompt } = context;
  const said = readBody(body);
  const kind = context.kind ?? kindOf(status, said);
  const code = said.codes[0] ?? String(status ?? 'STREAM_ERROR');
  const words =
    (kind === 'broken' || kind === 'unavailable') && said.message !== '' && !repeats(said.message, prompt)
      ? `: ${said.message}`
      : '';
  const where = status === undefined ? 'broke off its answer' : `answered with status ${status}`;
  return new ModelError(kind, code, `${host} ${where}: ${SPECIAL.get(code) ?? MEANINGS[kind]} (${code})${words}`, {
    retryAfterMs: WAITS.has(kind) ? retryAfterMs(headers, said.whole) : undefined,
  });
}

function kindOf(status: number | undefined, { codes, message }: Said): ModelErrorKind {
  // Groq calls a prompt beyond its tokens a minute `rate_limit_exceeded`, but waiting does not make it smaller.
  if (status === 413) return 'too-long';
  for (const code of codes) {
    const kind = CLOUDFLARE_CODES.get(code) ?? OPENAI_CODES.get(code);
    // 5006 (bad input) and others that say little are left to the wording below.
    if (kind && !(kind === 'broken' && TOO_LONG.test(message))) return kind;
  }
  if (WORDED.has(status)) {
    if (TOO_LONG.test(message)) return 'too-long';
    if (USED_UP.test(message)) return 'quota';
    if (FILTERED.test(message)) return 'refused';
  }
  if (status === 410) return 'unavailable';
  if ([undefined, 400, 402, 403, 404].includes(status) && (ENDED.test(message) || PLAN.test(message)))
    return 'unavailable';
  if (status === 401 || status === 403) return 'auth';
  if (status === 402) return 'quota';
  if (status === 429 || status === 500 || status === 503 || status === 529) return 'busy';
  if (status === 408 || (status !== undefined && status > 500)) return 'network';
  if (status === undefined && /overload|capacity|rate limit|try again/i.test(message)) return 'busy';
  if (status === undefined && /time(d)? ?out/i.test(message)) return 'network';
  return 'broken';
}

interface Said {
  /** The host's own codes, the most telling first. */
  codes: string[];
  /** In the host's words, one line, at most 200 characters. */
  message: string;
  /** The same as it came, at most 2,000 characters. */
  whole: string;
}

type Fields = Record<string, unknown>;

/** Reads Cloudflare's envelope, OpenAI's error object, and the plain texts of Ollama and FastAPI. */
function readBody(body: unknown): Said {
  const read = typeof body === 'string' ? parsed(body) : body;
  // Gemini's host puts its error into a list.
  const value = Array.isArray(read) ? read[0] : read;
  if (typeof value !== 'object' || value === null) return said([], typeof body === 'string' ? body : String(value));
  const { errors, error, detail } = value as { errors?: unknown; error?: unknown; detail?: unknown };
  const inner = (Array.isArray(errors) ? errors[0] : undefined) ?? error ?? detail ?? value;
  if (typeof inner !== 'object' || inner === null) return said([], String(inner));
  const { code, type, message, innererror } = inner as Fields;
  const deeper = (innererror as Fields | undefined)?.code;
  const codes = [deeper, code, type].filter((name) => typeof name === 'string' || typeof name === 'number').map(String);
  return said(codes, typeof message === 'string' ? message : '');
}

/** Workers AI puts its code into the text as well: "AiError: 3040: …", "3036: …". */
const CODE_IN_TEXT = /^(?:\w*Error: )*(\d{4,5}): /;

function said(codes: string[], message: string): Said {
  const found = CODE_IN_TEXT.exec(message)?.[1];
  // A status repeated as code tells nothing that the status did not.
  const telling = codes.filter((code) => !/^[45]\d\d$/.test(code));
  const safe = (found ? [found, ...telling] : telling).filter((code) => /^[\w.-]{1,40}$/.test(code));
  const whole = message.slice(0, 2_000);
  return { codes: safe, message: whole.replace(/\s+/g, ' ').trim().slice(0, 200), whole };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: the text itself is what was said.
    return undefined;
  }
}

/** @returns whether a host's words hold a piece of the prompt (vLLM's validation errors quote the whole of it) */
function repeats(words: string, prompt: readonly PromptMessage[]): boolean {
  const PIECE = 16;
  return prompt.some(({ content }) => {
    const flat = content.replace(/\s+/g, ' ').trim();
    if (flat.length < PIECE) return flat.length > 3 && words.includes(flat);
    for (let at = 0; at + PIECE <= words.length; at++) if (flat.includes(words.slice(at, at + PIECE))) return true;
    return false;
  });
}

/** Looks along the causes for an error of the system or of the HTTP client, such as ECONNREFUSED. */
function systemError(error: unknown): { code: string; error: unknown } | undefined {
  for (const cause of causes(error)) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_\w+|HPE_\w+|\w*CERT\w*)$/.test(code)) {
      return { code: code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' ? 'CUT' : code, error: cause };
    }
  }
  return undefined;
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let at = error; at instanceof Error && found.length < 5; at = at.cause) found.push(at);
  return found;
}

function isParseError(error: unknown): boolean {
  return error instanceof Error && /JSONParse|TypeValidation|SyntaxError/.test(error.name);
}
