/** A worker writes into the record of its turn, makes sure that it still holds it, or puts it off. */
import { createScript, type Script } from '../../redis/script.ts';
import { HELD } from '../lua.ts';
import type { Parked, SavedAnswer, TakenTurn, TurnState } from '../records.ts';
import { type Store, TurnLostError } from '../store.ts';

/** Save: KEYS turn. ARGV fence, field, value, … Returns 0 when another worker has taken the turn since. */
const saveScript = createScript(`${HELD}
if not held(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1`);

/** Writes into the turn's record. @throws TurnLostError */
export async function save(
  store: Store,
  turn: TakenTurn,
  changes: { state?: TurnState; draft?: object; answer?: SavedAnswer },
): Promise<void> {
  const fields = Object.entries(changes).flatMap(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  await whileHeld(store, turn, saveScript, fields);
}

/** Confirm: KEYS turn. ARGV fence. Returns 0 when another worker has taken the turn since. */
const confirmScript = createScript(`${HELD}
return held(KEYS[1], ARGV[1]) and 1 or 0`);

/** Nobody else has taken the turn since. @throws TurnLostError */
export async function confirm(store: Store, turn: TakenTurn): Promise<void> {
  await whileHeld(store, turn, confirmScript, []);
}

/**
 * Park: the turn is put off until a platform or a model's host takes calls again.
 * KEYS turn. ARGV fence, until (ms), for what. Returns 0 when another worker has taken the turn since.
 */
const parkScript = createScript(`${HELD}
if not held(KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'until', ARGV[2], 'for', ARGV[3])
redis.call('HINCRBY', KEYS[1], 'parks', 1)
return 1`);

/** Notes until when the turn is put off, and for whom. @throws TurnLostError */
export async function park(store: Store, turn: TakenTurn, { until, waitsFor }: Parked): Promise<void> {
  await whileHeld(store, turn, parkScript, [until, waitsFor]);
}

async function whileHeld(
  { redis, keysOf }: Store,
  turn: TakenTurn,
  script: Script,
  args: (string | number)[],
): Promise<void> {
  const kept = await script(redis, [keysOf(turn.conversation).turn], [turn.fence, ...args]);
  if (kept !== 1) throw new TurnLostError(turn.id);
}
