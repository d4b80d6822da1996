/**
 * An answer that needs more messages than one may have: the whole of it as a file behind them (docs.slack.dev, "Working
 * with files": files.getUploadURLExternal, the bytes to that address, files.completeUploadExternal).
 */
import { createHash } from 'node:crypto';
import { type Draft, SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { lostCall } from '../../kit/http.ts';
import { isPassing } from '../../kit/retry.ts';
import type { SlackClient } from '../client.ts';
import type { SlackRoute } from '../route.ts';
import { stateOf } from './draft.ts';

const TIMEOUT_MS = 15_000;

/** The file's name carries the turn: a message with a file cannot have metadata by which it could be found again. */
export function overflowName(key: string): string {
  return `answer-${createHash('sha1').update(key).digest('hex').slice(0, 12)}.md`;
}

export type Overflow = ReturnType<typeof createOverflow>;

export function createOverflow(deps: { client: SlackClient; scopes(): Promise<string[]>; log: Logger }) {
  const { client, log } = deps;

  async function upload(key: string, markdown: string): Promise<string> {
    const bytes = Buffer.from(markdown.toWellFormed());
    const { file_id, upload_url } = await client.call('files.getUploadURLExternal', (client) =>
      client.files.getUploadURLExternal({ filename: overflowName(key), length: bytes.length }),
    );
    await put(upload_url as string, bytes);
    return file_id as string;
  }

  /** Throws what passes; anything else means that no file can be posted here. */
  function refused(error: unknown): undefined {
    if (!(error instanceof SendError) || isPassing(error)) throw error;
    log.warn({ err: error }, 'the rest of a long answer cannot be posted as a file');
    return undefined;
  }

  function complete({ channel: channel_id, thread: thread_ts }: SlackRoute, id: string) {
    const files: [{ id: string; title: string }] = [{ id, title: 'answer.md' }];
    const share = thread_ts ? { files, channel_id, thread_ts } : { files, channel_id };
    return client.call('files.completeUploadExternal', (client) => client.files.completeUploadExternal(share));
  }

  return {
    /**
     * Uploads without showing anything, so that it may be repeated.
     * @returns the file's id; undefined where the scope `files:write` is missing or the workspace takes no file
     * @throws SendError what passes
     */
    async prepare(draft: Draft, markdown: string): Promise<string | undefined> {
      const { file } = stateOf(draft);
      if (file) return file.id;
      if (!(await deps.scopes()).includes('files:write')) return undefined;
      return upload(draft.key, markdown).catch(refused);
    },

    /**
     * Shows it in the place, once. "This method can only be called once" (its reference page), and the file appears only
     * some time after the answer: where an answer was lost, the same file is therefore asked for again, never a second
     * one. What Slack does not know any more was then shared by the lost call.
     * @returns false where it may not be there
     * @throws SendError what passes
     */
    async share(draft: Draft, route: SlackRoute, id: string): Promise<boolean> {
      const { file } = stateOf(draft);
      if (file?.shared) return true;
      try {
        await complete(route, id);
      } catch (error) {
        if (error instanceof SendError && error.kind === 'unknown-outcome')
          draft.state = { ...draft.state, file: { id, shared: false } };
        const repeated = file && error instanceof SendError && error.code === 'file_not_found';
        if (!repeated) return refused(error) ?? false;
      }
      draft.state = { ...draft.state, file: { id, shared: true } };
      return true;
    },

    /** An earlier attempt has posted it. */
    found(draft: Draft): void {
      draft.state = { ...draft.state, file: { id: '', shared: true } };
    },
  };
}

/** The address is a secret of its own: no token goes with it, and no error quotes it. */
async function put(address: string, body: Buffer): Promise<void> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(address, { method: 'POST', body: new Uint8Array(body), redirect: 'error', signal });
    await response.body?.cancel();
  } catch (error) {
    throw lostCall('the upload of a file', error);
  }
  const { ok, status } = response;
  if (ok) return;
  const kind = status === 429 || status >= 500 ? 'unavailable' : 'invalid';
  throw new SendError(kind, `http_${status}`, `Slack answers the upload of a file with HTTP ${status}`);
}
