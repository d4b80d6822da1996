/**
 * Who may see what operators see, and who may act. By a login (a cookie), a password with each call (HTTP Basic or bearer,
 * for tools), a proxy that had people log in, or, where none of these is set up, by being on this very machine.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createLockout, LOCKED_MS } from './lockout.ts';
import { equal, type Login, type Sessions } from './sessions.ts';
import type { OpsRole } from './views.ts';

/** Headers by which a proxy says that it speaks for somebody else. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via', 'cf-connecting-ip'];
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
export const COOKIE = 'chasqui_ops';

export interface Operator extends Login {
  by: 'login' | 'password' | 'token' | 'proxy' | 'machine';
  /** Of a login: the cookie's token. */
  session?: string;
}

export type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

export interface AccessSettings {
  password: string | undefined;
  viewerPassword?: string | undefined;
  metricsToken?: string | undefined;
  proxy?: { userHeader: string | undefined; addresses: readonly string[]; operators: readonly string[] };
}

export type Access = ReturnType<typeof createAccess>;

/** @param sessions absent: nobody can log in (a process without the role `ops`) */
export function createAccess(settings: AccessSettings, sessions?: Sessions) {
  const { password, viewerPassword, proxy } = settings;
  const lockout = createLockout();
  const open = password === undefined && viewerPassword === undefined && !proxy?.userHeader;

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

  /** Who calls; null: nobody that we know; `locked`: too many wrong passwords came from there. */
  async function identify(request: FastifyRequest): Promise<Operator | null | 'locked'> {
    const proxied = byProxy(request);
    if (proxied) return proxied;
    const token = cookieOf(request);
    const login = token && sessions ? await sessions.read(token) : null;
    if (token && login) return { ...login, by: 'login', session: token };
    const given = credentials(request.headers.authorization);
    if (given) {
      if (lockout.isLocked(request.ip)) return 'locked';
      const role = roleFor(given.secret);
      if (role) return { who: role, role, by: given.scheme === 'bearer' ? 'token' : 'password' };
      if (!open) lockout.failed(request.ip);
    }
    return open && isLocal(request) ? { who: 'this machine', role: 'operator', by: 'machine' } : null;
  }

  /** A hook that lets those with at least this role through, and calls that change something from our own pages only. */
  function allow(role: OpsRole): Hook {
    return async (request, reply) => {
      if (!isSameOrigin(request))
        return refuse(reply, 403, 'foreign', 'This call must come from the operators’ own page.');
      const who = await identify(request);
      if (who === 'locked') return locked(reply);
      if (who === null) return unknown(reply);
      if (role === 'operator' && who.role !== 'operator')
        return refuse(reply, 403, 'viewer', 'You may look, and not act: this takes an operator.');
      return undefined;
    };
  }

  function unknown(reply: FastifyReply): Promise<FastifyReply> {
    if (open) {
      const what = 'Only from this machine, without a proxy. Set OPS_PASSWORD to allow more.';
      return refuse(reply, 403, 'elsewhere', what);
    }
    return refuse(reply, 401, 'login', 'Log in: the operators’ password is needed (OPS_PASSWORD).');
  }

  return {
    identify,
    allow,
    unknown,
    /** `/metrics`: its own token, or whoever may look. Tools are told how to identify themselves. */
    metrics: (async (request, reply) => {
      const given = credentials(request.headers.authorization);
      if (settings.metricsToken !== undefined && given?.scheme === 'bearer') {
        if (lockout.isLocked(request.ip)) return locked(reply);
        if (equal(given.secret, settings.metricsToken)) return undefined;
        // Where there are passwords too, what follows counts it.
        if (open) lockout.failed(request.ip);
      }
      return basic(allow('viewer'))(request, reply);
    }) satisfies Hook,
    /** For pages that know no login form: the browser asks for the password. */
    basic: (role: OpsRole): Hook => basic(allow(role)),
    /** @returns the login's cookie token; null: wrong password; `locked` */
    async logIn(request: FastifyRequest, given: string): Promise<string | null | 'locked'> {
      if (lockout.isLocked(request.ip)) return 'locked';
      const role = roleFor(given);
      if (role && sessions) return sessions.open({ who: `${role} at ${request.ip}`, role });
      lockout.failed(request.ip);
      return null;
    },
    locked,
  };
}

function basic(hook: Hook): Hook {
  return async (request, reply) => {
    reply.header('www-authenticate', 'Basic realm="Chasqui operators", charset="UTF-8"');
    const refused = await hook(request, reply);
    if (!refused) reply.removeHeader('www-authenticate');
    return refused;
  };
}

async function locked(reply: FastifyReply): Promise<FastifyReply> {
  reply.header('retry-after', LOCKED_MS / 1_000);
  return refuse(reply, 429, 'too-many', 'Too many wrong passwords. Wait a minute.');
}

async function refuse(reply: FastifyReply, status: number, code: string, message: string): Promise<FastifyReply> {
  return reply.code(status).send({ error: { code, message } });
}

function isLocal(request: FastifyRequest): boolean {
  const address = plain(request.socket.remoteAddress);
  const loopback = address === '::1' || address.startsWith('127.');
  return loopback && LOOPBACK_HOSTS.has(hostOf(request)) && FORWARDED.every((name) => !(name in request.headers));
}

/** IPv4 as it is, also where the socket listens on IPv6. */
function plain(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function hostOf(request: FastifyRequest): string {
  return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
}

/** A browser names the page a changing call comes from; tools without a browser send no Origin. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined || request.method === 'GET' || request.method === 'HEAD') return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

function credentials(header: string | undefined): { scheme: 'basic' | 'bearer'; secret: string } | null {
  const [, scheme = '', value = ''] = /^(basic|bearer)\s+(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { scheme: 'bearer', secret: value };
  if (scheme === '') return null;
  const decoded = Buffer.from(value, 'base64').toString();
  return { scheme: 'basic', secret: decoded.slice(decoded.indexOf(':') + 1) };
}

function cookieOf(request: FastifyRequest): string | null {
  const [, token] = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]{20,100})`).exec(request.headers.cookie ?? '') ?? [];
  return token ?? null;
}
