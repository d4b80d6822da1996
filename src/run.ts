/** What every entry point does around its work: end with a plain message, and stop cleanly. */
import type { Logger } from './log/logger.ts';

/** A second signal, or this long after the first, ends the process whatever still runs. */
const STOP_LIMIT_MS = 30_000;

/** Runs a step of the start; what goes wrong is said in its own words, and the process ends with code 1. */
export async function exitOnProblems<T>(step: () => Promise<T> | T, cleanUp?: () => Promise<void>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const known = error instanceof Error && (error.name === 'ConfigError' || 'code' in error);
    console.error(known ? error.message : error);
    await cleanUp?.();
    process.exit(1);
  }
}

/** SIGTERM and SIGINT stop cleanly, once; a second one ends at once. */
export function stopOnSignals(log: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) process.exit(130);
    stopping = true;
    log.info({ signal }, 'stopping: nothing new is taken, running answers are finished or handed over');
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    try {
      await stop();
      log.info('stopped');
      process.exit(0);
    } catch (error) {
      log.fatal({ err: error }, 'stopping went wrong');
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
