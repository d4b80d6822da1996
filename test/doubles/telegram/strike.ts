import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from './refusal.ts';

/** What goes wrong with a call: refused, an HTTP error without JSON, nothing done and no answer, or done and no answer. */
export type Strike =
  | { refusal: Refusal }
  | { status: number }
  | { cut: true }
  | { hang: true }
  | { lost: true }
  | { falseError: number };

/** What goes wrong before a call is carried out. @returns true when that was all @throws Refusal */
export async function struck(strike: Strike, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if ('refusal' in strike) throw strike.refusal;
  if ('status' in strike) response.writeHead(strike.status).end('<html>Bad Gateway</html>');
  else if ('cut' in strike) request.socket.destroy();
  else return 'hang' in strike;
  return true;
}
