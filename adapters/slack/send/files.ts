/** Files that come with messages: what is known of them, and their bytes. */
import type { AttachmentRef } from '../../../src/contract/index.ts';
import { SendError } from '../../../src/contract/index.ts';
import { downloadFrom, readAgain } from '../../kit/download.ts';
import type { SlackClient } from '../client.ts';
import type { SlackFile } from '../receive/normalize.ts';

/** Beside the configured API. */
const HOSTS = /(^|\.)slack\.com$/;

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
    const answer = await readAgain(() => client.call('files.info', (client) => client.files.info({ file: file.id })));
    return toAttachment({ ...(answer.file as SlackFile), id: file.id });
  }

  return {
    known,

    /**
     * Fetches a file with the bot's token, which goes to Slack's own hosts and the configured API only.
     * @throws SendError `too-large`, `auth` (the scope `files:read` is missing), `gone`, `unavailable`, `invalid`
     */
    async download(file: AttachmentRef, limit: number): Promise<Uint8Array> {
      const found = await known(file);
      const headers = { authorization: `Bearer ${client.token}` };
      const refusal = (response: Response) => loginPage(response, found);
      return downloadFrom({ address: found.ref, apiUrl, hosts: HOSTS, headers, refusal }, found, limit);
    },
  };
}

/** Without the scope Slack answers 200 with its login page (docs.slack.dev, "Working with files"). */
function loginPage({ headers }: Response, file: AttachmentRef): SendError | undefined {
  if (!headers.get('content-type')?.startsWith('text/html') || file.mediaType === 'text/html') return undefined;
  return new SendError('auth', 'files:read', 'Slack asks to log in: the scope files:read is missing');
}
