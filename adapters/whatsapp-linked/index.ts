import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import {
  type Adapter,
  type AdapterContext,
  type ReceiverHost,
  SendError,
  type Sender,
} from '../../src/contract/index.ts';
import { LEASE_TIMING, type LeaseTiming } from '../../src/redis/lease.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import { createTyping } from '../kit/typing.ts';
import { createSentMessages } from '../whatsapp/sent-messages.ts';
import { TYPING_EVERY_MS } from '../whatsapp/typing.ts';
import { argumentsFor, findChromium } from './browser/chromium.ts';
import { createCatchUp } from './catch-up/catch-up.ts';
import { checkWhatsAppWeb } from './check.ts';
import { createCodeShower } from './code/show-code.ts';
import { createLinkedEvents } from './events.ts';
import { createLeader, type Leader } from './leader.ts';
import { createLinkedReceiver } from './receive/receiver.ts';
import { createRefusals } from './receive/refusals.ts';
import { createUndelivered } from './receive/undelivered.ts';
import type { Rpc } from './rpc/rpc.ts';
import { createRpcClient, rpcKeys } from './rpc/rpc-client.ts';
import { createIntroduction } from './send/introduction.ts';
import { createPosts } from './send/posts.ts';
import { createThrottle } from './send/throttle.ts';
import { createLinkedSender } from './sender.ts';
import { PACE, type Pace } from './session.ts';
import { createState } from './state.ts';

/** What a linked device needs beside the usual: its processes meet in Redis. */
export type WebContext = AdapterContext & {
  config: Config;
  modelLabel: string;
  redis: Redis;
  /** Opens a connection for reads that block. */
  connect(name: string): Redis;
  /** Of all keys in Redis. */
  prefix: string;
};

export interface WebOptions {
  /** Writes codes for people; by default to the terminal. */
  print?(text: string): void;
  pace?: Partial<Pace>;
  lease?: Partial<LeaseTiming>;
  callTimeoutMs?: number;
  answerTimeoutMs?: number;
}

/** WhatsApp by a linked device (whatsapp-web.js). The library and the browser are loaded when the receiver starts. */
export function createWhatsAppWebAdapter(context: WebContext, options: WebOptions = {}): Adapter {
  const { config, limits, store, log, redis, connect } = context;
  const { env, conversation, whatsapp_web: settings, assistant } = config;
  const folder = join(env.DATA_DIR, 'whatsapp-web');
  const keys = rpcKeys(context.prefix);
  const sentMessages = createSentMessages({ store, keepSeconds: Math.ceil(conversation.keep / 1_000), log });
  /** The leader, where it is this process. */
  let leader: Leader | undefined;
  const state = createState(log);
  /** Replies that are under way when the receiver stops still need the browser: the last sender closes it. */
  let senders = 0;
  let released = false;

  async function release(): Promise<void> {
    if (!released || senders > 0) return;
    const closing = leader;
    await closing?.stop();
    if (leader === closing) leader = undefined;
  }

  /** Straight to the browser where this process leads, else through Redis. */
  function rpcFor(remote: Rpc): Rpc {
    return counted((name, request) => {
      const here = leader !== undefined && state.get().state !== 'standby';
      return here ? (leader as Leader).rpc(name, request) : remote(name, request);
    });
  }

  function counted(rpc: Rpc): Rpc {
    return async (name, request) => {
      try {
        return (await rpc(name, request)) as never;
      } catch (error) {
        context.onPlatformError(name, error instanceof SendError ? error.code : 'unknown');
        throw error;
      }
    };
  }

  function senderOn(rpc: Rpc): Sender {
    const show = (chat: string) => rpc('type', { chat, on: true });
    const download: Sender['download'] = async (file, limit) =>
      Buffer.from((await rpc('download', { id: file.ref, limit })).data, 'base64');
    return createLinkedSender({
      rpc,
      typing: createTyping({ show, everyMs: TYPING_EVERY_MS, log }),
      sentMessages,
      introduction: createIntroduction({
        store,
        assistantName: assistant.name,
        modelLabel: context.modelLabel,
        log,
      }),
      throttle: createThrottle({
        limits,
        messagesPerMinute: settings.messages_per_minute,
        // A test host needs no human pace.
        pause: env.PLATFORM_LIMITS === 'off' ? async () => {} : sleep,
      }),
      fileTexts: createTextFiles({ download, maxFileChars: conversation.max_file_chars, log }),
      log,
      download,
      streaming: settings.streaming,
      most: context.maxReplyMessages,
    });
  }

  async function build(host: ReceiverHost): Promise<Leader> {
    const chromium = await findChromium(env.CHROMIUM_PATH);
    argumentsFor(env.WHATSAPP_WEB_ARGS);
    const shower = createCodeShower(options.print ?? ((text) => void process.stdout.write(text)));
    let me: string[] = [];
    const catchUp = createCatchUp({
      store,
      settings: { maxAgeMs: config.catch_up.max_age, maxMessages: config.catch_up.max_messages },
      log,
    });
    const rpc = counted((name, request) => built.rpc(name, request));
    const events = createLinkedEvents({
      ingest: host.ingest,
      sentMessages,
      refusals: createRefusals({ store, sender: senderOn(rpc), log }),
      settings: { groupPrefix: settings.group_prefix, allowedChats: settings.allowed_chats },
      me: () => me,
      phoneOf: async (lid) => built.phoneOf(lid),
      onStored: catchUp.stored,
      onPending: catchUp.pending,
      log,
    });
    const built: Leader = createLeader({
      redis,
      connect,
      keys,
      session: {
        folder,
        chromium,
        extraArguments: env.WHATSAPP_WEB_ARGS,
        phone: env.WHATSAPP_WEB_PHONE,
        deviceName: assistant.name,
        pace: { ...PACE, ...options.pace },
      },
      state: {
        ...state,
        set(next, more) {
          state.set(next, more);
          if (more?.qr)
            shower.qr(more.qr).catch((error: unknown) => log.error({ err: error }, 'the code to scan cannot be drawn'));
          if (more?.pairingCode) shower.pairing(more.pairingCode);
        },
      },
      events,
      catchUp,
      posts: createPosts({
        sentMessages,
        onRefusedLate: createUndelivered({ ingest: host.ingest, sentMessages, log }),
      }),
      onLinked: (ids) => {
        me = ids;
      },
      lease: { ...LEASE_TIMING, ...options.lease },
      callTimeoutMs: options.callTimeoutMs,
      log,
    });
    leader = built;
    released = false;
    return built;
  }

  return {
    platform: 'whatsapp-web',
    receiver: (host) =>
      createLinkedReceiver({
        http: host.http,
        state,
        build: () => build(host),
        release: () => {
          released = true;
          return release();
        },
      }),
    sender() {
      senders += 1;
      let closed = false;
      const remote = createRpcClient({ redis, connect, keys, log, answerTimeoutMs: options.answerTimeoutMs });
      const sender = senderOn(rpcFor(remote.rpc));
      return {
        ...sender,
        async close() {
          if (closed) return;
          closed = true;
          await sender.close();
          await remote.close();
          senders -= 1;
          await release();
        },
      };
    },
    check: () => checkWhatsAppWeb({ chromiumPath: env.CHROMIUM_PATH, folder }),
  };
}
