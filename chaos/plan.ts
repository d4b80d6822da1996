/** Who writes what and when, drawn from the seed before anything starts. */
import { tokenOf } from './answers.ts';
import type { Chance } from './prng.ts';

export interface PlannedConversation {
  index: number;
  platform: string;
  /** In direct messages, or in a place with others; a platform may know only one of them. */
  direct: boolean;
}

export interface PlannedMessage {
  conversation: number;
  /** Counts from 1. */
  n: number;
  token: string;
  text: string;
  /** Milliseconds after the storm's start. */
  at: number;
  /** What the person does with it afterwards. */
  change?: { kind: 'edit' | 'delete'; afterMs: number };
}

export interface Plan {
  conversations: PlannedConversation[];
  /** By time. */
  messages: PlannedMessage[];
}

/** How often a later message is changed; a conversation's first one opens its place and stays. */
const EDITED = 0.05;
const DELETED = 0.03;
const BURST_GAP_MS = 700;
/** Long enough for some answers to be whole and short enough for others not to be. */
const PAUSE_MS = [300, 6_000] as const;

export function planStorm(
  options: { conversations: number; messages: number; ms: number; platforms: readonly string[] },
  chance: Chance,
): Plan {
  const { platforms, ms } = options;
  const conversations = Array.from({ length: options.conversations }, (_, index) => ({
    index,
    platform: platforms[index % platforms.length] as string,
    direct: chance.happens(0.7),
  }));
  const counts = conversations.map(() => 1);
  for (let left = options.messages - counts.length; left > 0; left--) {
    const n = chance.between(0, counts.length - 1);
    counts[n] = (counts[n] as number) + 1;
  }
  const messages = conversations.flatMap(({ index }) => talk(index, counts[index] as number, ms, chance));
  return { conversations, messages: messages.sort((a, b) => a.at - b.at) };
}

/** One to three messages in a row, a pause, and again. */
function talk(conversation: number, count: number, ms: number, chance: Chance): PlannedMessage[] {
  const messages: PlannedMessage[] = [];
  let at = 0;
  for (let n = 1, burst = 0; n <= count; n++, burst--) {
    if (n > 1) at += burst > 0 ? chance.between(20, BURST_GAP_MS) : chance.between(...PAUSE_MS);
    if (burst <= 0) burst = chance.between(1, 3);
    const token = tokenOf(conversation, n);
    const change = n > 1 ? changeOf(chance) : undefined;
    messages.push({ conversation, n, token, text: `${token} please`, at, ...(change ? { change } : {}) });
  }
  // Begun so that it ends within the time, where it is not longer than that.
  const start = chance.next() * Math.max(0, ms - at);
  const squeeze = Math.min(1, ms / Math.max(1, at));
  for (const message of messages) message.at = start + message.at * squeeze;
  return messages;
}

function changeOf(chance: Chance): PlannedMessage['change'] {
  const draw = chance.next();
  const afterMs = chance.between(10, 800);
  if (draw < EDITED) return { kind: 'edit', afterMs };
  return draw < EDITED + DELETED ? { kind: 'delete', afterMs } : undefined;
}
