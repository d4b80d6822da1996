/**
 * fast-check with one seed, so that a run says the same everywhere: what a new seed finds is a fault to mend, and no
 * reason for somebody else's change to fail. `FUZZ_SEED=random` looks for it, `FUZZ_SEED=<number>` repeats it.
 */
import fc from 'fast-check';

const { FUZZ_SEED = '20261125' } = process.env;
if (FUZZ_SEED !== 'random') fc.configureGlobal({ seed: Number(FUZZ_SEED) });

export default fc;
