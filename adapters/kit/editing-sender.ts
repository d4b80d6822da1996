/** A sender for a platform whose messages can be edited: a reply is posted, grows by edits, and ends as exactly its text. */
import { type Address, type Capabilities, type Draft, SendError, type Sender } from '../../src/contract/index.ts';
import { type MessageOps, reconcileAll, reconcileOne } from './reconcile.ts';
import type { Typing } from './typing.ts';

/** What a platform brings along. `P` is one message as it posts it: a string, or text with files. */
export interface EditingPlatform<P> extends Pick<Sender, 'enrich' | 'download'> {
  capabilities: Omit<Capabilities, 'streaming'>;
  typing: Pick<Typing<Address>, 'begin' | 'end' | 'close'>;
  /** The finished text as messages. */
  render(markdown: string, draft: Draft): P[];
  /** A finished message in the plainest form, for a platform that refused it. */
  plain?(piece: P): P;
  /** A text that still grows, as it can be shown now; the last piece may change. */
  renderGrowing(markdown: string, draft: Draft): P[];
  /** @param updating the calls are a courtesy: they leave a part of the platform's budget to what must arrive */
  ops(draft: Draft, updating: boolean): MessageOps<P>;
  /** Ids of messages of this reply that the draft does not name, oldest first. Leave out where the platform cannot tell. */
  find?(draft: Draft): Promise<string[]>;
}

/** Updates make at most one call each. */
export function createEditingSender<P>(platform: EditingPlatform<P>): Sender {
  const { capabilities, typing, enrich, download, find } = platform;

  /** Finds what an earlier attempt posted without living to save it. */
  async function adopt(draft: Draft): Promise<void> {
    if (draft.unverified && find) draft.messages.push(...(await find(draft)));
    draft.unverified = false;
  }

  return {
    capabilities: { ...capabilities, streaming: 'edit' },
    async begin(to, key) {
      typing.begin(to, key);
      return { to, key, messages: [], unverified: false, state: {} };
    },
    async update(draft, markdown) {
      await adopt(draft);
      const pieces = platform.renderGrowing(markdown, draft);
      if (await reconcileOne(draft, pieces, platform.ops(draft, true))) void typing.end(draft.key);
      return draft;
    },
    async finish(draft, { markdown, plain }) {
      try {
        await adopt(draft);
        const pieces = platform.render(markdown, draft);
        const shown = plain && platform.plain ? pieces.map(platform.plain) : pieces;
        await reconcileAll(draft, shown, platform.ops(draft, false));
      } catch (error) {
        // What has to wait a moment is still being written.
        if (!(error instanceof SendError) || error.kind !== 'rate-limited') void typing.end(draft.key);
        throw error;
      }
      void typing.end(draft.key);
    },
    async showWaiting({ to, key }, waitMs) {
      typing.begin(to, key, waitMs);
    },
    enrich,
    download,
    close: async () => typing.close(),
  };
}
