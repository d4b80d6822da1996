import type { Address, InboundMessage } from '../contract/index.ts';
import type { ConversationView } from '../conversation/decode.ts';
import type { DeadLetter } from './dead-letters.ts';

/**
 * The dead letter of a reply that the platform accepted and did not deliver. The turn is in the history by then, or still
 * open when the report was quicker than the commit.
 * @param failure.key the draft's key, which is the turn's id
 * @returns the letter and when its words came in (ms since the epoch); null when nothing is kept of that turn any more
 */
export function undeliveredLetter(
  { history, turn }: ConversationView,
  to: Address,
  { key, code, message }: { key: string; code: string; message: string },
): { letter: DeadLetter; since: number } | null {
  const isOpen = turn?.id === key;
  const ended = history.find(({ id }) => id === key);
  const messages = isOpen
    ? turn.entries.flatMap((entry) => (entry.deleted ? [] : [entry.message]))
    : ended?.user.map((said) => asInbound(said, to));
  if (!messages || messages.length === 0) return null;
  const failure = { where: 'platform', kind: 'undelivered', code, message } as const;
  const { conversation, platform } = to;
  const since = isOpen ? Number(turn.entries[0]?.entry.split('-')[0]) : (ended?.at ?? 0);
  return {
    letter: { v: 1, id: key, at: Date.now(), conversation, platform, failure, attempts: 1, told: null, messages },
    since,
  };
}

function asInbound(
  { id, author, name, text, attachments = [] }: ConversationView['history'][number]['user'][number],
  to: Address,
): InboundMessage {
  return { v: 1, id, author: { id: author, ...(name ? { name } : {}) }, text, attachments, sentAt: Date.now(), to };
}
