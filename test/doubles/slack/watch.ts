/** What a test looks at: messages as a person sees them, the log of calls, and waiting for either without polling. */
import { blocksText } from './blocks.ts';
import type { Call, Channel, Ephemeral, Post, Visible } from './types.ts';
import type { Workspace } from './workspace.ts';

const PING = /<!(here|channel|everyone)(?:\|[^>]*)?>|<!subteam\^(S\w+)[^>]*>|<@([UW]\w+)(?:\|[^>]*)?>/g;
const CODE = /```[\s\S]*?```|`[^`\n]*`/g;

/** Who is notified by this text outside of code (Formatting text for app surfaces: mentions). */
function pingsIn(text: string): string[] {
  return [...text.replace(CODE, '').matchAll(PING)].map((m) => (m[1] ? `@${m[1]}` : (m[2] ?? m[3] ?? '')));
}

type Waiter<T> = { want: (value: T) => boolean; done: (value: T) => void };

/** A list of those who wait for the next value that pleases them. */
function createWaiting<T>() {
  const waiters = new Set<Waiter<T>>();
  return {
    any: () => waiters.size > 0,
    tell(value: T): void {
      for (const waiter of waiters) if (waiter.want(value)) waiter.done(value);
    },
    wait(want: (value: T) => boolean, timeoutMs: number, what: () => string): Promise<T> {
      return new Promise((resolve, reject) => {
        const waiter: Waiter<T> = {
          want,
          done(value) {
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(value);
          },
        };
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          reject(new Error(`not seen within ${timeoutMs} ms; ${what()}`));
        }, timeoutMs);
        waiters.add(waiter);
      });
    },
  };
}

export type Watch = ReturnType<typeof createWatch>;

/** Builds the observer. `keep` false: no calls and no versions are kept, waiting still works. */
export function createWatch(ws: Workspace, keep: boolean, maxLog: number) {
  const calls: Call[] = [];
  const ephemerals: Ephemeral[] = [];
  const onCall = createWaiting<Call>();
  const onPost = createWaiting<Post>();
  const onEphemeral = createWaiting<Ephemeral>();
  const onOther = createWaiting<void>();

  function toVisible(post: Post): Visible {
    const text = post.blocks?.length ? blocksText(post.blocks) : post.text;
    const shown =
      post.stream && !post.stream.replaced && post.blocks?.length ? [post.text, text].filter(Boolean).join('\n') : text;
    return {
      ts: post.ts,
      thread_ts: post.thread_ts,
      user: post.user,
      text: post.deleted ? '' : shown,
      fallback: post.deleted ? '' : post.text,
      blocks: post.blocks,
      edited: post.edited !== undefined,
      streaming: ws.isStreaming(post),
      stream: post.stream?.state,
      deleted: post.deleted,
      broadcast: post.broadcast,
      metadata: post.metadata,
      files: post.files?.map((file) => file.name) ?? [],
      reactions: [...(post.reactions?.keys() ?? [])],
      pings: post.deleted ? [] : pingsIn(shown),
    };
  }

  function channelOf(id: string): Channel {
    const channel = ws.findChannel(id);
    if (!channel) throw new Error(`no channel ${id} in this workspace`);
    return channel;
  }

  function visible(channel: string, options: { thread_ts?: string; all?: boolean } = {}): Visible[] {
    const place = channelOf(channel);
    if (options.all) return [...place.byTs.values()].map(toVisible);
    if (options.thread_ts === undefined) return place.timeline.map(toVisible);
    const root = place.byTs.get(options.thread_ts);
    return root ? [root, ...(root.replies ?? [])].map(toVisible) : [];
  }

  return {
    calls,
    ephemerals,
    visible,
    /** A message looks different now: tell those who wait, and keep the version. */
    changed(post: Post): void {
      if (post.versions) {
        const { blocks, versions } = post;
        const { text } = toVisible(post);
        const last = versions.at(-1);
        if (last?.text !== text || last.blocks !== blocks) versions.push({ text, blocks, at: Date.now() });
      }
      if (onPost.any()) onPost.tell(post);
    },
    called(call: Call): void {
      if (keep) {
        calls.push(call);
        if (calls.length > maxLog) calls.splice(0, Math.ceil(maxLog / 10));
      }
      if (onCall.any()) onCall.tell(call);
    },
    whispered(ephemeral: Ephemeral): void {
      ephemerals.push(ephemeral);
      onEphemeral.tell(ephemeral);
    },
    /** Anything else happened: a connection, a session, prompts. */
    stirred(): void {
      if (onOther.any()) onOther.tell();
    },
    versions(channel: string, ts: string) {
      return channelOf(channel).byTs.get(ts)?.versions ?? [];
    },
    waitForCall(want: (call: Call) => boolean, timeoutMs = 5_000): Promise<Call> {
      const past = calls.find(want);
      if (past) return Promise.resolve(past);
      return onCall.wait(
        want,
        timeoutMs,
        () => `calls: ${calls.map((c) => `${c.method}${c.ok ? '' : `!${c.error}`}`).join(' ')}`,
      );
    },
    async waitForMessage(
      channel: string,
      want: (message: Visible) => boolean,
      options: { thread_ts?: string; timeout?: number } = {},
    ): Promise<Visible> {
      const place = channelOf(channel);
      const inThread = (post: Post) =>
        options.thread_ts === undefined || post.thread_ts === options.thread_ts || post.ts === options.thread_ts;
      const match = (post: Post) => post.channel === place && inThread(post) && want(toVisible(post));
      for (const post of place.byTs.values()) if (match(post)) return toVisible(post);
      const seen = () =>
        `messages: ${JSON.stringify(visible(channel, { all: true }).map((m) => m.text.slice(0, 200)))}`;
      return toVisible(await onPost.wait(match, options.timeout ?? 5_000, seen));
    },
    waitForEphemeral(want: (ephemeral: Ephemeral) => boolean, timeoutMs = 5_000): Promise<Ephemeral> {
      const past = ephemerals.find(want);
      if (past) return Promise.resolve(past);
      return onEphemeral.wait(want, timeoutMs, () => `ephemerals: ${JSON.stringify(ephemerals.map((e) => e.text))}`);
    },
    /** Resolves as soon as `holds()` is true; looked at after every change of connections, sessions and prompts. */
    async waitUntil(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
      if (!holds()) await onOther.wait(holds, timeoutMs, () => `still not: ${holds}`);
    },
  };
}
