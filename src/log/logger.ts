import { pino } from 'pino';

export type Logger = pino.Logger;

/** Field names whose values never reach a log, wherever they stand in a logged object up to three levels down. */
const SECRET_FIELDS = [
  'token',
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'secret',
  'apiKey',
  'accessToken',
  'botToken',
  'appToken',
  'signingSecret',
];

/** What secrets look like inside a text: Slack tokens, bearer headers, AWS keys, passwords in URLs. */
const SECRET_SHAPES: [RegExp, string][] = [
  [/xox[a-z]-[\w-]+|xapp-[\w-]+|xoxe\.[\w.-]+/g, '[secret]'],
  [/(bearer\s+)[\w.~+/=-]+/gi, '$1[secret]'],
  [/(:\/\/[^\s:/@]*:)[^\s@/]+@/g, '$1[secret]@'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, '[secret]'],
  [/([?&](?:token|ticket|key|secret)=)[^&\s"]+/gi, '$1[secret]'],
];

/** Masks everything in a text that looks like a secret, and the given values whatever they look like. */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  let out = text;
  for (const value of known) if (value.length >= 6) out = out.replaceAll(value, '[secret]');
  for (const [shape, replacement] of SECRET_SHAPES) out = out.replace(shape, replacement);
  return out;
}

/**
 * The process's logger: JSON lines on stderr (so that stdout stays for the banner and the terminal chat).
 * Every line passes `maskSecrets`, so a secret inside an error's message is masked as well.
 * @param secrets the configured secrets' values
 */
export function createLogger(options: {
  level: string;
  secrets?: readonly string[];
  stream?: { write(line: string): void };
}): Logger {
  const target = options.stream ?? pino.destination({ fd: 2, sync: false });
  const known = options.secrets ?? [];
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths, censor: '[secret]' },
      serializers: { err: pino.stdSerializers.err },
    },
    { write: (line: string) => target.write(maskSecrets(line, known)) },
  );
}
