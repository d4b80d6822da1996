/** What is written when, decided before the first message leaves, so that sending costs the machine as little as can be. */

/** A line of talk: a thread on Slack, a direct message on Discord. */
export interface Conversation {
  /** Which of the people writes here. */
  person: number;
  /** Its first message. */
  root: { id: number; writtenAt: number };
}

export interface Message extends Conversation {
  /** Ascending over the whole run. */
  id: number;
  /** Milliseconds since the epoch. */
  writtenAt: number;
  /** When it is to be sent, in ms of this process's monotonic clock. */
  dueAt: number;
}

/** Messages at an even pace. */
export interface Load {
  /** Messages a second. */
  rate: number;
  count: number;
  /** @param startAt when the first is due, in ms of the monotonic clock */
  plan(startAt: number): Message[];
}

/** A conversation is gone on with when its last message is this old, in ms: by then it is answered. */
const ANSWERED_AFTER_MS = 1_000;
/** Conversations of a person that may be gone on with. */
const MOST_OPEN = 10;

let nextId = 1;
let nextPerson = 0;

/**
 * Each message by the next person. A share of them goes on in one of that person's last conversations, the others open
 * a new one.
 */
export function mixedLoad(options: { rate: number; seconds: number; people: number; history: number }): Load {
  const { rate, people, history } = options;
  return evenly(rate, Math.round(rate * options.seconds), () => {
    /** The last message of each person's last conversations, the oldest first. */
    const lastOf = new Map<number, Message[]>();
    let owed = 0;
    return (basics) => {
      const person = nextPerson++ % people;
      const lasts = lastOf.get(person) ?? [];
      lastOf.set(person, lasts);
      owed += history;
      const at = owed < 1 ? -1 : lasts.findLastIndex(({ dueAt }) => basics.dueAt - dueAt >= ANSWERED_AFTER_MS);
      const [last] = at < 0 ? [] : lasts.splice(at, 1);
      if (last) owed -= 1;
      const message = { ...basics, person, root: last?.root ?? basics };
      lasts.push(message);
      if (lasts.length > MOST_OPEN) lasts.shift();
      return message;
    };
  });
}

/** The conversations in turn, each gone on with as often as `times` says. */
export function followUpLoad(conversations: Conversation[], options: { rate: number; times?: number }): Load {
  const { rate, times = 1 } = options;
  return evenly(rate, conversations.length * times, () => (basics, n) => {
    const { person, root } = conversations[n % conversations.length] as Conversation;
    return { ...basics, person, root };
  });
}

type Basics = Pick<Message, 'id' | 'writtenAt' | 'dueAt'>;

function evenly(rate: number, count: number, begin: () => (basics: Basics, n: number) => Message): Load {
  return {
    rate,
    count,
    plan(startAt) {
      const write = begin();
      return Array.from({ length: count }, (_, n) => {
        const dueAt = startAt + (n * 1_000) / rate;
        return write({ id: nextId++, dueAt, writtenAt: Math.floor(performance.timeOrigin + dueAt) }, n);
      });
    },
  };
}
