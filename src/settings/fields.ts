/**
 * The kinds of values that settings have, each with the words of its error message: a `description` says what a value must
 * look like ("wants …"); where there is none, `config/explain.ts` makes one from the schema's type and limits.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

declare module 'zod' {
  interface GlobalMeta {
    /** No log or message may show the value. */
    secret?: boolean;
    /** What the setting does, in Markdown, for `docs/configuration.md` and the files that come with Chasqui. */
    meaning?: string;
    /** Of a variable: where a person gets its value. */
    source?: string;
    /** What happens without a value, where there is no default: "the model's own". */
    unset?: string;
  }
}

export const url = z
  .url({ protocol: /^https?$/ })
  .meta({ description: 'an address that starts with https:// or http://' })
  .transform((text) => text.replace(/\/+$/, ''));

export const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).pathname === '/' && !/[?#@]/.test(text))
  .meta({ description: 'a page\'s origin, such as "https://intranet.example.com", without a path' })
  .transform((text) => new URL(text).origin);

export const hostName = z
  .string()
  .refine((text) => !/[\s/?#@:*\\]/.test(text) && URL.canParse(`http://${text}`))
  .meta({ description: 'a host name, such as chat.example.com, without http:// or port' })
  .transform((text) => new URL(`http://${text}`).hostname.replace(/\.$/, ''));

export const ipAddress = z.string().refine((text) => isIP(text) !== 0);

export const secret = z.string().meta({ secret: true });

/** @param least the fewest characters */
export const password = (least: number) =>
  z
    .string()
    .min(least)
    .meta({ secret: true, description: `at least ${least} characters` });

/** A switch in the environment; off is the same as not set. */
export const onOff = z
  .enum(['1', 'true', 'on', 'yes', '0', 'false', 'off', 'no'])
  .meta({ description: '1 or 0' })
  .transform((text) => (['1', 'true', 'on', 'yes'].includes(text) ? true : undefined));

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `1.5h` or a number of ms, as ms; NaN for anything else. */
function milliseconds(value: string | number): number {
  if (typeof value === 'number') return value;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim()) ?? [];
  return Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN));
}

/** Milliseconds, written as `500ms`, `30s`, `5m`, `2h`, `90d` or a number of ms. Timers of Node end at 24 days. */
export function duration(least: string, most: string) {
  return z
    .union([z.string(), z.number()])
    .refine((value) => milliseconds(value) >= milliseconds(least) && milliseconds(value) <= milliseconds(most))
    .meta({ description: `a duration from ${least} to ${most}, such as 500ms, 30s, 5m, 2h or 90d` })
    .transform(milliseconds);
}

const BYTES: Record<string, number> = { b: 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

/** A size as Redis writes it, as bytes; NaN for anything else. */
function bytes(value: string): number {
  const [, amount, unit = 'b'] = /^(\d{1,15})([kmg]?b?)$/i.exec(value.trim()) ?? [];
  return Number(amount) * (BYTES[unit.toLowerCase() || 'b'] ?? Number.NaN);
}

export const memory = z
  .string()
  .refine((value) => bytes(value) >= 32 * 2 ** 20 && bytes(value) <= 2 ** 50)
  .meta({ description: 'an amount of memory of at least 32mb, such as 512mb or 2gb' })
  .transform(bytes);
