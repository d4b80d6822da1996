import type { InboundMessage, Ingest } from '../contract/index.ts';
import type { Conversations } from '../conversation/conversations.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

/**
 * Has a failed turn answered again, as a new turn. While it is the last thing in its conversation, it is answered in
 * place of the failure; otherwise its messages are said once more. The letter goes when the messages are in the inbox, and
 * the ids are the same at each try, so that a retry that is interrupted and repeated answers once.
 * @returns false when there is no such letter
 */
export async function retryDeadLetter(
  deps: { deadLetters: DeadLetters; conversations: Conversations; ingest: Ingest },
  id: string,
): Promise<boolean> {
  const letter = await deps.deadLetters.get(id);
  if (!letter) return false;
  const last = await deps.conversations.lastTurn(letter.conversation);
  const messages = last?.id === id ? [askAgain(letter)] : letter.messages.map((message) => sayAgain(letter, message));
  for (const message of messages) await deps.ingest.message(message);
  await deps.deadLetters.remove(id);
  return true;
}

function sayAgain({ id }: DeadLetter, message: InboundMessage): InboundMessage {
  const { lateMs: _, ...said } = message;
  return { ...said, id: `again:${id}:${message.id}`, sentAt: Date.now(), timed: false };
}

function askAgain(letter: DeadLetter): InboundMessage {
  const newest = letter.messages.at(-1) as InboundMessage;
  return { ...sayAgain(letter, newest), kind: 'retry', text: '', attachments: [] };
}
