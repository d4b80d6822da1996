import type { AttachmentRef } from '../../../src/contract/index.ts';
import { SendError } from '../../../src/contract/index.ts';
import { downloadFrom } from '../../kit/download.ts';
import type { DiscordApi } from '../client.ts';

/** Where Discord keeps attachments (discord.com/developers, "Reference", section "Signed Attachment CDN URLs"). */
const HOSTS = /^(cdn\.discordapp\.com|media\.discordapp\.net)$/;
/** A link is good for a day or so, as its `ex` tells (hex, seconds); then it is answered with one of these. */
const EXPIRED = new Set(['http_403', 'http_404']);

/** The file at an address that stands in an event: from Discord's own hosts only, without a token. */
export function createDownload(deps: { api: DiscordApi; apiUrl: string }) {
  const { api, apiUrl } = deps;

  /** A fresh link for an expired one; the old one when there is none. */
  async function refreshed(address: string): Promise<string> {
    const answer = await api
      .call<{ refreshed_urls: { refreshed: string | null }[] }>('POST', '/attachments/refresh-urls', {
        body: { attachment_urls: [address] },
      })
      .catch(() => null); // The file's own error says more.
    return answer?.refreshed_urls[0]?.refreshed ?? address;
  }

  /** @throws SendError `too-large`, `gone`, `invalid` (not at Discord), `unavailable` */
  return async (file: AttachmentRef, limit: number): Promise<Uint8Array> => {
    const fetchFrom = (address: string) => downloadFrom({ address, apiUrl, hosts: HOSTS }, file, limit);
    if (isOver(file.ref)) return fetchFrom(await refreshed(file.ref));
    try {
      return await fetchFrom(file.ref);
    } catch (error) {
      if (!(error instanceof SendError && EXPIRED.has(error.code))) throw error;
      return fetchFrom(await refreshed(file.ref));
    }
  };
}

function isOver(address: string): boolean {
  const until = URL.canParse(address) ? new URL(address).searchParams.get('ex') : null;
  return until !== null && Number.parseInt(until, 16) * 1_000 < Date.now();
}
