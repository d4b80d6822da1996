/** Files that people send ("Media"): an id gives an address that is good for minutes and asks for the token. */

import type { AttachmentRef } from '../../../src/contract/index.ts';
import { SendError } from '../../../src/contract/index.ts';
import { tooLarge } from '../../../src/http/attachment-body.ts';
import { downloadFrom, readAgain } from '../../kit/download.ts';
import type { Graph } from '../client.ts';

/** Hosts of Meta's that may be given the token. */
const META = /(^|\.)(facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net)$/;

/** @throws SendError `too-large`, `gone` (ids in webhooks expire after seven days), `unavailable`, `auth`, `invalid` */
export async function downloadMedia(
  file: AttachmentRef,
  limit: number,
  access: { graph: Graph; phone: string },
): Promise<Uint8Array> {
  const { graph, phone } = access;
  if (!/^\d+$/.test(file.ref)) throw new SendError('invalid', 'media_id', `${file.name} has no media id`);
  if (file.size !== undefined && file.size > limit) throw tooLarge(file, limit);
  const ask = () => graph.call<{ url?: string; file_size?: number }>('media', `${file.ref}?phone_number_id=${phone}`);
  const { url = '', file_size: size } = await readAgain(ask).catch((error: unknown) => {
    // An id that is not known any more is a wrong parameter to Graph.
    if (error instanceof SendError && error.kind === 'invalid')
      throw new SendError('gone', error.code, `the file ${file.name} is not there any more`, { cause: error });
    throw error;
  });
  const headers = { authorization: `Bearer ${graph.token}` };
  const known = size === undefined ? file : { ...file, size };
  return downloadFrom({ address: url, apiUrl: graph.apiUrl, hosts: META, headers }, known, limit);
}
