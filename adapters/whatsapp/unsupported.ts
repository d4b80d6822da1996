/** Said to people who send something that the assistant cannot read. */
export const UNSUPPORTED =
  'Sorry, I cannot read this kind of message. Please write it as text, or send a picture, a document or a voice note.';
