/** Known ways to break Chasqui, each of which the storm must notice. Texts stand in the sources exactly once. */
import type { FaultKind } from '../weather.ts';

export interface Mutation {
  name: string;
  /** What it takes away. */
  breaks: string;
  changes: { file: string; text: string; into: string }[];
  /** The weather in which it shows; all else is calm. */
  rates: Partial<Record<FaultKind, number>>;
  /** Where it shows. */
  platforms: string[];
}

export const MUTATIONS: Mutation[] = [
  {
    name: 'no-dedup',
    breaks: 'a message that comes twice is stored once',
    rates: { redeliver: 0.3, 'lost-ack': 0.2 },
    platforms: ['slack', 'web'],
    changes: [
      {
        file: 'src/conversation/steps/append.ts',
        text: "if redis.call('ZSCORE', seen, id) then return { 'duplicate', waiting } end",
        into: '',
      },
    ],
  },
  {
    name: 'no-order',
    breaks: 'one turn at a time in a conversation',
    rates: { delay: 0.1, 'kill-worker': 6 },
    platforms: ['slack', 'web'],
    changes: [
      {
        file: 'src/queue/turn-queue.ts',
        text: 'deduplication: { id: conversation, keepLastIfActive: true },',
        into: '',
      },
    ],
  },
  {
    name: 'no-unverified',
    breaks: 'a lost answer is looked up before a message is posted again',
    rates: { 'lost-answer': 0.2, 'false-error': 0.1 },
    platforms: ['slack', 'discord'],
    changes: [
      {
        file: 'src/delivery/delivery.ts',
        text: "if (error instanceof SendError && error.kind === 'unknown-outcome') draft.unverified = true;",
        into: '',
      },
    ],
  },
  {
    name: 'ask-again',
    breaks: 'a saved answer is delivered, and no model is asked again',
    rates: { 'error-503': 0.3, 'kill-at-call': 0.08 },
    platforms: ['slack', 'web'],
    changes: [{ file: 'workers/turn.ts', text: 'let said = turn.answer;', into: 'let said = null;' }],
  },
  {
    name: 'ack-first',
    breaks: 'a platform is told "received" after the message is stored',
    rates: { 'kill-redis': 20, 'kill-receiver': 20 },
    platforms: ['slack', 'web'],
    changes: [
      {
        file: 'src/ingest/ingest.ts',
        text: 'const { result, waiting, open } = await conversations.append(fits, condition);',
        into: "const stored = conversations.append(fits, condition); stored.then(() => queue.add(conversation)).catch(() => {}); if (size >= 0) return 'accepted'; const { result, waiting, open } = await stored;",
      },
    ],
  },
  {
    name: 'no-look',
    breaks: 'a linked device looks through the chat before it posts again',
    rates: { 'lost-answer': 0.3 },
    platforms: ['whatsapp-web'],
    changes: [
      {
        file: 'adapters/whatsapp-linked/send/posts.ts',
        text: 'const found = request.doubt ? await find(device, request) : undefined;',
        into: 'const found = undefined;',
      },
    ],
  },
  {
    name: 'no-trim',
    breaks: 'what was answered leaves the inbox with the commit',
    rates: {},
    platforms: ['web'],
    changes: [
      {
        file: 'src/conversation/steps/commit.ts',
        text: "redis.call('XTRIM', inbox, 'MINID', ARGV[2])",
        into: '',
      },
    ],
  },
  {
    name: 'no-finish',
    breaks: 'the final text is exactly the whole answer',
    rates: { 'model-500': 0.1 },
    platforms: ['slack', 'discord'],
    changes: [
      {
        file: 'src/delivery/delivery.ts',
        text: 'const deadline = performance.now() + PATIENCE_MS;',
        into: 'if (shown) return { messages: draft?.messages ?? [] }; const deadline = performance.now() + PATIENCE_MS;',
      },
    ],
  },
  {
    name: 'no-adopt',
    breaks: 'what a worker reads in the thread before its event came is answered once',
    rates: { 'late-first': 1 },
    platforms: ['slack'],
    changes: [
      {
        file: 'workers/compose.ts',
        text: 'const adopted = await deps.conversations.adopt(turn, missed);',
        into: 'const adopted = [];',
      },
    ],
  },
  {
    name: 'impatient',
    breaks: 'a platform that asks for a long wait is not called before it is over',
    rates: { 'long-busy': 0.1 },
    platforms: ['slack', 'whatsapp'],
    changes: [
      {
        file: 'src/delivery/delivery.ts',
        text: 'if (error.retryAfterMs !== undefined && wait > MAX_WAIT_MS) {',
        into: 'if (error.retryAfterMs !== undefined && wait > 1e12) {',
      },
    ],
  },
  {
    name: 'no-fence',
    breaks: 'an older attempt that wakes up late can no longer write',
    rates: { 'freeze-worker': 30 },
    platforms: ['web'],
    changes: [
      {
        file: 'src/conversation/lua.ts',
        text: "return now[1] and now[1] .. ' ' .. now[2] == fence",
        into: 'return true',
      },
    ],
  },
];

/** @returns the source with the mutation's changes; the texts that do not stand in it exactly once are told in `stale` */
export function mutate(mutation: Mutation, file: string, source: string): { source: string; stale: string[] } {
  const stale: string[] = [];
  let changed = source;
  for (const change of mutation.changes.filter((one) => one.file === file)) {
    if (source.split(change.text).length === 2) changed = changed.replace(change.text, () => change.into);
    else stale.push(change.text);
  }
  return { source: changed, stale };
}
