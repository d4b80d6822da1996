/** A person stops an answer, or interrupts it by writing on. */
import { createScript, mayPublish } from '../../redis/script.ts';
import { stopChannel } from '../keys.ts';
import { OPEN } from '../lua.ts';
import type { Store } from '../store.ts';

/**
 * Stop: marks the running turn, or the one that would begin with what waits now.
 * KEYS inbox turn. ARGV channel, conversation. Returns 1 if there was something to stop.
 */
const stopScript = createScript(`${mayPublish('ARGV[1]')}${OPEN}
if not open(KEYS[1], KEYS[2]) then return 0 end
redis.call('HSET', KEYS[2], 'stop', 'stop')
redis.call('PUBLISH', ARGV[1], 'stop ' .. ARGV[2])
return 1`);

/** Marks the running turn as stopped and tells the workers; false if nothing was running or waiting. */
export async function stop({ redis, prefix, keysOf }: Store, conversation: string): Promise<boolean> {
  const k = keysOf(conversation);
  return (await stopScript(redis, [k.inbox, k.turn], [stopChannel(prefix), conversation])) === 1;
}

/**
 * Interrupt: someone wrote on, so the answer that is being written ends where it is. Only while there is no whole answer.
 * KEYS turn. ARGV channel, conversation. Returns 1 if there was something to interrupt.
 */
const interruptScript = createScript(`${mayPublish('ARGV[1]')}
local turn = redis.call('HMGET', KEYS[1], 'state', 'stop')
if turn[1] ~= 'taken' or turn[2] then return 0 end
redis.call('HSET', KEYS[1], 'stop', 'interrupt')
redis.call('PUBLISH', ARGV[1], 'interrupt ' .. ARGV[2])
return 1`);

/** Ends the answer that is being written where it is, since someone wrote on; false if none is being written. */
export async function interrupt({ redis, prefix, keysOf }: Store, conversation: string): Promise<boolean> {
  return (await interruptScript(redis, [keysOf(conversation).turn], [stopChannel(prefix), conversation])) === 1;
}
