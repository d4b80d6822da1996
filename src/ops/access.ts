/** Who may see what operators see: with a password whoever knows it, without one only this machine. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Headers by which a proxy says that it speaks for somebody else. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via', 'cf-connecting-ip'];
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** After so many wrong passwords an address waits, whatever it tries next. */
const MOST_FAILURES = 10;
const LOCKED_MS = 60_000;
/** Addresses remembered at once; an attacker with more of them than this is a firewall's matter. */
const MOST_ADDRESSES = 10_000;

export type Access = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/**
 * A hook that lets operators through. With `password`: HTTP Basic (any user name) or a bearer token. Without: requests
 * from loopback, judged by the socket; one that came through a proxy, or names another host (DNS rebinding), is refused.
 * Calls that change something must come from our own pages.
 */
export function createAccess(password: string | undefined): Access {
  const failures = new Map<string, { count: number; until: number }>();

  function locked(address: string): boolean {
    const known = failures.get(address);
    if (known && known.until < Date.now()) failures.delete(address);
    return known !== undefined && known.until >= Date.now() && known.count >= MOST_FAILURES;
  }

  function failed(address: string): void {
    const count = (failures.get(address)?.count ?? 0) + 1;
    if (failures.size >= MOST_ADDRESSES) failures.clear();
    failures.set(address, { count, until: Date.now() + LOCKED_MS });
  }

  return async (request, reply) => {
    if (!sameOrigin(request)) return refuse(reply, 403, 'This call must come from the operators’ own page.');
    if (password === undefined) {
      if (isLocal(request)) return undefined;
      return refuse(reply, 403, 'Only from this machine, without a proxy. Set OPS_PASSWORD to allow more.');
    }
    const given = credentials(request.headers.authorization);
    if (given !== null) {
      if (locked(request.ip)) {
        reply.header('retry-after', LOCKED_MS / 1_000);
        return refuse(reply, 429, 'Too many wrong passwords. Wait a minute.');
      }
      if (equal(given, password)) return undefined;
      failed(request.ip);
    }
    reply.header('www-authenticate', 'Basic realm="Chasqui operators", charset="UTF-8"');
    return refuse(reply, 401, 'The operators’ password is needed (OPS_PASSWORD).');
  };
}

async function refuse(reply: FastifyReply, status: number, message: string): Promise<FastifyReply> {
  return reply.code(status).send({ error: { code: status === 429 ? 'too-many' : 'forbidden', message } });
}

function isLocal(request: FastifyRequest): boolean {
  const address = request.socket.remoteAddress ?? '';
  const loopback = address === '::1' || /^(::ffff:)?127\./.test(address);
  return loopback && LOOPBACK_HOSTS.has(hostOf(request)) && FORWARDED.every((name) => !(name in request.headers));
}

function hostOf(request: FastifyRequest): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** A browser names the page a changing call comes from; tools without a browser send no Origin. */
function sameOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function credentials(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(basic|bearer)\s+(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme === '') return null;
  const decoded = Buffer.from(value, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}

function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
