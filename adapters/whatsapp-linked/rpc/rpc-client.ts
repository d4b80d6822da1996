/**
 * Calls from a process without the browser: a request under a key with a lifetime and its id on a list; the answer on a
 * list of this process. A request that nobody took is taken back, so that what is told as "not sent" is never sent later.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { pause } from '../../kit/retry.ts';
import { fromRefusal, notLinked, type Refusal, type Rpc } from './rpc.ts';

/** A leader that is there answers sooner: its own calls are bounded by less. */
const ANSWER_TIMEOUT_MS = 50_000;
/** How often to check that the leader that took a request still leads; a dead one's lease soon runs out. */
const WATCH_EVERY_MS = 2_000;
/** Blocking reads come back so often, to notice the end. */
const BLOCK_S = 5;
const PAUSE_MS = 500;

export interface RpcKeys {
  /** List of ids of requests. */
  requests: string;
  /** A request's text. */
  request(id: string): string;
  /** Which leader took it. */
  takenBy(id: string): string;
  /** The leader's id. */
  owner: string;
  /** List of a process's answers. */
  answers(process: string): string;
}

/** All keys of the calls and the lease share a hash tag, so that they live in one slot of a Redis Cluster. */
export function rpcKeys(prefix: string): RpcKeys & { fence: string } {
  const base = `${prefix}:{whatsapp-web}`;
  return {
    owner: `${base}:owner`,
    fence: `${base}:fence`,
    requests: `${base}:requests`,
    request: (id) => `${base}:request:${id}`,
    takenBy: (id) => `${base}:request:${id}:by`,
    answers: (process) => `${base}:answers:${process}`,
  };
}

export interface Answer {
  id: string;
  result?: unknown;
  refusal?: Refusal;
}

export interface Envelope {
  name: string;
  request: unknown;
  answerTo: string;
}

/** @param options.connect opens a connection of its own, for reads that block */
export function createRpcClient(options: {
  redis: Redis;
  connect(name: string): Redis;
  keys: RpcKeys;
  answerTimeoutMs?: number;
  log: Logger;
}): { rpc: Rpc; close(): Promise<void> } {
  const { redis, keys, log, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const self = randomUUID();
  const waiting = new Map<string, (answer: Answer) => void>();
  let listening: { blocking: Redis; ended: Promise<void> } | undefined;
  const stopping = new AbortController();

  function listen(): void {
    if (listening) return;
    const blocking = options.connect('whatsapp-web-answers');
    listening = { blocking, ended: receive(blocking) };
  }

  async function receive(blocking: Redis): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const [, text] = (await blocking.blpop(keys.answers(self), BLOCK_S)) ?? [];
        if (!text) continue;
        const answer = JSON.parse(text) as Answer;
        waiting.get(answer.id)?.(answer);
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.debug({ err: error }, 'the answers of WhatsApp’s leader cannot be read');
        await pause(PAUSE_MS, stopping.signal);
      }
    }
  }

  const rpc: Rpc = async (name, request) => {
    listen();
    const id = randomUUID();
    const envelope: Envelope = { name, request, answerTo: keys.answers(self) };
    const { promise: answered, resolve } = Promise.withResolvers<Answer | null>();
    const timer = setTimeout(() => resolve(null), answerTimeoutMs);
    const watch = setInterval(async () => {
      if (await isAbandoned(id)) resolve(null);
    }, WATCH_EVERY_MS);
    waiting.set(id, resolve);
    try {
      await ask(id, envelope);
      const answer = await answered;
      if (answer === null) throw await unanswered(id);
      if (answer.refusal) throw fromRefusal(answer.refusal);
      return answer.result as never;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      waiting.delete(id);
    }
  };

  /** A leader took it that leads no more: it will not answer. */
  async function isAbandoned(id: string): Promise<boolean> {
    // Without Redis nobody knows; the next look will tell.
    const [by = null, leader = null] = await redis.mget(keys.takenBy(id), keys.owner).catch(() => []);
    return by !== null && by !== leader;
  }

  async function ask(id: string, envelope: Envelope): Promise<void> {
    try {
      await redis.set(keys.request(id), JSON.stringify(envelope), 'PX', answerTimeoutMs);
      await redis.rpush(keys.requests, id);
    } catch (error) {
      throw new SendError('unknown-outcome', 'redis', 'WhatsApp’s leader could not be asked', { cause: error });
    }
  }

  /** Takes the request back, where nobody has taken it. */
  async function unanswered(id: string): Promise<SendError> {
    // Where Redis does not answer, nobody knows whether it was taken: the outcome is unknown then.
    const untaken = await redis.getdel(keys.request(id)).catch(() => null);
    const listed = await redis.lrem(keys.requests, 1, id).catch(() => 0);
    if (untaken !== null || listed > 0) return notLinked('no process answers that has the browser');
    return new SendError('unknown-outcome', 'no_answer', 'the leader with WhatsApp’s browser did not answer');
  }

  return {
    rpc,
    async close() {
      stopping.abort();
      listening?.blocking.disconnect();
      await listening?.ended;
    },
  };
}
