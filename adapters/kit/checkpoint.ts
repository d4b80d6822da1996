/**
 * From where a catch-up begins, saved for the next start. Several processes share it: whoever saves reads what the others
 * saved first, and joins it with what this process knows.
 */
import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';

const KEPT_FOR_S = 30 * 86_400;

/** What was saved last; null: nothing ever. @throws Redis's errors */
export async function readCheckpoint<S>(store: Store, key: string): Promise<S | null> {
  const text = await store.get(key);
  return text === null ? null : (JSON.parse(text) as S);
}

/** @param deps.merge joins what is saved with what this process knows; undefined: there is nothing to save yet */
export function createSavedCheckpoint<S>(deps: { store: Store; merge(saved: S | null): S | undefined; log: Logger }) {
  const { store, log } = deps;
  let key: string | undefined;
  let interval: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let saving: Promise<void> = Promise.resolve();

  async function write(name: string): Promise<void> {
    clearTimeout(soon);
    soon = undefined;
    const next = deps.merge(await readCheckpoint<S>(store, name));
    if (next !== undefined) await store.set(name, JSON.stringify(next), KEPT_FOR_S);
  }

  /** One after another. @throws Redis's errors */
  function save(name = key): Promise<void> {
    if (name === undefined) return saving;
    const writing = saving.then(() => write(name));
    saving = writing.catch(() => {}); // The caller handles it.
    return writing;
  }

  /** A checkpoint that is a little old costs a few more calls at the next start, nothing else. */
  function saveQuietly(): Promise<void> {
    return save().catch((error) => log.debug({ err: error }, 'the place to catch up from is not saved'));
  }

  return {
    read: (name: string): Promise<S | null> => readCheckpoint<S>(store, name),
    save,

    /** From now on news are saved under this key, and all of it every so often where `everyMs` is given. */
    open(name: string, everyMs?: number): void {
      key = name;
      if (everyMs !== undefined) interval ??= setInterval(() => void saveQuietly(), everyMs).unref();
    },

    /** News are saved within this time, and not one by one. */
    saveWithin(ms: number): void {
      if (key !== undefined) soon ??= setTimeout(() => void saveQuietly(), ms).unref();
    },

    /** Saves a last time. */
    async close(): Promise<void> {
      clearInterval(interval);
      await saveQuietly();
      clearTimeout(soon);
      key = interval = soon = undefined;
    },
  };
}
