/**
 * Who may see what operators see, and who may act: one check for `/ops`, all below it, and `/metrics`. By a login (a
 * cookie), a password with each call (HTTP Basic or bearer, for tools), a proxy that had people log in, or, where none of
 * these is set up, the key that Chasqui made for itself. Where a request comes from proves nothing: many proxies connect
 * from this machine and say nothing of themselves.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf, clientAddress } from '../http/caller.ts';
import type { OpsRole } from '../ops-api/index.ts';
import { changes, credentialsOf, loginCookie, loginToken, sourceOf } from './credentials.ts';
import { createLockout, LOCKED_MS } from './lockout.ts';
import { equal, type Login, type Sessions } from './sessions.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call a route below `/ops`; default: operators. */
    operators?: 'everybody' | OpsRole;
  }
}

export interface Operator extends Login {
  by: 'login' | 'password' | 'token' | 'proxy';
  /** Of a login: the cookie's token. */
  session?: string;
}

export interface AccessSettings {
  password?: string | undefined;
  viewerPassword?: string | undefined;
  /** Counts as the operators' password, and opens `/ops?key=…`; only where no password and no proxy is set up. */
  key?: string | undefined;
  metricsToken?: string | undefined;
  proxy?: { userHeader: string | undefined; addresses: readonly string[]; operators: readonly string[] };
  /** Whether `X-Forwarded-*` is believed. */
  trustProxy?: boolean;
  /** How long a login lasts. */
  keepMs?: number;
  /** Told before a login counts. */
  onLogin?(who: string): Promise<void>;
}

export type Access = ReturnType<typeof createAccess>;

const WITHOUT_FRAME = { 'x-frame-options': 'DENY', 'content-security-policy': "frame-ancestors 'none'" };

