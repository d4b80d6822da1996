/** What people think of answers, as it counts: once for each person and message. */
import { createHash } from 'node:crypto';
import { createScript } from '../../redis/script.ts';
import { KEPT } from '../lua.ts';
import type { Store } from '../store.ts';

type Judgement = 'good' | 'bad' | 'none';

/** A conversation's judgements that are remembered; of more, any may be counted again. */
const MAX_JUDGED = 1_000;

/**
 * Notes a person's judgement. KEYS judged meta. ARGV whose and of what, judgement, the one before as the platform tells it
 * or '', kept for (ms). Returns the one before; what was remembered counts more than what is told. When one is taken back
 * that does not count any more, since another came after it, nothing changes.
 */
const script = createScript(`${KEPT}
local judged, field, value, told = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local before = redis.call('HGET', judged, field)
if before and told ~= '' and value == 'none' and before ~= told then return value end
redis.call('HSET', judged, field, value)
if redis.call('HLEN', judged) > ${MAX_JUDGED} then
  local any = redis.call('HRANDFIELD', judged)
  if any ~= field then redis.call('HDEL', judged, any) end
end
redis.call('PEXPIRE', judged, kept(KEYS[2], ARGV[4]))
return before or (told ~= '' and told) or 'none'`);

/** Notes what a person thinks of a message; returns what they thought before (`told`: by the platform's word). */
export async function judge(
  { redis, keysOf, keepMs }: Store,
  conversation: string,
  by: { message: string; author: string },
  value: Judgement,
  told?: Judgement,
): Promise<Judgement> {
  const { judged, meta } = keysOf(conversation);
  const field = createHash('sha256').update(`${by.message} ${by.author}`).digest('base64url').slice(0, 22);
  return (await script(redis, [judged, meta], [field, value, told ?? '', keepMs])) as Judgement;
}
