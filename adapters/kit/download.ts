/** The bytes of a file that came with a message: from the platform's own hosts only, never more than were asked for. */
import { readAttachment, tooLarge } from '../../src/http/attachment-body.ts';
import { type AttachmentRef, SendError } from '../contract.ts';

const TIMEOUT_MS = 20_000;

/**
 * The address may stand in an event that somebody forged, and may hold a secret: it is asked for at the given hosts only,
 * no redirect leads on from there, and no error names it.
 * @param from.apiUrl the configured API, whose host counts as the platform's own
 * @param from.hosts the others, by https only
 * @param from.refusal what a 2xx answer refuses nevertheless (a login page)
 * @throws SendError `too-large`, `invalid` (a foreign host), `gone` (its code is `http_<status>`), `unavailable`
 */
export async function downloadFrom(
  from: {
    address: string;
    apiUrl: string;
    hosts?: RegExp;
    headers?: Record<string, string>;
    refusal?(response: Response): SendError | undefined;
  },
  file: AttachmentRef,
  limit: number,
): Promise<Uint8Array> {
  const { address, headers, refusal } = from;
  if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
  if (!isTheirs(from)) throw new SendError('invalid', 'foreign_host', `${file.name} is not at one of the hosts for it`);
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(address, { ...(headers && { headers }), redirect: 'error', signal });
    const refused = response.ok
      ? refusal?.(response)
      : new SendError('gone', `http_${response.status}`, `${response.status} is the answer for ${file.name}`);
    if (!refused) return await readAttachment(response, file, limit);
    await response.body?.cancel();
    throw refused;
  } catch (error) {
    if (error instanceof SendError) throw error;
    throw new SendError('unavailable', 'download_failed', `${file.name} cannot be fetched`);
  }
}

function isTheirs({ address, apiUrl, hosts }: { address: string; apiUrl: string; hosts?: RegExp }): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, host } = new URL(address);
  return host === new URL(apiUrl).host || (protocol === 'https:' && hosts?.test(hostname) === true);
}
