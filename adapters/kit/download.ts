/** The bytes of a file that came with a message: from the platform's own hosts only, never more than were asked for. */
import { type AttachmentRef, SendError } from '../../src/contract/index.ts';
import { readAttachment, tooLarge } from '../../src/http/attachment-body.ts';
import { retryAfterOf } from './http.ts';
import { repeat } from './retry.ts';

const TIMEOUT_MS = 20_000;
/** Before the second and the third try. A host that took its time over the first is not waited for again. */
const PAUSES_MS = [100, 400];
const PATIENCE_MS = 10_000;
/** A host that asks for a longer wait is not waited for: the answer can do without the file. */
const MAX_RETRY_AFTER_MS = 5_000;
/** What says nothing about the file, only about the moment. */
const PASSING_STATUS = new Set([408, 425, 429]);

/** Reads something once more when it failed for the moment only: a file comes with one message, and nobody sends it twice. */
export function readAgain<T>(read: () => Promise<T>): Promise<T> {
  return repeat(read, { pausesMs: PAUSES_MS, maxRetryAfterMs: MAX_RETRY_AFTER_MS, withinMs: PATIENCE_MS });
}

/**
 * The address may stand in an event that somebody forged, and may hold a secret: it is asked for at the given hosts only,
 * no redirect leads on from there, and no error names it. What fails for the moment (a 500, a cut connection) is read again.
 * @param from.apiUrl the configured API, whose origin counts as the platform's own: the same host by http does not
 * @param from.hosts the others, by https and its own port only
 * @param from.refusal what a 2xx answer refuses nevertheless (a login page)
 * @throws SendError `too-large`, `invalid` (a foreign host), `gone` or `unavailable` (the code is `http_<status>`)
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
  return readAgain(async () => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(address, { ...(headers && { headers }), redirect: 'error', signal });
      const refused = response.ok ? refusal?.(response) : refusedBy(response, file);
      if (!refused) return await readAttachment(response, file, limit);
      await response.body?.cancel();
      throw refused;
    } catch (error) {
      if (error instanceof SendError) throw error;
      throw new SendError('unavailable', 'download_failed', `${file.name} cannot be fetched`);
    }
  });
}

function refusedBy({ status, headers }: Response, file: AttachmentRef): SendError {
  const passing = status >= 500 || PASSING_STATUS.has(status);
  const retryAfterMs = passing ? retryAfterOf(headers) : undefined;
  return new SendError(
    passing ? 'unavailable' : 'gone',
    `http_${status}`,
    `${status} is the answer for ${file.name}`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

function isTheirs({ address, apiUrl, hosts }: { address: string; apiUrl: string; hosts?: RegExp }): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, port, hostname, origin } = new URL(address);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && port === '' && hosts?.test(hostname) === true;
}
