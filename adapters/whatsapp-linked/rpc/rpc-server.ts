/** The other end of the line, in the process that owns the browser: takes requests and answers them. */
import type { Redis } from 'ioredis';
import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createScript } from '../../../src/redis/script.ts';
import { type CallName, type Line, toRefusal } from './rpc.ts';
import type { Answer, Envelope, LineKeys } from './rpc-client.ts';

const BLOCK_S = 5;
const PAUSE_MS = 500;
/** An answer that its process did not fetch is of no use any more. */
const ANSWER_KEPT_MS = 60_000;
const ANSWER_AGAIN_MS = 500;

/** KEYS request taken-by. ARGV owner, kept for (ms). Returns the request, which is then this owner's. */
const takeRequest = createScript(`
local text = redis.call('GETDEL', KEYS[1])
if text then redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2]) end
return text`);

const NAMES: ReadonlySet<string> = new Set<CallName>(['post', 'edit', 'type', 'download']);

/** @param options.mayTake whether this process owns the browser at this moment */
export function createSwitchboard(options: {
  redis: Redis;
  connect(name: string): Redis;
  keys: LineKeys;
  line: Line;
  mayTake(): boolean;
  /** Our name in the lease. */
  owner: string;
  log: Logger;
}) {
  const { redis, keys, line, log } = options;
  const blocking = options.connect('whatsapp-web-requests');
  let closed = false;
  const running = new Set<Promise<void>>();

  async function serve(): Promise<void> {
    while (!closed) {
      try {
        if (!options.mayTake()) {
          await pause();
          continue;
        }
        const [, id] = (await blocking.blpop(keys.requests, BLOCK_S)) ?? [];
        if (id) take(id);
      } catch (error) {
        if (closed) return;
        log.debug({ err: error }, 'requests for WhatsApp cannot be read');
        await pause();
      }
    }
  }

  function take(id: string): void {
    const done = answer(id)
      .catch((error) => log.warn({ err: error }, 'a request for WhatsApp could not be answered'))
      .then(() => void running.delete(done));
    running.add(done);
  }

  async function answer(id: string): Promise<void> {
    // In one step with the taking: a request that its process took back, or that is too old, is not carried out.
    const text = (await takeRequest(redis, [keys.request(id), keys.takenBy(id)], [options.owner, ANSWER_KEPT_MS])) as
      | string
      | null;
    if (text === null) return;
    const { name, request, answerTo } = JSON.parse(text) as Envelope;
    const reply: Answer = { id, ...(await carryOut(name, request)) };
    await tell(answerTo, JSON.stringify(reply));
  }

  /** Redis may be away for a moment; without its answer the asker must take the outcome for unknown. */
  async function tell(answerTo: string, reply: string): Promise<void> {
    for (const until = Date.now() + ANSWER_KEPT_MS; ; ) {
      try {
        await redis.multi().rpush(answerTo, reply).pexpire(answerTo, ANSWER_KEPT_MS).exec();
        return;
      } catch (error) {
        if (closed || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, ANSWER_AGAIN_MS).unref());
      }
    }
  }

  async function carryOut(name: string, request: unknown): Promise<Omit<Answer, 'id'>> {
    try {
      if (!NAMES.has(name)) throw new SendError('invalid', 'no_such_call', `no call ${name}`);
      return { result: await line(name as CallName, request as never) };
    } catch (error) {
      return { refusal: toRefusal(error) };
    }
  }

  const ended = serve();
  return {
    async close(): Promise<void> {
      closed = true;
      blocking.disconnect();
      await ended;
      await Promise.all(running);
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS).unref();
  });
}
