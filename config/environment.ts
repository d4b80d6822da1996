/** Reads the environment: what the process was started with, and below it the `.env` file. */
import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { settingAt, settingsOf, showVariable, wants } from './explain.ts';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import type { Problem } from './problem.ts';
import { type Env, EnvSchema } from './schema.ts';
import { closest } from './suggest.ts';

const platformPrefixes = Object.values(PLATFORM_SETTINGS).map(
  ({ variables }) => Object.keys(variables)[0]?.split('_')[0],
);
/** A variable that begins so and is near a known name is most likely a slip. Other programs' variables have the rest. */
const OUR_PREFIX = new RegExp(`^(CLOUDFLARE|OPENAI|BEDROCK|CHASQUI|OPS|${platformPrefixes.join('|')})_`);

export interface Environment {
  /** Everything that is set, trimmed; empty values count as unset. */
  values: Record<string, string>;
  /** Where a variable stands: `environment` or `.env, line 3`. */
  where(name: string): string | undefined;
  problems: Problem[];
  warnings: string[];
  /** Names that are set and may be meant for Chasqui: they stand in its \`.env\`, or begin like a variable of it. */
  maybeOurs: readonly string[];
}

/**
 * Joins the process's environment with the `.env` file. A variable that the process was started with wins, even an
 * empty one (`SLACK_BOT_TOKEN= npm start` switches Slack off for once). Writes nothing to `process.env` and prints nothing.
 */
export function readEnvironment(env: NodeJS.ProcessEnv, dotenvPath: string): Environment {
  const problems: Problem[] = [];
  const text = readDotenv(dotenvPath, problems);
  const fromFile = parse(text);
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...fromFile, ...env })) {
    const trimmed = value?.trim();
    if (trimmed) values[name] = trimmed;
  }

  function where(name: string): string | undefined {
    if (env[name] !== undefined) return 'environment';
    if (fromFile[name] === undefined) return undefined;
    const lines = text.split(/\r\n?|\n/);
    // The last one counts, as it does for dotenv.
    const line = lines.findLastIndex((candidate) => new RegExp(`^\\s*(export\\s+)?${name}\\s*[=:]`).test(candidate));
    return `${dotenvPath}, line ${line + 1}`;
  }

  const warnings = Object.keys(EnvSchema.shape)
    .filter((name) => env[name] === undefined && isCut(text, name))
    .map(
      (name) => `${name} (${where(name)}) ends before a "#", which begins a comment: put the value in quotation marks`,
    );
  const maybeOurs = Object.keys(values).filter((name) => OUR_PREFIX.test(name) || name in fromFile);
  return { values, where, problems, warnings, maybeOurs };
}

/**
 * Warnings of variables that look like slips of the pen.
 * @param others variables that the YAML file names
 */
export function slipsIn({ maybeOurs, where }: Environment, others: readonly string[]): string[] {
  const known = Object.keys(EnvSchema.shape);
  return maybeOurs.flatMap((name) => {
    const meant = known.includes(name) || others.includes(name) ? undefined : closest(name, known);
    return meant ? [`${name} (${where(name)}) is not a variable of Chasqui. Did you mean ${meant}?`] : [];
  });
}

/** dotenv takes what follows an unquoted `#` for a comment, also without a space before it: half a password is left. */
function isCut(text: string, name: string): boolean {
  const assigned = text
    .split(/\r\n?|\n/)
    .findLast((line) => new RegExp(`^\\s*(export\\s+)?${name}\\s*[=:]`).test(line));
  return /^[^=:]*[=:]\s*(#\S|[^\s"'`#][^#]*(?<!\s)#)/.test(assigned ?? '');
}

function readDotenv(path: string, problems: Problem[]): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') problems.push({ setting: path, wants: `cannot be read (${code}): it must be a text file` });
    return '';
  }
}

/** Checks each variable by itself. One that is wrong becomes a problem, and counts as unset in the result. */
export function checkVariables({ values, where, problems }: Environment): Env {
  const result = EnvSchema.safeParse(values);
  if (result.success) return result.data;
  const settings = settingsOf(EnvSchema);
  const good = { ...values };
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    const value = values[name] ?? '';
    delete good[name];
    problems.push({
      setting: name,
      where: where(name),
      got: showVariable(name, value),
      wants: `wants ${wants(settingAt(settings, [name]))}${quoted(value)}`,
    });
  }
  return EnvSchema.parse(good);
}

/** `docker run --env-file` and some service managers keep the quotation marks that a shell would take away. */
export function quoted(value: string): string {
  return /^(["']).*\1$/.test(value) ? ', without quotation marks' : '';
}
