/** What the calls of `/ops/api` may hold. What is wrong is said in words; nothing else is read. */
import { z } from 'zod';

const entry = z.string().regex(/^\d{1,15}-\d{1,10}$/);
const hash = z.string().regex(/^[0-9a-f]{12}$/);
const name = z.string().min(1).max(200);
const id = z.string().regex(/^[\w-]{1,60}$/);

export const logIn = z.strictObject({ password: z.string().min(1).max(1_000) });

export const turnsQuery = z.strictObject({
  platform: name.optional(),
  conversation: hash.optional(),
  outcome: name.optional(),
  model: name.optional(),
  error: name.optional(),
  slower: z.coerce.number().int().min(0).max(86_400_000).optional(),
  turn: id.optional(),
  before: entry.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const daysQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) });
export const auditQuery = z.strictObject({ before: entry.optional() });
export const entryParams = z.strictObject({ entry });

const choices = [
  z.strictObject({ ids: z.array(id).min(1).max(1_000) }),
  z.strictObject({ group: z.string().min(1).max(500) }),
  z.strictObject({ all: z.literal(true) }),
] as const;
export const failureChoice = z.union(choices);
const why = z.string().trim().min(1).max(500);
export const discard = z.union([choices[0].extend({ why }), choices[1].extend({ why }), choices[2].extend({ why })]);
export const restore = choices[0];

export const pauseChoice = z.union([
  z.strictObject({ scope: z.literal('all') }),
  z.strictObject({ scope: z.literal('platform'), name }),
  z.strictObject({ scope: z.literal('conversation'), name: hash }),
  z.strictObject({ scope: z.literal('conversation'), entry }),
]);
export const forget = z.strictObject({ id });
export const nothing = z.strictObject({});
