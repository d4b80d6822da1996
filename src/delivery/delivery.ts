import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, type Draft, type Reply, SendError, type Sender } from '../contract/index.ts';
import { isSaturated } from '../overload/saturation.ts';
import { wholeCharacters } from '../text/clean.ts';
import { NO_SPAN, type Span } from '../tracing/tracing.ts';
import { PlatformWaitError, UndeliverableError } from './errors.ts';

/** How long one attempt keeps trying to post the finished reply; then the job is tried again later, by any worker. */
const PATIENCE_MS = 30_000;
/** A platform that asks for a longer wait gets it without a worker that sits it out. */
const MAX_WAIT_MS = 3_000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 8_000;
/** An update may show nothing yet (a link that is still open, a budget that is spent); then the next comes soon. */
const NOTHING_SHOWN_MS = 250;
/**
 * Each edit renders the whole text anew. A text longer than this is shown again when it has grown by a sixteenth, so that all
 * updates together render a small multiple of it, however many pieces it comes in.
 */
const LONG_CHARS = 8_000;
const GROWTH = 1 / 16;
/** No retry helps: the place is gone, or the platform will never take this request. */
const PERMANENT = new Set(['gone', 'invalid', 'too-large']);

/** What a plainer form of the reply may cure. */
const REFUSED = new Set(['invalid', 'too-large']);

export type Delivery = ReturnType<typeof createDelivery>;

/**
 * Brings a growing text to the platform at the pace that it allows: one call at a time, the newest text always wins, and
 * a reply that is whole before its first update is due goes out in one call.
 * @param options.draft the draft of an earlier attempt, if one was saved
 * @param options.resumed an earlier attempt may have posted something, also when it saved no draft
 * @param options.confirm makes sure of the turn for a while, and throws when another worker has it or may have; asked
 * before a call to the platform when that was longer ago than `confirmAfterMs` (this process may have been frozen)
 * @param options.seen told of each call that people saw something of
 * @param options.span each call that people saw something of becomes a part of it
 * @param options.refusedText what people read when the platform takes the reply in no form, by its error code
 * @param options.save called when the draft names new platform messages; may throw to end the delivery
 * @param options.signal aborts the waiting (shutdown, turn lost)
 */
