/**
 * Loaded by `node --import` before Chasqui: changes its sources as they are read, as the mutation named by
 * CHAOS_MUTATION says. The product itself knows nothing of it.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { MUTATIONS, mutate } from './list.ts';

const ROOT = new URL('../../', import.meta.url).href;
const mutation = MUTATIONS.find(({ name }) => name === process.env.CHAOS_MUTATION);
if (!mutation) throw new Error(`there is no mutation "${process.env.CHAOS_MUTATION}"`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith(ROOT) || loaded.source === undefined || loaded.source === null) return loaded;
    const file = url.slice(ROOT.length);
    if (!mutation.changes.some((change) => change.file === file)) return loaded;
    const source =
      typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
    const { source: changed, stale } = mutate(mutation, file, source);
    if (stale.length > 0)
      throw new Error(
        `${mutation.name} is stale: ${fileURLToPath(url)} does not hold exactly once: ${stale.join('; ')}`,
      );
    return { ...loaded, source: changed };
  },
});
