/** Said to people who send something that the assistant cannot read. */
const UNSUPPORTED = 'Sorry, I cannot read this kind of message. Please write it as text, or send a document.';
const VOICE = 'Sorry, I cannot listen to voice notes. Please write your message as text.';

/** @param type the platform's name of the kind: `sticker`, `voice` (linked devices: `ptt`), … */
export function refusalOf(type: string): string {
  return type === 'voice' || type === 'ptt' ? VOICE : UNSUPPORTED;
}
