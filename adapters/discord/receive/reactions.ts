/** Reactions on our answers: 👍 and 👎 judge them, ⏹ stops the one that is being written. */
import type { Ingest } from '../../../src/contract/index.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';

export interface ReactionEvent {
  user_id: string;
  message_id: string;
  channel_id: string;
  member?: { user?: { bot?: boolean } };
  emoji: { id?: string | null; name?: string | null };
}

const JUDGEMENTS: Record<string, 'good' | 'bad'> = { '👍': 'good', '👎': 'bad' };
const STOP = '\u23f9';
/** Skin tones, and the mark that asks for a picture. */
const SHADES = /[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu;

/** Whether anything can come of it: asked before Redis is. */
export function isOurReaction({ emoji, member }: ReactionEvent): boolean {
  const name = plain(emoji);
  return member?.user?.bot !== true && (name === STOP || name in JUDGEMENTS);
}

/** @throws when Redis is away */
export async function takeReaction(
  event: ReactionEvent,
  added: boolean,
  deps: { ingest: Ingest; posted: SentMessages },
): Promise<void> {
  const note = await deps.posted.get(event.message_id);
  if (!note) return;
  const name = plain(event.emoji);
  if (name === STOP) {
    // Whoever asked may stop it, nobody else.
    if (added && event.user_id === note.user) await deps.ingest.stop(note.conversation);
    return;
  }
  const judgement = JUDGEMENTS[name] as 'good' | 'bad';
  // One that is taken away had been counted.
  const judged = added ? { value: judgement } : { value: 'none' as const, before: judgement };
  const to = { platform: 'discord', conversation: note.conversation, route: {} };
  await deps.ingest.feedback(to, { message: event.message_id, author: event.user_id, ...judged });
}

function plain({ id, name }: ReactionEvent['emoji']): string {
  return id ? '' : (name ?? '').replace(SHADES, '');
}
