import { pino } from 'pino';
import { createMask } from './mask.ts';

export type Logger = pino.Logger;

/** Where lines go. */
export interface LogStream {
  write(line: string): void;
  flushSync?(): void;
}

/**
 * The process's logger: JSON lines on stderr (so that stdout stays for the banner and the terminal chat).
 * Every line is masked as a whole: a secret may stand in an error's message, a header or a nested object, and pino's own
 * redaction knows only paths that are named beforehand.
 * @param secrets the configured secrets' values
 */
export function createLogger(options: { level: string; secrets?: readonly string[]; stream?: LogStream }): Logger {
  const target: LogStream = options.stream ?? pino.destination({ fd: 2, sync: false });
  const mask = createMask(options.secrets);
  const { err } = pino.stdSerializers;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err, error: err },
    },
    {
      write: (line: string) => target.write(mask(line)),
      // pino flushes after a fatal line, which may be the process's last.
      flushSync: () => target.flushSync?.(),
    } as pino.DestinationStream,
  );
}
