import { readAttachment, tooLarge } from '../../src/http/attachment-body.ts';
import type { AttachmentRef } from '../contract.ts';
import { SendError } from '../contract.ts';
import type { DiscordApi } from './client.ts';

const TIMEOUT_MS = 20_000;
/** Where Discord keeps attachments (discord.com/developers, "Reference", section "Signed Attachment CDN URLs"). */
const HOSTS = new Set(['cdn.discordapp.com', 'media.discordapp.net']);
/** A link is good for a day or so, as its `ex` tells (hex, seconds); then it is answered with one of these. */
const EXPIRED = new Set([403, 404]);

/** The file at an address that stands in an event: from Discord's own hosts only, without a token. */
export function createDownload(deps: { api: DiscordApi; apiUrl: string }) {
  const { host: apiHost } = new URL(deps.apiUrl);

  function isDiscords(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host } = new URL(address);
    return host === apiHost || (protocol === 'https:' && HOSTS.has(host));
  }

  /** @throws SendError */
  async function fetchFile(file: AttachmentRef, address: string): Promise<Response> {
    if (!isDiscords(address)) throw new SendError('invalid', 'foreign_host', `the file ${file.name} is not at Discord`);
    return fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
      throw new SendError('unavailable', 'download_failed', `the file ${file.name} cannot be fetched`, {
        cause: error,
      });
    });
  }

  /** A fresh link for an expired one; the old one when there is none. */
  async function refreshed(address: string): Promise<string> {
    const answer = await deps.api
      .call<{ refreshed_urls: { refreshed: string | null }[] }>('POST', '/attachments/refresh-urls', {
        body: { attachment_urls: [address] },
      })
      .catch(() => null); // The file's own error says more.
    return answer?.refreshed_urls[0]?.refreshed ?? address;
  }

  /** @throws SendError `too-large`, `gone`, `invalid` (not at Discord), `unavailable` */
  return async (file: AttachmentRef, limit: number): Promise<Uint8Array> => {
    if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
    const address = isOver(file.ref) ? await refreshed(file.ref) : file.ref;
    let response = await fetchFile(file, address);
    if (EXPIRED.has(response.status) && address === file.ref) {
      await response.body?.cancel();
      response = await fetchFile(file, await refreshed(file.ref));
    }
    if (!response.ok)
      throw new SendError('gone', `http_${response.status}`, `Discord answers ${response.status} for ${file.name}`);
    return readAttachment(response, file, limit);
  };
}

function isOver(address: string): boolean {
  const until = URL.canParse(address) ? new URL(address).searchParams.get('ex') : null;
  return until !== null && Number.parseInt(until, 16) * 1_000 < Date.now();
}