/** @param sessions absent: nobody can log in (a process without the role `ops`) */
export function createAccess(settings: AccessSettings, sessions?: Sessions) {
  const { viewerPassword, key, proxy, trustProxy = false, keepMs = 0 } = settings;
  const password = settings.password ?? key;
  const lockout = createLockout();
  const secretOf = (role: OpsRole): string | undefined => (role === 'operator' ? password : viewerPassword);
  const addressOf = (request: FastifyRequest): string => callerOf(request, trustProxy).address;
  const isSecure = (request: FastifyRequest): boolean => callerOf(request, trustProxy).secure;

  function roleFor(given: string): OpsRole | null {
    if (password !== undefined && equal(given, password)) return 'operator';
    return viewerPassword !== undefined && equal(given, viewerPassword) ? 'viewer' : null;
  }

  function byProxy(request: FastifyRequest): Operator | null {
    const { userHeader, addresses = [], operators = [] } = proxy ?? {};
    const who = userHeader && request.headers[userHeader.toLowerCase()];
    if (typeof who !== 'string' || who === '' || !addresses.includes(plain(request.socket.remoteAddress))) return null;
    return { who: who.slice(0, 200), role: operators.includes(who) ? 'operator' : 'viewer', by: 'proxy' };
  }

  async function byLogin(request: FastifyRequest): Promise<Operator | null> {
    const token = loginToken(request, isSecure(request));
    if (!token || token === 'doubled' || !sessions) return null;
    const login = await sessions.read(token, secretOf);
    return login && { ...login, by: 'login', session: token };
  }

  /** Who calls; null: nobody that we know; `locked`: too many wrong passwords came from there. */
  async function identify(request: FastifyRequest): Promise<Operator | null | 'locked'> {
    const known = byProxy(request) ?? (await byLogin(request));
    if (known) return known;
    const given = credentialsOf(request);
    if (!given) return null;
    if (lockout.isLocked(addressOf(request))) return 'locked';
    const role = roleFor(given.secret);
    if (role) return { who: role, role, by: given.scheme === 'bearer' ? 'token' : 'password' };
    lockout.failed(addressOf(request));
    return null;
  }

  /** @returns the login's cookie token; null: wrong password; `locked` */
  async function logIn(request: FastifyRequest, given: string): Promise<string | null | 'locked'> {
    if (lockout.isLocked(addressOf(request))) return 'locked';
    const role = roleFor(given);
    if (role && sessions) {
      const who = `${role} at ${clientAddress(request, trustProxy)}`;
      await settings.onLogin?.(who);
      return sessions.open({ who, role }, given);
    }
    lockout.failed(addressOf(request));
    return null;
  }

  /** Takes the key out of the address: it would stay in the browser's history and in bookmarks. */
  async function followLink(request: FastifyRequest, reply: FastifyReply, given: string): Promise<FastifyReply> {
    const token = await logIn(request, given);
    if (token === 'locked') return locked(reply);
    if (token === null) return refuse(reply, 401, 'login', `This link is not valid (any more). ${HOW_BY_KEY}`);
    const secure = isSecure(request);
    return reply
      .headers({ 'set-cookie': loginCookie(token, keepMs, secure), 'cache-control': 'no-store' })
      .redirect(withoutKey(request.url), 303);
  }

  /** Every route of the server is asked for here; those that are not ours are let through. */
  async function guard(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const { url: route = '', config } = request.routeOptions;
    const isMetrics = route === '/metrics';
    if (!isMetrics && !isBelowOps(route)) return undefined;
    reply.headers({ ...WITHOUT_FRAME, 'referrer-policy': 'no-referrer' });
    const link = (request.query as { key?: unknown }).key;
    if (key !== undefined && !isMetrics && request.method === 'GET' && typeof link === 'string')
      return followLink(request, reply, link);
    const needed = config.operators ?? 'operator';
    if (needed === 'everybody') return undefined;
    if (isMetrics && settings.metricsToken !== undefined) {
      const given = credentialsOf(request);
      const isOpen = given?.scheme === 'bearer' && equal(given.secret, settings.metricsToken);
      if (isOpen && !lockout.isLocked(addressOf(request))) return undefined;
    }
    return check(request, reply, needed);
  }

  async function check(request: FastifyRequest, reply: FastifyReply, role: OpsRole): Promise<FastifyReply | undefined> {
    const source = changes(request) ? sourceOf(request, trustProxy) : 'own';
    if (source === 'foreign') return refuse(reply, 403, 'foreign', 'This call must come from the operators’ own page.');
    const who = await identify(request);
    if (who === 'locked') return locked(reply);
    if (who === null) return unknown(request, reply);
    // A browser sends a cookie and a password of HTTP Basic by itself; a bearer token only a tool does.
    if (source === 'unnamed' && who.by !== 'token')
      return refuse(reply, 403, 'foreign', 'This call must name the page that it comes from (Origin).');
    if (role === 'operator' && who.role !== 'operator')
      return refuse(reply, 403, 'viewer', 'You may look, and not act: this takes an operator.');
    return undefined;
  }

  function unknown(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // Pages without a login form: the browser asks, and tools are told how to identify themselves.
    if (!request.routeOptions.url?.startsWith('/ops/api/'))
      reply.header('www-authenticate', 'Basic realm="Chasqui operators", charset="UTF-8"');
    if (loginToken(request, isSecure(request)) === 'doubled')
      return refuse(reply, 401, 'login', 'Two logins came at once: delete this site’s cookies, then log in again.');
    return key === undefined
      ? refuse(reply, 401, 'login', HOW_BY_PASSWORD)
      : refuse(reply, 401, 'login', HOW_BY_KEY, { needs: 'key' });
  }

  /** What a login's token stands for; null: it has ended. */
  const sessionOf = async (token: string): Promise<Login | null> => (await sessions?.read(token, secretOf)) ?? null;

  return { identify, guard, logIn, sessionOf, locked, isSecure };
}

const HOW_BY_PASSWORD = 'Log in: the operators’ password is needed (OPS_PASSWORD).';
const HOW_BY_KEY =
  'Open the link that Chasqui printed when it started, or give its key as password (DATA_DIR/ops-key); OPS_PASSWORD sets one of your own.';

async function locked(reply: FastifyReply): Promise<FastifyReply> {
  reply.header('retry-after', LOCKED_MS / 1_000);
  return refuse(reply, 429, 'too-many', 'Too many wrong passwords. Wait a minute.');
}

/** @param more what the page's login form goes by */
async function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  more: { needs?: 'key' } = {},
): Promise<FastifyReply> {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ error: { code, message, ...more } });
}

/** `/ops`, `/ops/…`, and no `/opsomething`. */
function isBelowOps(route: string): boolean {
  return /^\/ops(\/|$)/i.test(route);
}

/** Relative, so that it holds below a proxy's path too. `/ops` itself is the page's folder. */
function withoutKey(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  searchParams.delete('key');
  const last = pathname === '/ops' ? 'ops/' : `./${pathname.slice(pathname.lastIndexOf('/') + 1)}`;
  return searchParams.size > 0 ? `${last}?${searchParams}` : last;
}

/** IPv4 as it is, also where the socket listens on IPv6. */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
