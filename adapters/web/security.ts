import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../src/http/caller.ts';
import { ApiError } from './errors.ts';
import type { Session } from './session.ts';

const PREFLIGHT_KEPT_S = 600;
/** What no page of ours uses. Names from MDN, "Permissions-Policy"; an embedding page may still allow the clipboard. */
const PERMISSIONS =
  'accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()';
const TWO_YEARS_S = 63_072_000;

/** The configured origins in the form that browsers send: no path, no default port. */
export function normalOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(origins.map((origin) => new URL(origin).origin));
}

/** Headers for everything that the web chat serves. */
export function commonHeaders(reply: FastifyReply, caller: Caller): void {
  reply.headers({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    ...(caller.secure ? { 'strict-transport-security': `max-age=${TWO_YEARS_S}` } : {}),
  });
}

/** Headers for the page. `ancestors`: who may show it in a frame (CSP sources); `baseUri`: whether it may name its base. */
export function pageHeaders(ancestors: string, baseUri: "'none'" | "'self'" = "'none'"): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    `base-uri ${baseUri}`,
    "form-action 'none'",
    // The page makes no HTML out of text: a script that tried to would be stopped.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    `frame-ancestors ${ancestors}`,
  ];
  return {
    'content-security-policy': policy.join('; '),
    'permissions-policy': PERMISSIONS,
    'cross-origin-opener-policy': 'same-origin',
  };
}

/**
 * A page of this very server asks. A proxy that changes the Host and says nothing hides our own origin from us; then the
 * browser's word counts: no page can set `Sec-Fetch-Site` (Fetch Metadata), and `same-origin` compares what the browser
 * itself sees.
 */
function isSameOrigin(request: FastifyRequest, caller: Caller): boolean {
  return request.headers.origin === caller.ownOrigin || request.headers['sec-fetch-site'] === 'same-origin';
}

/** The browser speaks https, as the connection, a trusted proxy or the browser itself says. */
export function isSecure(request: FastifyRequest, caller: Caller): boolean {
  const { origin = '', 'sec-fetch-site': site } = request.headers;
  return caller.secure || (site === 'same-origin' && origin.startsWith('https://'));
}

/** For the person and, as a line in the log, for whoever has set up the proxy. */
function foreignOrigin(origin: string | undefined, caller: Caller): ApiError {
  const text =
    `A page of ${origin?.slice(0, 200) ?? 'an unknown origin'} may not use the assistant; this server sees itself at ` +
    `${caller.ownOrigin.slice(0, 200)}. If a proxy stands between, set web.trust_proxy and have it send ` +
    'X-Forwarded-Proto and X-Forwarded-Host; for a page of another site, set web.allowed_origins.';
  return new ApiError(403, 'foreign_origin', text);
}

/**
 * Lets another origin's page read the answer if it may; sets the CORS headers.
 * @throws ApiError 403 for an origin that is neither ours nor allowed
 */
export function checkOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  allowed: ReadonlySet<string>,
): void {
  reply.header('vary', 'Origin');
  const { origin } = request.headers;
  if (origin === undefined || isSameOrigin(request, caller)) return;
  if (!allowed.has(origin)) throw foreignOrigin(origin, caller);
  reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Retry-After' });
}

/** What a preflight of an allowed origin is told. No credentials: other origins identify by bearer token. */
export function preflightHeaders(): Record<string, string> {
  return {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': 'authorization, content-type, last-event-id',
    'access-control-max-age': String(PREFLIGHT_KEPT_S),
  };
}

/** @throws ApiError 415: a form of another site can send text/plain, but not JSON. */
export function checkJson(request: FastifyRequest): void {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new ApiError(415, 'json_only', 'Send content-type: application/json.');
  }
}

/**
 * A browser sends the cookie by itself, also for a page of someone else; only our own page may change anything with it.
 * @throws ApiError 403
 */
export function checkCookieCall(request: FastifyRequest, caller: Caller, session: Session): void {
  if (session.by === 'cookie' && !isSameOrigin(request, caller)) throw foreignOrigin(request.headers.origin, caller);
}
