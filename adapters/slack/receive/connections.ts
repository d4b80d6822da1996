/** Detects another installation on the same app token: Slack then splits the messages between the two. */
import { randomUUID } from 'node:crypto';
import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';

const KEY = 'connections';
const REFRESH_MS = 30_000;
/** How long a process that died still counts: Slack, too, may still hold its sockets. */
const GONE_AFTER_MS = 120_000;

/** When (ms) each process of this installation last said that it keeps its sockets. */
type Seen = Record<string, number>;

export function createConnections(deps: { store: Store; sockets: number; log: Logger }) {
  const { store, sockets, log } = deps;
  const me = randomUUID();
  let others = 0;
  let timer: NodeJS.Timeout | undefined;

  /** Notes this process. @returns how many processes of this installation there are */
  async function note(): Promise<number> {
    const seen = JSON.parse((await store.get(KEY)) ?? '{}') as Seen;
    const alive = Object.entries(seen).filter(([id, at]) => id !== me && at > Date.now() - GONE_AFTER_MS);
    await store.set(KEY, JSON.stringify({ ...Object.fromEntries(alive), [me]: Date.now() }), GONE_AFTER_MS / 1_000);
    return alive.length + 1;
  }

  async function refresh(): Promise<number> {
    timer ??= setInterval(() => void refresh().catch(quietly), REFRESH_MS).unref();
    return note();
  }

  const quietly = (error: unknown): void => log.debug({ err: error }, 'the connections of this app are not counted');

  return {
    /**
     * A socket is open. Slack counts the connections of the app in its `hello` (docs.slack.dev, "Using Socket Mode"). One
     * more than ours may be a socket of our own that has just fallen.
     */
    async hello(connections: number): Promise<void> {
      try {
        const excess = connections - sockets * (await refresh());
        others = excess > 1 ? excess : 0;
        if (others > 0)
          log.warn(
            { others },
            'other connections of this Slack app are open: another installation uses the same SLACK_APP_TOKEN, and gets a part of the messages',
          );
      } catch (error) {
        quietly(error);
      }
    },
    /** Connections of this app that are none of ours, when a socket was last opened. */
    others: (): number => others,
    stop: (): void => clearInterval(timer),
  };
}
