/** The leader, the one process with the browser: lease, session, events and RPC server, as long as the lease is ours. */
import type { Redis } from 'ioredis';
import type WAWebJS from 'whatsapp-web.js';
import type { Logger } from '../../src/log/logger.ts';
import { createLease, firstClaim, type LeaseTiming } from '../../src/redis/lease.ts';
import { retry } from '../kit/retry.ts';
import type { CatchUp } from './catch-up/catch-up.ts';
import { createDevice, type Device } from './device.ts';
import type { LinkedEvents } from './events.ts';
import { notLinked, type Rpc } from './rpc/rpc.ts';
import type { rpcKeys } from './rpc/rpc-client.ts';
import { createRpcServer } from './rpc/rpc-server.ts';
import type { Posts } from './send/posts.ts';
import { createSession, type SessionDeps } from './session.ts';
import type { LinkState, State } from './state.ts';

/** A call into the page; a send takes a second or two. */
const CALL_TIMEOUT_MS = 15_000;
/** States that last for a moment, and how long a call waits for their end. */
const PASSING: ReadonlySet<LinkState> = new Set(['starting', 'syncing', 'restarting']);
const PASSING_MS = 10_000;

export interface LeaderDeps {
  redis: Redis;
  connect(name: string): Redis;
  keys: ReturnType<typeof rpcKeys>;
  session: Omit<SessionDeps, 'state' | 'onClient' | 'onReady' | 'onGone' | 'log'>;
  state: State;
  events: LinkedEvents;
  catchUp: CatchUp;
  posts: Posts;
  /** Told when a client is linked, with our own ids, and again after each reload. */
  onLinked(me: string[]): void;
  lease: LeaseTiming;
  callTimeoutMs?: number;
  log: Logger;
}

export type Leader = ReturnType<typeof createLeader>;

export function createLeader(deps: LeaderDeps) {
  const { state, events, catchUp, posts, log } = deps;
  let current: { client: WAWebJS.Client; device: Device; gone: AbortController } | undefined;
  /** One after another: the lease may come and go faster than a browser. */
  let changing: Promise<void> = Promise.resolve();
  let session: ReturnType<typeof createSession> | undefined;
  let rpcServer: ReturnType<typeof createRpcServer> | undefined;

  const lease = createLease({
    claim: firstClaim(deps.redis, deps.keys),
    timing: deps.lease,
    onGained(fence) {
      log.info({ fence }, 'this process leads: it opens WhatsApp’s browser');
      changing = changing.then(open);
    },
    onLost() {
      log.warn('another process leads now; WhatsApp’s browser is closed here');
      changing = changing.then(close).then(() => state.set('standby'));
    },
    log,
  });

  /** Learns who we are, and fetches what was missed, until both succeed or there is another client. */
  function linked(client: WAWebJS.Client): void {
    current ??= {
      client,
      device: createDevice({ client, callTimeoutMs: deps.callTimeoutMs ?? CALL_TIMEOUT_MS, log }),
      gone: new AbortController(),
    };
    catchUp.gap();
    const fetch = async (): Promise<void> => {
      deps.onLinked(await idsOf(client));
      await catchUp.now(client, events);
    };
    void retry(fetch, { signal: current.gone.signal, log, what: 'what was missed could not be fetched' });
  }

  async function open(): Promise<void> {
    rpcServer = createRpcServer({ ...deps, rpc, mayTake: lease.isOurs, leader: lease.id });
    session = createSession({
      ...deps.session,
      state: {
        ...state,
        set(next, more) {
          if (next !== 'linked') catchUp.gap();
          state.set(next, more);
        },
      },
      log,
      onClient(client) {
        events.listen(client);
        client.on('authenticated', catchUp.linked);
        client.on('message_ack', (message, ack) => posts.acked(message.id._serialized, ack));
      },
      onReady: linked,
      onGone(client) {
        if (current?.client !== client) return;
        current.gone.abort();
        current = undefined;
      },
    });
    session.start();
  }

  async function close(): Promise<void> {
    await rpcServer?.close();
    await session?.stop();
    rpcServer = undefined;
    session = undefined;
  }

  /** Waits for a page that is being reloaded, a moment. @throws SendError `unavailable` */
  async function device(): Promise<Device> {
    await state.until((now) => !PASSING.has(now), PASSING_MS);
    const { state: now, detail } = state.get();
    if (!lease.isOurs()) throw notLinked('the lease of its browser is not this process’s');
    if (!current || now !== 'linked') throw notLinked(detail ? `${now}, ${detail}` : now);
    return current.device;
  }

  const handlers: { [N in Parameters<Rpc>[0]]: (request: never) => Promise<unknown> } = {
    post: async (request) => posts.post(await device(), request),
    edit: async ({ id, text }: { id: string; text: string }) => ({ done: await (await device()).edit(id, text) }),
    async type(request) {
      await (await device()).type(request);
      return {};
    },
    download: async ({ id, limit }: { id: string; limit: number }) => ({
      data: await (await device()).download(id, limit),
    }),
  };
  const rpc: Rpc = async (name, request) => (await handlers[name](request as never)) as never;

  return {
    /** The calls, for senders in this process. */
    rpc,
    async start(): Promise<void> {
      state.set('standby', { detail: 'waiting for the lease' });
      // It keeps trying.
      await lease.start().catch((error) => log.debug({ err: error }, 'could not claim the lease yet'));
    },
    async phoneOf(lid: string): Promise<string | undefined> {
      const [found] = (await current?.client.getContactLidAndPhone([lid])) ?? [];
      return found?.pn;
    },
    /** Takes no more events; the browser stays for what is still to be sent. */
    mute: events.close,
    async stop(): Promise<void> {
      changing = changing.then(close);
      await changing;
      await events.close();
      await lease.stop();
    },
  };
}

/** Our ids: people mention and quote either. */
async function idsOf(client: WAWebJS.Client): Promise<string[]> {
  const own = client.info.wid._serialized;
  const [found] = await client.getContactLidAndPhone([own]);
  return [...new Set([own, found?.pn, found?.lid].filter((id) => id !== undefined))];
}
