/**
 * The web chat's own keys in Redis. Those of one conversation share its hash tag, so that one Lua call can touch them
 * all on a Redis Cluster. `docs/web.md` lists them with their lifetimes.
 */
export function webKeys(prefix: string, conversation: string) {
  const base = `${prefix}:{${conversation}}`;
  return {
    /** Stream: what a browser is told, in order. Also the name of the channel on which news of it is announced. */
    events: `${base}:events`,
    /** Hash: whose conversation it is, and its title. */
    owner: `${base}:owner`,
    /** Hash: the turn that is being written, and how many characters of it were shown. */
    live: `${base}:live`,
    /** String: the text of that turn so far. */
    text: `${base}:text`,
    /** Sorted set: turns whose final is out, by time. */
    finished: `${base}:finished`,
    /** Hash: turn → a person's judgement. */
    feedback: `${base}:feedback`,
    /** String: the conversation was deleted; what its last turn still wants to write is refused. */
    deleted: `${base}:deleted`,
    /** Hash of one message that was sent: the event id before it, and whether it was announced. */
    sent: (message: string) => `${base}:sent:${message}`,
  };
}

/** Sorted set: a session's conversations by the time of their last message. */
export const listKey = (prefix: string, session: string): string => `${prefix}:{web-session:${session}}:conversations`;

/** String: when a session first wrote (ms), or that it came back later. */
export const visitsKey = (prefix: string, session: string): string => `${prefix}:{web-session:${session}}:visits`;

/** String: the secret that signs sessions when none is configured. */
export const secretKey = (prefix: string): string => `${prefix}:web:secret`;
