import type { Api } from './api.ts';
import { ApiError } from './api.ts';
import { createSseParser } from './sse.ts';
import type { ChatEvent } from './types.ts';

/** The server sends a comment every 15 s; a line that is silent for longer than this is dead. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 15_000;
/** A page that is hidden, with nothing running, gives its connection back: browsers allow six to one HTTP/1.1 host. */
const HIDDEN_MS = 30_000;

export interface EventStream {
  close(): void;
}

/**
 * Follows a conversation from `cursor` on, read with fetch so that a bearer token can be sent. Reconnects by itself,
 * with growing pauses and the last event's id, so that nothing is lost or told twice.
 * `onGone`: the server no longer has this conversation for us, or no longer has the events after the cursor.
 */
export function followEvents(options: {
  api: Api;
  conversation: string;
  cursor: string;
  onEvent(event: ChatEvent): void;
  onLive(live: boolean): void;
  onGone(error: ApiError): void;
  /** Nothing is expected soon, so the connection may rest while the page is hidden. */
  idle(): boolean;
}): EventStream {
  const { api, conversation, onEvent, onLive, onGone, idle } = options;
  const closed = new AbortController();
  let lastId = options.cursor;
  let attempt: AbortController | null = null;
  let resting = false;
  let wake: () => void = () => {};

  async function connectOnce(): Promise<void> {
    attempt = new AbortController();
    const signal = AbortSignal.any([closed.signal, attempt.signal]);
    const path = `${api.eventsPath(conversation)}?cursor=${encodeURIComponent(lastId)}`;
    const headers = { accept: 'text/event-stream', 'last-event-id': lastId };
    const response = await api.request(path, { headers, signal });
    if (!response.body) throw new ApiError(0, 'network', 'The connection closed.');
    onLive(true);
    failures = 0;
    const feed = createSseParser(({ id, event, data }) => {
      if (id) lastId = id;
      onEvent({ ...(JSON.parse(data) as object), type: event } as ChatEvent);
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const silence = setTimeout(() => attempt?.abort(), SILENCE_MS);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      feed(value);
    }
  }

  let failures = 0;
  async function run(): Promise<void> {
    while (!closed.signal.aborted) {
      try {
        await connectOnce();
      } catch (error) {
        if (closed.signal.aborted) return;
        if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
          onGone(error);
          return;
        }
      }
      if (closed.signal.aborted) return;
      if (!resting) onLive(false);
      const pause = resting ? 2 ** 31 - 1 : Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
      failures += 1;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause * (0.75 + Math.random() / 4));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  function onVisibility(): void {
    clearTimeout(hiddenTimer);
    if (document.visibilityState === 'visible') {
      resting = false;
      wake();
      return;
    }
    hiddenTimer = setTimeout(() => {
      if (!idle()) return;
      resting = true;
      attempt?.abort();
    }, HIDDEN_MS);
  }
  function onOnline(): void {
    failures = 0;
    wake();
  }
  document.addEventListener('visibilitychange', onVisibility);
  addEventListener('online', onOnline);
  run();

  return {
    close() {
      closed.abort();
      clearTimeout(hiddenTimer);
      wake();
      document.removeEventListener('visibilitychange', onVisibility);
      removeEventListener('online', onOnline);
    },
  };
}
