/**
 * whatsapp-web.js leaves promises of its own unhandled (its navigation handler, among others), and Node ends a process
 * for that. While a browser runs, those that come out of it are logged; all others end the process as ever.
 */
import type { Logger } from '../../../src/log/logger.ts';

const OURS = /whatsapp-web\.js|puppeteer/;
/** The library rejects with these texts, without an error around them. */
const TEXTS = new Set<unknown>(['auth timeout', 'ready timeout', 'Invalid chatstate']);

/** @returns a function that takes the guard away again */
export function guardRejections(log: Logger): () => void {
  const handle = (reason: unknown): void => {
    if (isTheLibrarys(reason)) log.warn({ err: reason }, 'whatsapp-web.js left a failure unhandled');
    // Thrown here it is an uncaught exception, which is what Node makes of it without a handler.
    else throw reason;
  };
  process.on('unhandledRejection', handle);
  return () => void process.off('unhandledRejection', handle);
}

export function isTheLibrarys(reason: unknown): boolean {
  if (!(reason instanceof Error)) return TEXTS.has(reason);
  return OURS.test(reason.stack ?? '') || isTheLibrarys(reason.cause ?? null);
}
