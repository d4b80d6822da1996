/**
 * A long answer as a file. Markdown is plain text to WhatsApp: of texts it takes `text/plain` alone
 * (developers.facebook.com, "Supported media types").
 */
export function answerFile(markdown: string): File {
  return new File([markdown.toWellFormed()], 'answer.txt', { type: 'text/plain' });
}
