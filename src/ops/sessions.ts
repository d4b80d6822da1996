/** Logins of operators. They are in Redis, so that any process with the role `ops` knows them and a restart forgets none. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { OpsRole } from '../ops-api/index.ts';
import { opsKeys } from './keys.ts';

export interface Login {
  who: string;
  role: OpsRole;
}

/** As Redis has it. The proof binds a login to its password, and says nothing of it without the cookie's token. */
interface Stored extends Login {
  proof: string;
}

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions(options: { redis: Redis; prefix: string; keepMs: number }) {
  const { redis, keepMs } = options;
  const keys = opsKeys(options.prefix);
  const keyOf = (token: string): string => keys.session(createHash('sha256').update(token).digest('base64url'));
  let secret: string | undefined;

  async function secretKey(): Promise<string> {
    if (secret === undefined) {
      await redis.set(keys.secret, randomBytes(32).toString('base64url'), 'NX');
      secret = (await redis.get(keys.secret)) ?? undefined;
    }
    return secret as string;
  }

  return {
    /** @returns the token for the cookie; Redis only knows its hash. `secret`: the password that opened it */
    async open({ who, role }: Login, secret: string): Promise<string> {
      const token = randomBytes(32).toString('base64url');
      const stored: Stored = { who, role, proof: proofOf(token, secret) };
      await redis.set(keyOf(token), JSON.stringify(stored), 'PX', keepMs);
      return token;
    },
    /** @param secretOf the password that opens a role today: a login by an older one has ended */
    async read(token: string, secretOf: (role: OpsRole) => string | undefined): Promise<Login | null> {
      const json = await redis.get(keyOf(token));
      if (!json) return null;
      const { who, role, proof } = JSON.parse(json) as Stored;
      const secret = secretOf(role);
      return secret !== undefined && equal(proof ?? '', proofOf(token, secret)) ? { who, role } : null;
    },
    async end(token: string): Promise<void> {
      await redis.del(keyOf(token));
    },
    /** What a page must send with a call that changes something; no other page can read it. */
    async csrf(of: string): Promise<string> {
      return createHmac('sha256', await secretKey())
        .update(of)
        .digest('base64url');
    },
    async isCsrf(of: string, given: string): Promise<boolean> {
      return equal(await this.csrf(of), given);
    },
  };
}

function proofOf(token: string, secret: string): string {
  return createHmac('sha256', token).update(secret).digest('base64url');
}

/** Compares in constant time. */
export function equal(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
