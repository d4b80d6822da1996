/** Said to people who send something that the assistant cannot read. */
import type { Store } from '../../src/contract/index.ts';

const UNSUPPORTED = 'Sorry, I cannot read this kind of message. Please write it as text, or send a document.';
const VOICE = 'Sorry, I cannot listen to voice notes. Please write your message as text.';

/** @param type the platform's name of the kind: `sticker`, `voice` (linked devices: `ptt`), … */
export function refusalOf(type: string): string {
  return type === 'voice' || type === 'ptt' ? VOICE : UNSUPPORTED;
}

/** One polite answer in this time. */
const TOLD_FOR_S = 3_600;

/** True once in a while for each conversation. @throws when Redis is away */
export async function mayTell(store: Store, conversation: string): Promise<boolean> {
  const key = `told:${conversation}`;
  if ((await store.get(key)) !== null) return false;
  await store.set(key, '1', TOLD_FOR_S);
  return true;
}
