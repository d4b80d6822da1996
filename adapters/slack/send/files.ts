/** Files that come with messages: what is known of them, and their bytes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttachmentRef } from '../../../src/contract/index.ts';
import { SendError, type SendErrorKind } from '../../../src/contract/index.ts';
import { readAttachment, tooLarge } from '../../../src/http/attachment-body.ts';
import type { SlackClient } from '../client.ts';
import type { SlackFile } from '../receive/normalize.ts';

const TIMEOUT_MS = 20_000;
const AGAIN_AFTER_MS = [300, 1_500];
/** A longer wait that Slack asks for is not worth it: the answer can do without the file. */
const MOST_WAIT_MS = 5_000;
const PASSING = new Set<SendErrorKind>(['rate-limited', 'unavailable', 'unknown-outcome']);

/** The `ref` of a file of which only the id is known yet. */
const UNKNOWN = 'slack-file:';

/** Deleted files, and those that a free workspace hides, are left out. */
export function attachmentsOf(files: readonly SlackFile[]): AttachmentRef[] {
  const there = files.filter(({ id, mode }) => id && mode !== 'tombstone' && mode !== 'hidden_by_limit');
  return [...new Map(there.map((file) => [file.id, toAttachment(file)])).values()];
}

function toAttachment(file: SlackFile): AttachmentRef {
  return {
    id: file.id as string,
    name: file.name ?? 'file',
    mediaType: file.mimetype || 'application/octet-stream',
    ...(file.size === undefined ? {} : { size: file.size }),
    ref: file.url_private_download ?? file.url_private ?? `${UNKNOWN}${file.id}`,
  };
}

export type Files = ReturnType<typeof createFiles>;

export function createFiles(deps: { client: SlackClient; apiUrl: string }) {
  const { client, apiUrl } = deps;

  /**
   * Of a file from another organisation (Slack Connect) the event has the id only, and `files.info` the rest
   * (docs.slack.dev, "Slack Connect", file_access: check_file_info). Asked again while Slack is away.
   * @throws SendError
   */
  async function known(file: AttachmentRef): Promise<AttachmentRef> {
    if (!file.ref.startsWith(UNKNOWN)) return file;
    const answer = await patiently(() => client.call('files.info', (client) => client.files.info({ file: file.id })));
    return toAttachment({ ...(answer.file as SlackFile), id: file.id });
  }

  return {
    known,

    /**
     * Fetches a file with the bot's token. What failed on the way, or at Slack, is tried again.
     * @throws SendError `too-large`, `auth` (the scope `files:read` is missing), `gone`, `unavailable`, `invalid`
     */
    async download(file: AttachmentRef, limit: number): Promise<Uint8Array> {
      const found = await known(file);
      return patiently(() => fetchFile(found, limit, { token: client.token, apiUrl }));
    },
  };
}

/** The pauses are short: a person waits for the answer. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const again = error instanceof SendError && PASSING.has(error.kind) && tries < AGAIN_AFTER_MS.length;
      if (!again || (error.retryAfterMs ?? 0) > MOST_WAIT_MS) throw error;
      await sleep(error.retryAfterMs ?? (AGAIN_AFTER_MS[tries] as number));
    }
  }
}

/**
 * The token goes to Slack's own hosts and the configured API's origin only: the address stands in an event, and a forged
 * one must not be given the token, nor may it travel unencrypted.
 */
async function fetchFile(
  file: AttachmentRef,
  limit: number,
  access: { token: string; apiUrl: string },
): Promise<Uint8Array> {
  if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
  if (!mayCarryToken(file.ref, access.apiUrl))
    throw new SendError('invalid', 'foreign_host', `the file ${file.name} is not at Slack`);
  try {
    const response = await fetch(file.ref, {
      headers: { authorization: `Bearer ${access.token}` },
      // A redirect would carry the token on.
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const refusal = refusalOf(response, file);
    if (!refusal) return await readAttachment(response, file, limit);
    await response.body?.cancel();
    throw refusal;
  } catch (error) {
    if (error instanceof SendError) throw error;
    throw new SendError('unavailable', 'download_failed', `the file ${file.name} cannot be fetched`, { cause: error });
  }
}

function refusalOf(response: Response, file: AttachmentRef): SendError | undefined {
  const { ok, status, headers } = response;
  if (!ok) {
    const message = `Slack answers ${status} for ${file.name}`;
    const seconds = Number(headers.get('retry-after'));
    const later = seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
    if (status === 429) return new SendError('rate-limited', 'http_429', message, later);
    return new SendError(status >= 500 || status === 408 ? 'unavailable' : 'gone', `http_${status}`, message, later);
  }
  // Without the scope Slack answers 200 with its login page (docs.slack.dev, "Working with files").
  if (headers.get('content-type')?.startsWith('text/html') && file.mediaType !== 'text/html')
    return new SendError('auth', 'files:read', 'Slack asks to log in: the scope files:read is missing');
  return undefined;
}

function mayCarryToken(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port, origin } = new URL(address);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && port === '' && (hostname === 'slack.com' || hostname.endsWith('.slack.com'));
}
