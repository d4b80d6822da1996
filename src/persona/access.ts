/** Who may talk with the assistant, and where; decided before a message is stored. */
import { randomInt } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { InboundMessage } from '../contract/index.ts';
import type { Personas, Place } from './personas.ts';

/** `ok`: go on. `ignored`: as if it had not been written. `told`: the person is answered with this text only. */
export type Verdict = { ok: true } | { ok: false; told: string | null };

/** Someone who waits to be admitted. */
export interface Stranger {
  code: string;
  platform: string;
  person: string;
  name?: string | undefined;
  where: string;
  at: number;
}

export type Access = ReturnType<typeof createAccess>;

/** People read once a day that they may not. */
const TOLD_FOR_S = 86_400;
const CODE_FOR_S = 86_400;
/** No letter or digit that is taken for another. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const YES: Verdict = { ok: true };

export function createAccess(options: { redis: Redis; prefix: string; personas: Pick<Personas, 'placeOf'> }) {
  const { redis, personas } = options;
  const base = `${options.prefix}:{access}`;
  const admittedKey = (where: string): string => `${base}:admitted:${where}`;
  const waitingKey = `${base}:waiting`;

  async function refuse(place: Place, { author, to }: InboundMessage): Promise<Verdict> {
    if ((place.when_denied ?? 'say') === 'ignore') return { ok: false, told: null };
    const first = await redis.set(
      `${base}:told:${place.where}:${to.platform} ${author.id}`,
      '1',
      'EX',
      TOLD_FOR_S,
      'NX',
    );
    return { ok: false, told: first === null ? null : DENIED };
  }

  async function pair(place: Place, { author, to }: InboundMessage): Promise<Verdict> {
    const { where } = place;
    const who = `${to.platform} ${author.id}`;
    if ((await redis.sismember(admittedKey(where), who)) === 1) return YES;
    const codeKey = `${base}:code-of:${where}:${who}`;
    const code = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    // The first of several messages at once makes the code.
    if ((await redis.set(codeKey, code, 'EX', CODE_FOR_S, 'NX')) === null) return { ok: false, told: null };
    const stranger: Stranger = {
      code,
      platform: to.platform,
      person: author.id,
      name: author.name,
      where,
      at: Date.now(),
    };
    await redis.hset(waitingKey, code, JSON.stringify(stranger));
    return { ok: false, told: pairingText(code) };
  }

  /** Those whose codes still count, the newest first. */
  async function strangers(): Promise<Stranger[]> {
    const all = Object.values(await redis.hgetall(waitingKey)).map((json) => JSON.parse(json) as Stranger);
    const gone = all.filter(({ at }) => at < Date.now() - CODE_FOR_S * 1_000).map(({ code }) => code);
    if (gone.length > 0) await redis.hdel(waitingKey, ...gone);
    return all.filter(({ code }) => !gone.includes(code)).sort((a, b) => b.at - a.at);
  }

  return {
    async check(message: InboundMessage): Promise<Verdict> {
      const place = personas.placeOf(message.to.conversation);
      if (!place || message.kind === 'retry') return YES;
      const ids = idsOf(message);
      if (place.deny?.some((id) => ids.has(plain(id)))) return refuse(place, message);
      const allowed = place.allow?.some((id) => ids.has(plain(id)));
      if (allowed) return YES;
      if (place.pairing) return pair(place, message);
      return place.allow ? refuse(place, message) : YES;
    },

    strangers,

    /** Admits the person to whom this code was given. @returns null: there is no such code, or it is too old */
    async admit(code: string): Promise<Stranger | null> {
      const wanted = code
        .trim()
        .toUpperCase()
        .replace(/[^A-Z0-9]/g, '');
      const found = (await strangers()).find((stranger) => stranger.code === wanted);
      if (!found) return null;
      await redis.sadd(admittedKey(found.where), `${found.platform} ${found.person}`);
      await redis.hdel(waitingKey, found.code);
      return found;
    },
  };
}

const DENIED = 'I may not answer you here. Whoever runs me decides who may ask me.';

/** Written with a gap, so that it can be read out. */
const pairingText = (code: string): string =>
  `I do not know you yet. Give this code to whoever runs me, and I will answer once they have admitted you: **${code.slice(0, 4)} ${code.slice(4)}**. It counts for a day.`;

/** All by which a person can be named in the configuration. */
function idsOf({ author, groups = [] }: InboundMessage): Set<string> {
  return new Set([author.id, ...groups].map(plain));
}

/** A number is the same however it is written: `+49 151 1234-5678`, `4915112345678`, `4915112345678@c.us`. */
function plain(id: string): string {
  const local = id.replace(/@[a-z.]+$/, '');
  return /^\+?[\d ()/-]{6,}$/.test(local) ? local.replace(/\D/g, '') : local;
}
