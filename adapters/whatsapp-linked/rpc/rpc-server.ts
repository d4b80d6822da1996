/** The other end of the calls, in the leader: takes requests and answers them. */
import type { Redis } from 'ioredis';
import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createScript } from '../../../src/redis/script.ts';
import { createInFlight } from '../../kit/in-flight.ts';
import { pause, retry } from '../../kit/retry.ts';
import { type CallName, type Rpc, toRefusal } from './rpc.ts';
import type { Answer, Envelope, RpcKeys } from './rpc-client.ts';

const BLOCK_S = 5;
const PAUSE_MS = 500;
/** An answer that its process did not fetch is of no use any more. */
const ANSWER_KEPT_MS = 60_000;
const ANSWER_AGAIN_MS = 500;

/** KEYS request taken-by. ARGV leader, kept for (ms). Returns the request, which is then this leader's. */
const takeRequest = createScript(`
local text = redis.call('GETDEL', KEYS[1])
if text then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
return text`);

const NAMES: ReadonlySet<string> = new Set<CallName>(['post', 'edit', 'type', 'download']);

/** @param options.mayTake whether this process leads at this moment */
export function createRpcServer(options: {
  redis: Redis;
  connect(name: string): Redis;
  keys: RpcKeys;
  rpc: Rpc;
  mayTake(): boolean;
  /** Our name in the lease. */
  leader: string;
  log: Logger;
}) {
  const { redis, keys, rpc, log } = options;
  const blocking = options.connect('whatsapp-web-requests');
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = createInFlight();

  async function serve(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (!options.mayTake()) {
          await pause(PAUSE_MS, signal);
          continue;
        }
        const [, id] = (await blocking.blpop(keys.requests, BLOCK_S)) ?? [];
        if (id) void running.add(take(id));
      } catch (error) {
        if (signal.aborted) return;
        log.debug({ err: error }, 'requests for WhatsApp cannot be read');
        await pause(PAUSE_MS, signal);
      }
    }
  }

  async function take(id: string): Promise<void> {
    await answer(id).catch((error) => log.warn({ err: error }, 'a request for WhatsApp could not be answered'));
  }

  async function answer(id: string): Promise<void> {
    // In one step with the taking: a request that its process took back, or that is too old, is not carried out.
    const text = (await takeRequest(redis, [keys.request(id), keys.takenBy(id)], [options.leader, ANSWER_KEPT_MS])) as
      | string
      | null;
    if (text === null) return;
    const { name, request, answerTo } = JSON.parse(text) as Envelope;
    const reply: Answer = { id, ...(await carryOut(name, request)) };
    await tell(answerTo, JSON.stringify(reply));
  }

  /** Redis may be away for a moment; without its answer the asker must take the outcome for unknown. */
  async function tell(answerTo: string, reply: string): Promise<void> {
    const left = () => redis.multi().rpush(answerTo, reply).pexpire(answerTo, ANSWER_KEPT_MS).exec();
    await retry(left, {
      ...{ signal: AbortSignal.timeout(ANSWER_KEPT_MS), maxMs: ANSWER_AGAIN_MS },
      ...{ log, what: 'an answer could not be left for the process that asks' },
      onFailure(error) {
        if (signal.aborted) throw error;
      },
    });
  }

  async function carryOut(name: string, request: unknown): Promise<Omit<Answer, 'id'>> {
    try {
      if (!NAMES.has(name)) throw new SendError('invalid', 'no_such_call', `no call ${name}`);
      return { result: await rpc(name as CallName, request as never) };
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  const ended = serve();
  return {
    async close(): Promise<void> {
      stopping.abort();
      blocking.disconnect();
      await ended;
      await running.settle();
    },
  };
}
