import type { Redis } from 'ioredis';
import type { Logger } from '../../src/log/logger.ts';

export type Hub = ReturnType<typeof createHub>;

/**
 * Brings news of event streams to whoever watches them, over one Redis connection for all browsers of this process.
 * News only says that there is something; the watcher reads it from the stream, so news that is lost costs time, not events.
 * @param options.connect gives a connection of the kind that waits for Redis; opened with the first watcher
 */
export function createHub(options: { connect(name: string): Redis; log: Logger }) {
  const watchers = new Map<string, Set<() => void>>();
  let subscriber: Redis | undefined;

  function open(): Redis {
    const redis = options.connect('web-events');
    redis.on('message', (channel: string) => {
      for (const tell of watchers.get(channel) ?? []) tell();
    });
    // Whatever was announced while the connection was away was not heard.
    redis.on('ready', () => {
      for (const channel of watchers.values()) for (const tell of channel) tell();
    });
    return redis;
  }

  /** Resolves also when it failed: the connection subscribes again to all its channels when it comes back. */
  async function ask(change: 'subscribe' | 'unsubscribe', channel: string): Promise<void> {
    subscriber ??= open();
    try {
      await subscriber[change](channel);
    } catch (error) {
      options.log.debug({ err: error }, 'the subscription to web events was interrupted');
    }
  }

  return {
    /** Calls `tell` at each news on a channel, and once when it is sure to hear all that follows. Returns how to end it. */
    watch(channel: string, tell: () => void): () => void {
      const others = watchers.get(channel);
      if (others) others.add(tell);
      else watchers.set(channel, new Set([tell]));
      ask('subscribe', channel).then(tell);
      return () => {
        const left = watchers.get(channel);
        left?.delete(tell);
        if (left?.size !== 0) return;
        watchers.delete(channel);
        // A watcher who comes before this is done asks to subscribe after it, on the same connection: in order.
        if (subscriber?.status !== 'end') void ask('unsubscribe', channel);
      };
    },

    close(): void {
      watchers.clear();
      subscriber?.disconnect();
    },
  };
}
