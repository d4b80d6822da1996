/** Breaks Chasqui in known ways, one after another, and asks whether a short storm notices. */
import { fileURLToPath } from 'node:url';
import { MUTATIONS, type Mutation } from './mutations/list.ts';
import { playable } from './people/stages.ts';
import { harm } from './report.ts';
import { forgetStorm, runStorm } from './storm.ts';
import { ALL_FAULTS, type FaultKind } from './weather.ts';

const HOOK = fileURLToPath(new URL('./mutations/hook.ts', import.meta.url));
const CALM = Object.fromEntries(Object.keys(ALL_FAULTS).map((kind) => [kind, 0])) as Record<FaultKind, number>;
/** Long enough for each mutation's own weather to strike several times. */
const SHORT = { ms: 8_000, messages: 80, conversations: 20, workers: 2, together: true, quietMs: 40_000 };

/**
 * Each mutation must be noticed, and the same storm must do no harm to Chasqui as it is.
 * @param only names of mutations; empty: all
 * @returns true when all is as it should be
 */
export async function prove(seed: number, only: readonly string[], say: (line: string) => void): Promise<boolean> {
  let good = true;
  for (const mutation of MUTATIONS.filter(({ name }) => only.length === 0 || only.includes(name))) {
    const { leftOut } = await playable(mutation.platforms);
    if (leftOut.length > 0) {
      say(`not tried  ${mutation.name}: ${leftOut.join('; ')}`);
      continue;
    }
    const innocent = await storm(seed, mutation, false);
    const found = innocent.length === 0 ? await storm(seed, mutation, true) : [];
    if (found.length === 0) good = false;
    say(`${found.length > 0 ? 'noticed   ' : 'NOT PROVED'} ${mutation.name}: ${mutation.breaks}`);
    if (found.length > 0) say(`           ${found.length} × harm, e.g. ${found[0]}`);
    else
      say(`           ${innocent.length > 0 ? `harm without it as well: ${innocent[0]}` : 'the storm sees no harm'}`);
  }
  return good;
}

async function storm(seed: number, mutation: Mutation, broken: boolean): Promise<string[]> {
  const result = await runStorm({
    ...SHORT,
    seed,
    platforms: mutation.platforms,
    rates: { ...CALM, ...mutation.rates },
    ...(broken ? { nodeArgs: ['--import', HOOK], env: { CHAOS_MUTATION: mutation.name } } : {}),
    say() {},
  });
  await forgetStorm(result.folder);
  return harm(result);
}
