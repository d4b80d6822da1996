/**
 * What the Graph API's error codes mean for a reply, and what an operator should do.
 * Source: developers.facebook.com, WhatsApp Business Platform, "Error codes".
 */
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import { kindOfStatus } from '../kit/http.ts';

/** An error as Graph writes it, in answers and in webhooks. */
export interface GraphError {
  message?: string;
  title?: string;
  code?: number;
  error_subcode?: number;
  error_data?: { details?: string };
  fbtrace_id?: string;
}

interface Meaning {
  kind: SendErrorKind;
  /** For the operator; the platform's own words follow it. */
  say: string;
  retryAfterMs?: number;
}

const token = 'renew WHATSAPP_ACCESS_TOKEN (a system user’s token does not expire)';
const permission = 'the token lacks whatsapp_business_messaging for this number: assign the number to the system user';

const MEANINGS: Record<number, Meaning> = {
  0: { kind: 'auth', say: token },
  190: { kind: 'auth', say: token },
  3: { kind: 'auth', say: permission },
  10: { kind: 'auth', say: permission },
  33: { kind: 'auth', say: 'the number behind WHATSAPP_PHONE_NUMBER_ID is gone' },
  368: { kind: 'auth', say: 'the account is blocked for a breach of policy: see Account quality' },
  131005: { kind: 'auth', say: permission },
  131031: { kind: 'auth', say: 'the account is locked: see Account quality in Meta Business Suite' },
  131042: { kind: 'auth', say: 'a payment is open: see Billing in WhatsApp Manager' },
  133010: { kind: 'auth', say: 'the number is not registered with the Cloud API' },
  1: { kind: 'unknown-outcome', say: 'Graph does not know what went wrong' },
  131000: { kind: 'unknown-outcome', say: 'WhatsApp does not know what went wrong' },
  2: { kind: 'unavailable', say: 'Graph is down or overloaded' },
  131016: { kind: 'unavailable', say: 'WhatsApp is down or overloaded' },
  131057: { kind: 'unavailable', say: 'the account is in maintenance, e.g. for a throughput upgrade' },
  133004: { kind: 'unavailable', say: 'WhatsApp is down or overloaded' },
  4: { kind: 'rate-limited', say: 'the app’s budget of calls is spent', retryAfterMs: 60_000 },
  80007: { kind: 'rate-limited', say: 'the account’s budget of calls is spent', retryAfterMs: 60_000 },
  130429: { kind: 'rate-limited', say: 'the number’s throughput is used up' },
  131048: { kind: 'rate-limited', say: 'too many people blocked or reported the number', retryAfterMs: 60_000 },
  131056: { kind: 'rate-limited', say: 'too many messages to one person', retryAfterMs: 6_000 },
  131026: { kind: 'gone', say: 'undeliverable: no WhatsApp at that number, blocked, or an old app' },
  131021: { kind: 'gone', say: 'sender and recipient are the same number' },
  131030: { kind: 'gone', say: 'a test number may only write to numbers on its list: add it under API Setup' },
  131047: { kind: 'gone', say: 'the person wrote more than 24 hours ago: only a template may be sent' },
  131050: { kind: 'gone', say: 'the person does not want messages of this kind' },
  130472: { kind: 'gone', say: 'the person is part of an experiment of Meta’s' },
  130497: { kind: 'gone', say: 'the account may not write to people in that country' },
};

/**
 * @param call what was asked, for the message
 * @param retryAfterMs the Retry-After header, where one came
 */
export function graphSendError(
  call: string,
  status: number,
  error: GraphError,
  retryAfterMs: number | undefined,
): SendError {
  const code = error.code;
  const meaning = code === undefined ? undefined : (meaningOf(code) ?? permissionRange(code));
  // Without a code of Graph's own, a 403 is about the token, and a 404 about what was asked: no place is gone.
  const kind = meaning?.kind ?? (status === 403 ? 'auth' : status === 404 ? 'invalid' : kindOfStatus(status));
  const said = error.error_data?.details ?? error.message ?? `HTTP ${status}`;
  const wait = retryAfterMs ?? meaning?.retryAfterMs;
  return new SendError(
    kind,
    String(code ?? `http_${status}`),
    `WhatsApp refuses ${call}: ${meaning ? `${meaning.say} ` : ''}(${said})`,
    (kind === 'rate-limited' || kind === 'unavailable') && wait !== undefined ? { retryAfterMs: wait } : {},
  );
}

/** For a message that was accepted and failed afterwards. */
export function explainCode(code: number | undefined): string | undefined {
  return code === undefined ? undefined : (meaningOf(code) ?? permissionRange(code))?.say;
}

function permissionRange(code: number): Meaning | undefined {
  return code >= 200 && code <= 299 ? { kind: 'auth', say: permission } : undefined;
}

/** A code comes from outside: `constructor` must find nothing. */
function meaningOf(code: number): Meaning | undefined {
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}
