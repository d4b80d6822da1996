/** What a test looks at: messages as a person sees them, the log of calls, and waiting for either without polling. */
import type { Call, Post, Visible } from './types.ts';
import type { Workspace } from './workspace.ts';

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

/** A message as a person sees it. */
export function toVisible(post: Post): Visible {
  const loading = (post.flags & 128) !== 0;
  return {
    id: post.id,
    channel: post.channel.id,
    author: post.author,
    type: post.type,
    text: post.deleted || loading ? '' : post.content,
    versions: post.versions ?? [],
    attachments: post.files.map((file) => ({
      id: file.id,
      name: file.filename,
      content_type: file.content_type,
      content: file.content,
      text: file.content.toString(),
    })),
    components: post.components,
    embeds: post.embeds,
    pings: post.pings,
    reply_to: post.type === 19 || post.reference ? post.reference?.message_id : undefined,
    edited: post.editedAt !== undefined,
    deleted: post.deleted,
    flags: post.flags,
    loading,
    ephemeral: (post.flags & 64) !== 0,
    embedsSuppressed: (post.flags & 4) !== 0,
    reactions: Object.fromEntries(
      [...post.reactions.values()].map(({ emoji, users }) => [
        emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name,
        [...users],
      ]),
    ),
    thread: post.thread?.id,
  };
}

export type Watch = ReturnType<typeof createWatch>;

/** Builds the observer. `keep` false: no calls and no versions are kept, waiting still works. */
export function createWatch(ws: Workspace, keep: boolean, maxLog: number) {
  const calls: Call[] = [];
  const onCall = createWaiting<Call>();
  const onPost = createWaiting<Post>();
  const onOther = createWaiting<void>();

  /** The messages of a channel, oldest first; `all` with those deleted. */
  function visible(channel: string, options: { all?: boolean } = {}): Visible[] {
    const { posts } = ws.placeOf(channel);
    return (options.all ? posts : posts.filter((post) => !post.deleted)).map(toVisible);
  }

  return {
    calls,
    visible,
    /** A message looks different now: tell those who wait, and keep the version. */
    changed(post: Post): void {
      if (post.versions && !(post.flags & 128)) {
        const { components, versions } = post;
        const last = versions.at(-1);
        const text = post.deleted ? '' : post.content;
        if (last?.text !== text || last.components !== components) versions.push({ text, components, at: Date.now() });
      }
      if (onPost.any()) onPost.tell(post);
      if (onOther.any()) onOther.tell();
    },
    called(call: Call): void {
      if (keep) {
        calls.push(call);
        if (calls.length > maxLog) calls.splice(0, Math.ceil(maxLog / 10));
      }
      if (onCall.any()) onCall.tell(call);
      if (onOther.any()) onOther.tell();
    },
    /** Anything else happened: a connection, a session, an interaction. */
    stirred(): void {
      if (onOther.any()) onOther.tell();
    },
    /** The first call that pleases, past or to come. */
    waitForCall(want: (call: Call) => boolean, timeoutMs = 5_000): Promise<Call> {
      const past = calls.find(want);
      if (past) return Promise.resolve(past);
      const seen = () => `calls: ${calls.map((c) => `${c.route}${c.ok ? '' : `!${c.status}/${c.code}`}`).join(', ')}`;
      return onCall.wait(want, timeoutMs, seen);
    },
    /** The first message in this channel that pleases, there already or to come (also by an edit). */
    async waitForMessage(channel: string, want: (message: Visible) => boolean, timeoutMs = 5_000): Promise<Visible> {
      const place = ws.placeOf(channel);
      const match = (post: Post) => post.channel === place && want(toVisible(post));
      for (const post of place.posts) if (match(post)) return toVisible(post);
      const seen = () => `messages: ${JSON.stringify(visible(channel).map((m) => m.text.slice(0, 200)))}`;
      return toVisible(await onPost.wait(match, timeoutMs, seen));
    },
    /** Any message at all, also ephemeral ones. */
    waitForPost: (want: (post: Post) => boolean, timeoutMs: number, what: () => string) =>
      onPost.wait(want, timeoutMs, what),
    /** Resolves as soon as `holds()` is true; looked at after every call, message, connection and interaction. */
    async waitUntil(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
      if (!holds()) await onOther.wait(holds, timeoutMs, () => `still not: ${holds}`);
    },
  };
}
