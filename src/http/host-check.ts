/**
 * The guard against DNS rebinding. A page of evil.example whose name is made to point at 127.0.0.1 calls a server there as
 * one origin with itself; only the Host tells. (OWASP, "DNS rebinding"; WHATWG Fetch, "Sec-Fetch-Site".)
 */
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config/schema.ts';
import type { Logger } from '../log/logger.ts';
import type { Guard } from './server.ts';

/** Anyone can provoke a refusal; the operator needs to read it once. */
const WARN_EVERY_MS = 60_000;
/** Where a page of this server has something to read. Webhooks are signed, and probes tell nothing. */
const CHECKED = /^\/(api|ops|metrics)(\/|$)/i;

/**
 * Refuses (403) what comes under a name that nobody has given this server. Only where it listens on loopback: on other
 * addresses its names are the network's matter, and behind a trusted proxy they are the proxy's.
 * @param host what the server listens on
 * @param web.allowed_hosts in lower case, without a port
 */
export function createHostCheck(
  host: string,
  web: Pick<Config['web'], 'allowed_hosts' | 'allowed_origins' | 'trust_proxy'>,
  log: Logger,
): Guard {
  const own = nameIn(isIP(host) === 6 ? `[${host}]` : host);
  if (web.trust_proxy || own === null || !isLoopback(own)) return async () => undefined;
  const names = new Set(web.allowed_hosts);
  // A rebound page's own origin is none of them.
  const origins = new Set(web.allowed_origins);
  let warnedAt = Number.NEGATIVE_INFINITY;

  return async (request, reply) => {
    if (!CHECKED.test(request.routeOptions.url ?? '')) return undefined;
    const { host: called = '', origin = '' } = request.headers;
    const name = nameIn(called);
    if (name !== null && (isLocalName(name) || addressIn(name) !== null || names.has(name))) return undefined;
    if (origins.has(origin) || isByTls(request)) return undefined;
    const message =
      `This server is not known as ${JSON.stringify(called.slice(0, 200))}. If it is to be reached under this name, add it ` +
      'to web.allowed_hosts, or set web.trust_proxy when a proxy stands before it.';
    if (Date.now() - warnedAt > WARN_EVERY_MS) {
      warnedAt = Date.now();
      log.warn({ path: request.routeOptions.url }, message);
    }
    return reply
      .code(403)
      .header('cache-control', 'no-store')
      .send({ error: { code: 'unknown_host', message } });
  };
}

/** The name in a Host header as a browser writes it, without its port; null for what no browser sends. */
function nameIn(host: string): string | null {
  if (/[\s/?#@\\]/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

/** The address that a name spells out; needs no DNS, so nothing can be rebound. */
function addressIn(name: string): string | null {
  const address = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) === 0 ? null : address;
}

/** Resolved to loopback by browsers themselves (RFC 6761, section 6.3). */
function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function isLoopback(name: string): boolean {
  return isLocalName(name) || /^(127\.|::1$|::ffff:7f)/.test(addressIn(name) ?? '');
}

/**
 * The browser reached us through TLS, which this server does not speak: a proxy ended it, and a rebound page cannot have
 * come that way. A browser names the page's origin, or, without one, sends Fetch Metadata, which it does over https only.
 * A Host with our own port is not a proxy's.
 */
function isByTls({ headers, raw }: FastifyRequest): boolean {
  const { host = '', origin } = headers;
  if (nameIn(host) === null) return false;
  if (origin !== undefined) return origin === new URL(`https://${host}`).origin;
  const site = headers['sec-fetch-site'];
  const isOwnPage = site === 'same-origin' || site === 'none' || headers['sec-fetch-mode'] === 'navigate';
  return isOwnPage && Number(new URL(`http://${host}`).port || 80) !== raw.socket.localPort;
}
