/**
 * Socket Mode as a Bolt receiver of our own. Two sockets, so that one can fall without a gap; each comes back by itself.
 * Bolt's own receiver acknowledges before anything is stored, waits seconds before it reconnects, and ends the process on
 * a bad token (PLATFORMS: seen with Bolt 5.1).
 */
import type { App, Receiver } from '@slack/bolt';
import { SocketModeClient } from '@slack/socket-mode';
import type { WebClientOptions } from '@slack/web-api';
import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createBackoff } from '../../kit/retry.ts';
import { toSendError } from '../client.ts';
import { createConnections } from './connections.ts';
import type { Dispatch } from './dispatch.ts';
import { quietLogger } from './sdk-logger.ts';

const SOCKETS = 2;
/** A socket that is silent for this long counts as dead (`hello` comes within a second, pings every few seconds). */
const PING_TIMEOUT_MS = 5_000;
const FIRST_BACKOFF_MS = 250;
/** Tokens that no retry makes valid (docs.slack.dev, "apps.connections.open"). */
const FATAL = new Set(['auth', 'invalid']);

export interface Source extends Receiver {
  status(): { connected: boolean; detail: string };
}

interface Envelope {
  ack(response?: unknown): Promise<void>;
  body: Record<string, unknown>;
  type: string;
  retry_num?: number;
  retry_reason?: string;
}

/** @param options.onReopened called when a socket is open again after a time without any */
export function createSocketSource(options: {
  appToken: string;
  clientOptions: WebClientOptions;
  dispatch: Dispatch;
  log: Logger;
  onError(method: string, code: string): void;
  onReopened(): void;
  store: Store;
}): Source {
  const { log, dispatch } = options;
  const stopping = new AbortController();
  const connections = createConnections({ store: options.store, sockets: SOCKETS, log });
  const links = Array.from({ length: SOCKETS }, () => createLink());
  let refused: string | undefined;
  let opened = false;

  function createLink() {
    const client = new SocketModeClient({
      appToken: options.appToken,
      autoReconnectEnabled: false,
      clientPingTimeout: PING_TIMEOUT_MS,
      clientOptions: options.clientOptions,
      logger: quietLogger(log),
    });
    const link = { client, up: false };
    client.on('connected', () => {
      const wasGap = opened && !links.some(({ up }) => up);
      link.up = opened = true;
      if (wasGap) options.onReopened();
    });
    client.on('ws_message', (data: unknown) => {
      const count = connectionsOf(data);
      if (count !== undefined) void connections.hello(count);
    });
    client.on('slack_event', (envelope: Envelope) => void receive(envelope));
    return link;
  }

  async function receive({ ack, body, retry_num, retry_reason }: Envelope): Promise<void> {
    try {
      await dispatch({ body, retryNum: retry_num, retryReason: retry_reason }, (response) => ack(response));
    } catch (error) {
      // Not acknowledged: Slack delivers it again.
      log.warn({ err: error }, 'an event could not be taken; Slack will deliver it again');
    }
  }

  /** Keeps one socket open until `stop`. */
  async function keep(link: ReturnType<typeof createLink>, onFirst: (error?: unknown) => void): Promise<void> {
    const backoff = createBackoff({ firstMs: FIRST_BACKOFF_MS });
    while (!stopping.signal.aborted) {
      try {
        const gone = new Promise<void>((resolve) => link.client.once('disconnected', () => resolve()));
        await link.client.start();
        log.debug('socket open');
        onFirst();
        backoff.succeeded();
        await gone;
        link.up = false;
        if (!stopping.signal.aborted) log.debug('socket closed; opening another');
      } catch (error) {
        link.up = false;
        const failure = toSendError('apps.connections.open', error);
        options.onError('apps.connections.open', failure.code);
        if (FATAL.has(failure.kind)) {
          refused = failure.code;
          onFirst(failure);
          return;
        }
        if (backoff.fresh()) log.warn({ code: failure.code }, 'Slack cannot be reached; trying again');
        await backoff.wait(stopping.signal, failure);
      }
    }
  }

  return {
    init(_app: App) {},
    /** Resolves with the first open socket. @throws SendError when Slack refuses the app token */
    start: () =>
      new Promise<void>((resolve, reject) => {
        for (const link of links) void keep(link, (error) => (error ? reject(error) : resolve()));
      }),
    async stop() {
      stopping.abort();
      connections.stop();
      for (const { client } of links) await client.disconnect().catch((error) => log.debug({ err: error }, 'socket'));
    },
    status() {
      const up = links.filter((link) => link.up).length;
      if (refused) return { connected: false, detail: `Slack refuses SLACK_APP_TOKEN: ${refused}` };
      if (up === 0) return { connected: false, detail: 'no socket is open' };
      const others = connections.others();
      const shared = others > 0 ? `; ${others} other connections of this app, which get a part of the messages` : '';
      return { connected: true, detail: `Socket Mode, ${up} of ${SOCKETS} sockets${shared}` };
    },
  };
}

/** `num_connections` of a `hello`, which the SDK does not pass on; undefined for all other messages. */
function connectionsOf(data: unknown): number | undefined {
  if (typeof data !== 'string' || data.length > 2_000 || !data.includes('"hello"')) return undefined;
  try {
    const { type, num_connections: count } = JSON.parse(data) as { type?: unknown; num_connections?: unknown };
    return type === 'hello' && typeof count === 'number' ? count : undefined;
  } catch {
    // The SDK ignores what is no JSON, too.
    return undefined;
  }
}
