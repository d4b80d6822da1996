/**
 * Where log lines go: JSON on stderr, or readable lines when a person looks at a terminal (and the formatter, a
 * development dependency, is there).
 */
export async function openLogStream(): Promise<{ write(line: string): void } | undefined> {
  if (!process.stderr.isTTY) return undefined;
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' });
  } catch {
    // A production install has no formatter; JSON is fine there.
    return undefined;
  }
}
