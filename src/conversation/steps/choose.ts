/** People choose who answers in a conversation: a model, a persona. */
import { createScript } from '../../redis/script.ts';
import { KEPT } from '../lua.ts';
import type { Store } from '../store.ts';

/** KEYS meta. ARGV field, value, kept for (ms). */
const script = createScript(`${KEPT}
redis.call('HSET', KEYS[1], 'v', 1, ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], kept(KEYS[1], ARGV[3]))
return 1`);

export async function chosenModel({ redis, keysOf }: Store, conversation: string): Promise<string | null> {
  return redis.hget(keysOf(conversation).meta, 'model');
}

/** The model that this conversation wants first; null: the configured order. */
export async function chooseModel(
  { redis, keysOf, keepMs }: Store,
  conversation: string,
  model: string | null,
): Promise<void> {
  const { meta } = keysOf(conversation);
  if (model === null) await redis.hdel(meta, 'model');
  else await script(redis, [meta], ['model', model, keepMs]);
}

export async function chosenPersona({ redis, keysOf }: Store, conversation: string): Promise<string | null> {
  return redis.hget(keysOf(conversation).meta, 'persona');
}

/** The persona that answers here from now on. */
export async function choosePersona(
  { redis, keysOf, keepMs }: Store,
  conversation: string,
  persona: string,
): Promise<void> {
  await script(redis, [keysOf(conversation).meta], ['persona', persona, keepMs]);
}