export function createDelivery(options: {
  sender: Sender;
  to: Address;
  key: string;
  draft: Draft | null;
  resumed: boolean;
  confirm(): Promise<void>;
  confirmAfterMs: number;
  seen?(what: 'post' | 'edit'): void;
  span?: Span;
  save(draft: Draft): Promise<void>;
  refusedText(code: string): string;
  signal: AbortSignal;
}) {
  const { sender, save, signal } = options;
  let confirmedAt = performance.now();
  const { streaming, updateEveryMs, firstUpdateAfterMs } = sender.capabilities;
  const { resumed } = options;
  const beginning = options.draft
    ? Promise.resolve({ ...options.draft, unverified: true })
    : sender.begin(options.to, options.key).then((draft) => (resumed ? { ...draft, unverified: true } : draft));
  // An error is seen when the draft is first awaited; until then it must not count as unhandled.
  beginning.catch(() => {});

  let draft: Draft | undefined;
  let latest = '';
  let shown = '';
  let pumping: Promise<void> | undefined;
  let finishing = false;
  let failure: unknown;
  let nextUpdateAt: number | undefined;
  let wake = () => {};

  function hasGrown(before: string, now: string): boolean {
    const growth = now.length - before.length;
    return streaming === 'native' || before.length < LONG_CHARS || growth < 0 || growth >= before.length * GROWTH;
  }

  /** Until the time is over, or the reply is to be finished. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function attempt(call: (draft: Draft) => Promise<Draft | undefined>): Promise<void> {
    draft ??= await beginning;
    if (performance.now() - confirmedAt > options.confirmAfterMs) {
      await options.confirm();
      confirmedAt = performance.now();
    }
    const before = fingerprint(draft);
    const posted = draft.messages.length;
    const span = (options.span ?? NO_SPAN).child('chasqui.send', { 'chasqui.platform': options.to.platform }, 'client');
    let finished = false;
    try {
      const result = await call(draft);
      if (result) draft = result;
      else finished = true;
      const what = draft.messages.length > posted ? 'post' : finished || fingerprint(draft) !== before ? 'edit' : null;
      if (what) {
        options.seen?.(what);
        span.set({ 'chasqui.send.what': what });
        // A call that changed nothing is not worth telling of: its span is never ended, and so not sent.
        span.end();
      }
    } catch (error) {
      span.fail(error instanceof SendError ? error.code : 'error', (error as Error).message);
      span.end();
      if (error instanceof SendError && error.kind === 'unknown-outcome') draft.unverified = true;
      throw error;
    } finally {
      // The commit that follows a finished reply deletes the record.
      if (!finished && fingerprint(draft) !== before) await save(draft);
    }
  }

  /** Shows the newest text until nothing new is there. Ends early when the reply is finished. */
  async function pump(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!finishing && latest !== shown && hasGrown(shown, latest)) {
      const wait = (nextUpdateAt as number) - performance.now();
      if (wait > 0) await pause(wait);
      if (finishing) return;
      const text = latest;
      nextUpdateAt = performance.now() + updateEveryMs;
      if (isSaturated()) continue;
      try {
        await attempt((current) => sender.update(current, wholeCharacters(text)));
        shown = text;
        backoff = FIRST_BACKOFF_MS;
        if (draft?.messages.length === 0) nextUpdateAt = performance.now() + Math.min(updateEveryMs, NOTHING_SHOWN_MS);
      } catch (error) {
        if (!(error instanceof SendError) || error.kind === 'gone' || error.kind === 'auth') {
          failure = error;
          return;
        }
        // Showing progress is a courtesy; `finish` makes the reply whole and decides whether it can be delivered.
        nextUpdateAt = performance.now() + (error.retryAfterMs ?? backoff);
        backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
      }
    }
  }

  return {
    /** The text so far, all of it. Returns at once. */
    show(text: string): void {
      if (streaming === 'none' || finishing || failure) return;
      latest = text;
      nextUpdateAt ??= performance.now() + firstUpdateAfterMs;
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },

    /** What ended the showing for good (the place is gone, the turn was lost); undefined while all is well. */
    get failed(): unknown {
      return failure;
    },

    /** Messages of the reply that the platform has taken, those of earlier attempts included. */
    get posted(): number {
      return (draft ?? options.draft)?.messages.length ?? 0;
    },

    /** Tells people that the reply comes after `waitMs`. A courtesy: what the platform refuses now is left out. */
    async announceWait(text: string, waitMs: number): Promise<void> {
      finishing = true;
      wake();
      await pumping;
      draft ??= await beginning;
      try {
        if (streaming === 'none') await sender.showWaiting?.(draft, waitMs);
        else await attempt((current) => sender.update(current, text));
      } catch (error) {
        if (!(error instanceof SendError)) throw error;
      }
    },

    /**
     * Makes the reply whole, with patience for a platform that is slow or busy. What it refuses is tried once more in a
     * plainer form; then people are told so.
     * @throws UndeliverableError when no retry helps; PlatformWaitError when the platform asks for a long wait; SendError
     * when this attempt's patience is spent
     */
    async finish(reply: Reply): Promise<void> {
      finishing = true;
      wake();
      await pumping;
      if (failure && !(failure instanceof SendError)) throw failure;
      const deadline = performance.now() + PATIENCE_MS;
      let form = reply;
      let refusal: SendError | undefined;
      for (let backoff = FIRST_BACKOFF_MS; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
        try {
          await attempt(async (current) => void (await sender.finish(current, form)));
          if (form.markdown === reply.markdown) return;
          throw new UndeliverableError(refusal as SendError, form.markdown);
        } catch (error) {
          if (!(error instanceof SendError)) throw error;
          if (PERMANENT.has(error.kind)) {
            refusal ??= error;
            const next = REFUSED.has(error.kind) && plainer(form, reply, options.refusedText(refusal.code));
            if (!next) throw new UndeliverableError(refusal, null);
            form = next;
            continue;
          }
          const wait = error.retryAfterMs ?? backoff * (0.75 + Math.random() / 2);
          if (error.retryAfterMs !== undefined && wait > MAX_WAIT_MS) {
            if (draft) await sender.showWaiting?.(draft, wait);
            throw new PlatformWaitError(wait, error);
          }
          if (error.kind === 'auth' || performance.now() + wait > deadline) throw error;
          await sleep(wait, undefined, { signal });
        }
      }
    },
  };
}

/** The next form to try: the same text without what makes it rich, then one sentence, then none. */
function plainer(form: Reply, reply: Reply, sentence: string): Reply | null {
  if (!form.plain) return { ...form, plain: true };
  if (form.markdown !== reply.markdown) return null;
  return { ...form, markdown: sentence, outcome: 'failed' };
}

/** Changes exactly when there is something new to save. */
function fingerprint(draft: Draft): string {
  return draft.messages.join(' ') + JSON.stringify(draft.state) + draft.unverified;
}
