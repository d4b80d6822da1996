/**
 * A reply as messages that can be edited: brings what is there to what it should be. What each message shows is noted in
 * `draft.state.shown`, so that another worker can go on, and what is right costs no call.
 */
import { hash } from 'node:crypto';
import type { Draft } from '../../src/contract/index.ts';

/** How the platform posts, edits and removes one message; `n` counts a reply's messages from 0. All throw a `SendError`. */
export interface MessageOps<P> {
  /** @returns the message's id */
  post(piece: P, n: number): Promise<string>;
  edit(id: string, piece: P, n: number): Promise<void>;
  /** Must not fail when the message is gone already. */
  remove(id: string): Promise<void>;
}

/**
 * For `update`: posts or edits the first message that does not show its piece yet, at most one.
 * @returns false when all of them do
 */
export async function reconcileOne<P>(draft: Draft, pieces: readonly P[], ops: MessageOps<P>): Promise<boolean> {
  const shown = shownBy(draft);
  const digests = pieces.map((piece) => hash('sha1', JSON.stringify(piece), 'base64url').slice(0, 12));
  const n = digests.findIndex((digest, at) => draft.messages[at] === undefined || shown[at] !== digest);
  if (n < 0) return false;
  const id = draft.messages[n];
  // What a call that fails leaves there is not known, and is written again.
  shown[n] = '';
  if (id === undefined) draft.messages.push(await ops.post(pieces[n] as P, n));
  else await ops.edit(id, pieces[n] as P, n);
  shown[n] = digests[n] as string;
  return true;
}

/** For `finish`: all messages, and no more than are needed. */
export async function reconcileAll<P>(draft: Draft, pieces: readonly P[], ops: MessageOps<P>): Promise<void> {
  while (await reconcileOne(draft, pieces, ops));
  for (let id = draft.messages.at(-1); id && draft.messages.length > pieces.length; id = draft.messages.at(-1)) {
    await ops.remove(id);
    draft.messages.pop();
  }
  shownBy(draft).length = draft.messages.length;
}

function shownBy(draft: Draft): string[] {
  draft.state.shown ??= [];
  return draft.state.shown as string[];
}
