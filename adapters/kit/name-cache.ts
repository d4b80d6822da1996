/** Display names by id: from this process's memory, from what the processes share, else from the platform. */
import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { BoundedMap } from './bounded-map.ts';

const SHARED_FOR_S = 86_400;
const HERE_FOR_MS = 10 * 60_000;
/** After a failed look-up the platform is asked again after this; the answer does not wait for it. */
const UNKNOWN_FOR_MS = 60_000;
const MAX_HERE = 5_000;

export function createNameCache({ store, log }: { store: Store; log: Logger }) {
  const here = new BoundedMap<string, Promise<string | undefined>>({ max: MAX_HERE, keepMs: HERE_FOR_MS });

  /** Never rejects: an answer without a name is better than none. */
  async function find(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    try {
      const shared = await store.get(`name:${key}`);
      if (shared) return shared;
      const name = await ask();
      if (name) await store.set(`name:${key}`, name, SHARED_FOR_S);
      return name || undefined;
    } catch (error) {
      log.debug({ err: error }, 'could not look up a display name');
      return undefined;
    }
  }

  return {
    /**
     * @param ask the platform's call for this id; it is made at most once a day while Redis is there
     * @returns undefined when there is no name, or it cannot be had now
     */
    nameOf(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
      const known = here.get(key);
      if (known) return known;
      const name = find(key, ask);
      here.set(key, name);
      void name.then((found) => {
        if (found === undefined && here.get(key) === name) here.set(key, name, UNKNOWN_FOR_MS);
      });
      return name;
    },
  };
}
