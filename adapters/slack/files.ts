import { readAttachment, tooLarge } from '../../src/http/attachment-body.ts';
import type { AttachmentRef } from '../contract.ts';
import { SendError } from '../contract.ts';

const TIMEOUT_MS = 20_000;

/**
 * Fetches a file with the bot's token, which goes to Slack's own hosts and the configured API's host only: the address
 * stands in an event, and a forged one must not be given the token.
 * @throws SendError `too-large`, `auth` (the scope `files:read` is missing), `gone`, `unavailable`
 */
export async function downloadFile(
  file: AttachmentRef,
  limit: number,
  access: { token: string; apiUrl: string },
): Promise<Uint8Array> {
  if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
  if (!mayCarryToken(file.ref, access.apiUrl))
    throw new SendError('invalid', 'foreign_host', `the file ${file.name} is not at Slack`);
  const response = await fetch(file.ref, {
    headers: { authorization: `Bearer ${access.token}` },
    // A redirect would carry the token on.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new SendError('unavailable', 'download_failed', `the file ${file.name} cannot be fetched`, { cause: error });
  });
  if (!response.ok)
    throw new SendError('gone', `http_${response.status}`, `Slack answers ${response.status} for ${file.name}`);
  // Without the scope Slack answers 200 with its login page (docs.slack.dev, "Working with files").
  if (response.headers.get('content-type')?.startsWith('text/html') && file.mediaType !== 'text/html')
    throw new SendError('auth', 'files:read', 'Slack asks to log in: the scope files:read is missing');
  return readAttachment(response, file, limit);
}

function mayCarryToken(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, host } = new URL(address);
  if (host === new URL(apiUrl).host) return true;
  return protocol === 'https:' && (hostname === 'slack.com' || hostname.endsWith('.slack.com'));
}
