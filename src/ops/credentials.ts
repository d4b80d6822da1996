/** What a request brings to say who it is: a cookie, a password, the page that it comes from. */
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../http/caller.ts';

/** Over https only this very host can set it (RFC 6265bis, "__Host-"); a sibling host cannot plant one. */
const NAMES = { https: '__Host-chasqui_ops', http: 'chasqui_ops' } as const;

/** A login's `set-cookie` line; without a token: the one that ends it. */
export function loginCookie(token: string | null, keepMs: number, secure: boolean): string {
  const name = secure ? NAMES.https : NAMES.http;
  const seconds = token === null ? 0 : Math.round(keepMs / 1_000);
  return `${name}=${token ?? ''}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** The login's token; `doubled` when two came: one of them was planted, and nobody can tell which. */
export function loginToken(request: FastifyRequest, secure: boolean): string | null | 'doubled' {
  const name = secure ? NAMES.https : NAMES.http;
  const found = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  if (found.length > 1) return 'doubled';
  return /^[\w-]{20,100}$/.test(found[0] ?? '') ? (found[0] as string) : null;
}

/** By HTTP Basic (the user's name says nothing) or as bearer token. */
export function credentialsOf(request: FastifyRequest): { scheme: 'basic' | 'bearer'; secret: string } | null {
  const [, scheme = '', value = ''] = /^(basic|bearer)\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', secret: value };
  if (scheme === '') return null;
  const decoded = Buffer.from(value, 'base64').toString();
  return { scheme: 'basic', secret: decoded.slice(decoded.indexOf(':') + 1) };
}

/**
 * Where a call that changes something comes from. A browser says `Sec-Fetch-Site` itself (over https and on this machine),
 * which no page can forge; otherwise the origin must be the host that was called. `unnamed`: neither came, as from tools.
 */
export function sourceOf(request: FastifyRequest, trustProxy: boolean): 'own' | 'foreign' | 'unnamed' {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site === 'same-origin') return 'own';
  if (site !== undefined) return 'foreign';
  if (origin === undefined) return 'unnamed';
  if (!URL.canParse(origin)) return 'foreign';
  const own = new URL(origin).host === host?.toLowerCase() || origin === callerOf(request, trustProxy).ownOrigin;
  return own ? 'own' : 'foreign';
}

export function changes(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD';
}
