import { checkVariables, readEnvironment, slipsIn } from './environment.ts';
import { SECRET_VARIABLES } from './explain.ts';
import { readConfigFile } from './file.ts';
import { checkHosts, checkModels } from './model-setting.ts';
import { checkPlatforms, isConfigured } from './platforms.ts';
import { ConfigError, describeProblem, type Problem } from './problem.ts';
import { checkRoles, isPlatform, parseRoles } from './roles.ts';
import { type Config, EnvSchema, type FileConfig, ROLES, type Role } from './schema.ts';
import { checkTokens } from './tokens.ts';

export { canSend, describePlatforms, withoutPlatforms } from './platforms.ts';
export { ConfigError, describeProblem } from './problem.ts';

export interface LoadOptions {
  /** The process's environment. */
  env?: NodeJS.ProcessEnv;
  /** The YAML file; `CHASQUI_CONFIG` goes before it. */
  file?: string;
  /** The `.env` file. */
  dotenv?: string;
}

export interface LoadedConfig extends Config {
  /** Things that look like slips but stop nothing. */
  warnings: readonly string[];
}

export interface ConfigReport {
  /** What is right of it: a setting with a problem has its default here. */
  config: LoadedConfig;
  problems: readonly Problem[];
}

/**
 * Reads and checks the whole configuration: the environment, `.env` below it, and the YAML file.
 * @returns the configuration, frozen
 * @throws ConfigError that lists everything that is wrong, not only the first
 */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const { config, problems } = inspectConfig(options);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** As `loadConfig`, but goes on with what is right, for who wants to check further (the doctor). Never throws. */
export function inspectConfig(options: LoadOptions = {}): ConfigReport {
  const environment = readEnvironment(options.env ?? process.env, options.dotenv ?? '.env');
  const tokens = checkTokens(environment);
  const env = checkVariables(environment);
  const named = environment.values.CHASQUI_CONFIG;
  const file = readConfigFile(named ?? options.file ?? env.CHASQUI_CONFIG, named !== undefined);
  const hosts = checkHosts(file, environment);
  const models = checkModels(env, environment, hosts.named);
  const asked = parseRoles(env.ROLES);

  const problems = [
    ...environment.problems,
    ...tokens.problems,
    ...checkPlatforms(env, environment, {
      asked: asked && new Set(asked.known),
      told: new Set(tokens.problems.map(({ setting }) => setting)),
    }),
    ...models.problems,
    ...checkRoles(asked, env, file.config, environment),
    ...file.problems,
    ...hosts.problems,
    ...checkDigest(file.config),
  ];
  const warnings = [
    ...environment.warnings,
    ...slipsIn(environment, hosts.variables),
    ...tokens.warnings.map(describeProblem),
    ...models.warnings,
  ];
  if (asked && env.REDIS_URL === undefined && ROLES.some((role) => !asked.known.includes(role))) {
    warnings.push('ROLES is set and REDIS_URL is not: set it, so that all processes use the same Redis');
  }
  warnings.push(...file.warnings);

  // A token of the wrong form counts as unset, so that nobody goes on with it.
  for (const { setting } of tokens.problems) delete (env as Record<string, unknown>)[setting];
  const possible = ROLES.filter((role) => !isPlatform(role) || isConfigured(role, env, file.config));
  const roles: ReadonlySet<Role> = new Set(possible.filter((role) => !asked || asked.known.includes(role)));
  const secrets = [...new Set([...secretsOf(environment.values), ...Object.values(hosts.keys)])];
  const sources = { ...file.sources };
  for (const name of Object.keys(environment.values)) {
    const where = name in EnvSchema.shape ? environment.where(name) : undefined;
    if (where) sources[name] = where;
  }
  const config = deepFreeze({ ...file.config, env, roles, hostKeys: hosts.keys, secrets, warnings, sources });
  return { config, problems: unique(problems) };
}

function checkDigest({ ops }: FileConfig): Problem[] {
  if (ops.digest === 'off' || ops.digest_to) return [];
  return [
    {
      setting: 'ops.digest_to',
      wants: `is missing, for ops.digest is ${ops.digest}; wants slack:<channel id> or discord:<channel id>`,
    },
  ];
}

/** One value may break several rules of its schema; the message is the same for all of them. */
function unique(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()];
}

/** All that must never be shown: the secret variables, and the user parts of addresses, plain and as they stand there. */
function secretsOf(values: Record<string, string>): string[] {
  const secrets = SECRET_VARIABLES.map((name) => values[name]);
  for (const [name, value] of Object.entries(values)) {
    if (!name.endsWith('_URL')) continue;
    const [, written] = /^[^/]*\/\/[^/@:]*:(.*)@/.exec(value) ?? [];
    if (written) secrets.push(written, decoded(written));
  }
  // Each header by itself, as it stands there and as it is sent.
  for (const header of values.OTEL_EXPORTER_OTLP_HEADERS?.split(',') ?? []) {
    const value = header.slice(header.indexOf('=') + 1).trim();
    for (const form of [value, decoded(value)]) secrets.push(form, form.replace(/^(bearer|basic)\s+/i, ''));
  }
  return [...new Set(secrets.filter((secret) => secret !== undefined && secret !== ''))] as string[];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not percent-encoded after all.
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
