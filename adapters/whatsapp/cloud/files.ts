/** Files that people send ("Media"): an id gives an address that is good for minutes and asks for the token. */
import { readAttachment, tooLarge } from '../../../src/http/attachment-body.ts';
import type { AttachmentRef } from '../../contract.ts';
import { SendError } from '../../contract.ts';
import type { Graph } from './graph.ts';

const TIMEOUT_MS = 20_000;
/** Hosts of Meta's that may be given the token. */
const META = /(^|\.)(facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;

/** @throws SendError `too-large`, `gone` (ids in webhooks expire after seven days), `unavailable`, `auth` */
export async function downloadMedia(
  file: AttachmentRef,
  limit: number,
  access: { graph: Graph; phone: string },
): Promise<Uint8Array> {
  const { graph, phone } = access;
  if (!/^\d+$/.test(file.ref)) throw new SendError('invalid', 'media_id', `${file.name} has no media id`);
  if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
  const media = await graph
    .call<{ url?: string; file_size?: number }>('media', `${file.ref}?phone_number_id=${phone}`)
    .catch((error: unknown) => {
      // An id that is not known any more is a wrong parameter to Graph.
      if (error instanceof SendError && error.kind === 'invalid')
        throw new SendError('gone', error.code, `the file ${file.name} is not there any more`, { cause: error });
      throw error;
    });
  if (media.file_size !== undefined && media.file_size > limit) throw tooLarge(file, limit);
  const address = media.url ?? '';
  if (!mayCarryToken(address, graph.apiUrl))
    throw new SendError('invalid', 'foreign_host', `the file ${file.name} is not at Meta`);
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${graph.token}` },
    // A redirect would carry the token on.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new SendError('unavailable', 'download_failed', `the file ${file.name} cannot be fetched`, { cause: error });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new SendError('gone', `http_${response.status}`, `Meta answers ${response.status} for ${file.name}`);
  }
  return readAttachment(response, file, limit);
}

function mayCarryToken(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, host } = new URL(address);
  if (host === new URL(apiUrl).host) return true;
  return protocol === 'https:' && META.test(hostname);
}
