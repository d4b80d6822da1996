import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ApiError } from './errors.ts';
import { secretKey } from './keys.ts';

const COOKIE = 'chasqui_session';
/**
 * Over https. A browser takes a `__Host-` cookie from this very host only, so a sibling host cannot plant its own session
 * (RFC 6265bis, "The __Host- Prefix").
 */
const HOST_COOKIE = `__Host-${COOKIE}`;
const COOKIE_LIFETIME_S = 90 * 86_400;
const SECRET_BYTES = 32;
/** 128 bits in base64url, and an HMAC-SHA256 in base64url. */
const VALUE = /^([\w-]{22})\.([\w-]{43})$/;

/** A session that was presented, and how. */
export interface Session {
  id: string;
  by: 'cookie' | 'bearer';
}

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Makes and checks sessions. A session is a random id with a signature, so nothing is stored for those who never write.
 * @param options.secret `WEB_SESSION_SECRET`; undefined: one is made and kept in Redis, so that all processes share it
 */
export function createSessions(options: { redis: Redis; prefix: string; secret: string | undefined }) {
  const { redis, prefix } = options;
  let secret = options.secret;

  async function readSecret(): Promise<string> {
    if (secret) return secret;
    const key = secretKey(prefix);
    await redis.set(key, randomBytes(SECRET_BYTES).toString('base64url'), 'NX');
    secret = (await redis.get(key)) ?? undefined;
    if (!secret) throw new Error(`Redis lost ${key} while it was read`);
    return secret;
  }

  async function sign(text: string): Promise<Buffer> {
    return createHmac('sha256', await readSecret())
      .update(text)
      .digest();
  }

  async function tokenOf(id: string): Promise<string> {
    return `${id}.${(await sign(`session ${id}`)).toString('base64url')}`;
  }

  return {
    /** A new session's id. */
    create: (): string => randomBytes(16).toString('base64url'),

    /** What a caller presents: `<id>.<signature>`. */
    tokenOf,

    /**
     * The session that the headers present; null when there is none, or none that we signed.
     * @param secure the request came by https: only the `__Host-` cookie counts
     * @throws ApiError 400 for a doubled cookie: one of the two was planted, and nothing tells which
     */
    async read(headers: { authorization?: string; cookie?: string }, secure: boolean): Promise<Session | null> {
      const bearer = /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
      const value = bearer === undefined ? sessionCookie(headers.cookie ?? '', secure) : bearer.trim();
      const [, id, signature] = VALUE.exec(value ?? '') ?? [];
      if (!id || !signature) return null;
      const signed = timingSafeEqual(await sign(`session ${id}`), Buffer.from(signature, 'base64url'));
      return signed ? { id, by: bearer === undefined ? 'cookie' : 'bearer' } : null;
    },

    /** `Set-Cookie` for a session. Scripts cannot read it, and no other site's form can send it. */
    async cookie(id: string, secure: boolean): Promise<string> {
      const flags = `Path=/; Max-Age=${COOKIE_LIFETIME_S}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
      return `${secure ? HOST_COOKIE : COOKIE}=${await tokenOf(id)}; ${flags}`;
    },

    /**
     * The id of the conversation that a session's first message opens. It follows from the message's id, so that a
     * request that is repeated because its answer was lost finds the same conversation.
     */
    async conversationFor(session: string, message: string): Promise<string> {
      const digest = await sign(`conversation ${session} ${message}`);
      return `web:${digest.subarray(0, 16).toString('base64url')}`;
    },
  };
}

/** @throws ApiError 400 */
function sessionCookie(header: string, secure: boolean): string | undefined {
  const host = cookiesNamed(HOST_COOKIE, header);
  // A proxy that does not say that it speaks https is no reason to fall back on the name that anyone can plant.
  const found = secure || host.length > 0 ? host : cookiesNamed(COOKIE, header);
  if (found.length > 1) {
    const text = 'Your browser sent two session cookies of this site. Delete the cookies of this site and try again.';
    throw new ApiError(400, 'doubled_cookie', text);
  }
  return found[0];
}

function cookiesNamed(name: string, header: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
