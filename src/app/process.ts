/** What every entry point does around its work: end with a plain message, and stop cleanly. */
import type { Logger } from '../log/logger.ts';

/** This long after the first signal the process ends, whatever still runs. */
const STOP_LIMIT_MS = 30_000;
/** At Ctrl-C the terminal and npm both send SIGINT; only a signal that comes later than this is a person's second one. */
const SAME_KEYSTROKE_MS = 1_000;

/** Runs a step of the start; what goes wrong is said in its own words, and the process ends with code 1. */
export async function exitOnProblems<T>(step: () => Promise<T> | T, cleanUp?: () => Promise<void>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    console.error(isForOperators(error) ? error.message : error);
    await cleanUp?.();
    process.exit(1);
  }
}

/** Errors whose message says what to do; a stack trace would only hide it. */
function isForOperators(error: unknown): error is Error {
  return (
    error instanceof Error &&
    (error.name.endsWith('ConfigError') || error.name === 'PrivateRedisError' || 'code' in error)
  );
}

/**
 * A promise that nobody waited for has failed: a fault of ours or of a library (whatsapp-web.js leaves some), written down
 * as one. It must not end a process in which other people's answers are being written.
 */
export function surviveStrayRejections(log: Logger): void {
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a failure that nobody handled'));
}

/** SIGTERM, SIGINT and a closed terminal stop cleanly; a second signal ends at once. */
export function stopOnSignals(log: Logger, stop: () => Promise<void>): void {
  let stoppingSince: number | undefined;
  const onSignal = async (signal: NodeJS.Signals): Promise<void> => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > SAME_KEYSTROKE_MS) process.exit(130);
      return;
    }
    stoppingSince = performance.now();
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
  process.on('SIGHUP', onSignal);
}
