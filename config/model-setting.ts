/** Checks `MODEL` as far as the configuration can: known providers that have what they need. */
import type { Environment } from './environment.ts';
import { show } from './explain.ts';
import type { FileResult } from './file.ts';
import { type Values, type Way, whatIsMissing } from './platforms.ts';
import type { Problem } from './problem.ts';
import type { Variable } from './schema.ts';
import { didYouMean, oneOf } from './suggest.ts';

/** Providers, and the variables that each needs. */
export const PROVIDERS: Record<string, Variable[]> = {
  cloudflare: ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_API_TOKEN'],
  bedrock: ['AWS_REGION'],
  openai: ['OPENAI_BASE_URL'],
  offline: [],
};

const EXAMPLE = 'cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct';

/** What `hosts:` says, and the keys that it names. */
export interface Hosts {
  /** All that stand there, also those with something wrong about them. */
  named: readonly string[];
  /** By the host's name. */
  keys: Record<string, string>;
  /** The variables that hold them. */
  variables: readonly string[];
  problems: Problem[];
}

/** Checks the names of `hosts:`, and that the variables they name are set. */
export function checkHosts({ config, problems: found, sources }: FileResult, env: Environment): Hosts {
  const wrong = found.flatMap(({ setting }) => /^hosts\.([^.]+)/.exec(setting)?.[1] ?? []);
  const hosts: Hosts = { named: [...Object.keys(config.hosts), ...wrong], keys: {}, variables: [], problems: [] };
  hosts.variables = Object.values(config.hosts).flatMap(({ key_env }) => key_env ?? []);
  for (const [name, { key_env }] of Object.entries(config.hosts)) {
    const setting = `hosts.${name}`;
    const where = sources[setting];
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
      const wants = 'wants a name of up to 31 of the characters a to z, 0 to 9 and -, the first a letter';
      hosts.problems.push({ setting, where, got: show(name), wants });
    } else if (Object.hasOwn(PROVIDERS, name)) {
      hosts.problems.push({ setting, where, wants: `${name} is the name of a provider: give the host another` });
    }
    if (key_env === undefined) continue;
    const key = env.values[key_env];
    if (key !== undefined) hosts.keys[name] = key;
    else {
      const wants =
        "which is not set: put the host's key there, in .env or the environment, or take key_env away if it needs none";
      hosts.problems.push({ setting: `${setting}.key_env`, where, got: show(key_env), wants });
    }
  }
  return hosts;
}

/**
 * Checks each model of the chain, and that Cloudflare's two variables come together.
 * @param hosts the names that stand in `hosts:`
 */
export function checkModels(
  values: Values,
  env: Environment,
  hosts: readonly string[],
): { problems: Problem[]; warnings: string[] } {
  const text = values.MODEL as string | undefined;
  const problems: Problem[] = [];
  const wrong = (got: string, wants: string) =>
    problems.push({ setting: 'MODEL', where: env.where('MODEL'), got: show(got), wants });
  const used = new Set<string>();

  const entries = (text ?? '').split(',').map((part) => part.trim());
  for (const entry of entries.filter(Boolean)) {
    const [, written = '', model = ''] = /^([^:/@]*):(.*)$/s.exec(entry) ?? [];
    const provider = written.toLowerCase();
    const needs = hosts.includes(provider) ? [] : Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
    if (needs === undefined) wrong(entry, unknownProvider(provider, entry, [...Object.keys(PROVIDERS), ...hosts]));
    else if (model.trim() === '' && provider !== 'offline') wrong(entry, `wants a model's name after "${provider}:"`);
    else {
      const missing = needs.filter((name) => values[name] === undefined && env.values[name] === undefined);
      if (missing.length > 0)
        wrong(entry, `also needs ${oneOf(missing, 'and')}, which ${missing.length > 1 ? 'are' : 'is'} not set`);
      used.add(provider);
    }
  }

  const warnings: string[] = [];
  if (entries.every((entry) => entry === '')) {
    for (const [provider, needs] of Object.entries(PROVIDERS)) {
      // Other tools set AWS_REGION too.
      if (needs.length === 0 || provider === 'bedrock' || needs.some((name) => values[name] === undefined)) continue;
      warnings.push(`${oneOf(needs, 'and')} set, but MODEL is not: set MODEL=${provider}:… to use ${provider}`);
    }
  }
  const cloudflare: Way[] = [{ name: 'Workers AI', variables: PROVIDERS.cloudflare as Variable[] }];
  const missing = used.has('cloudflare') ? null : whatIsMissing(cloudflare, values);
  if (missing) {
    const [has] = missing.has as [Variable];
    const wants = `is set, but Cloudflare Workers AI also needs ${missing.needs}`;
    // Other tools use these variables too; they stop us only if they could be meant for us.
    if (text === undefined && has === 'CLOUDFLARE_ACCOUNT_ID')
      problems.push({ setting: has, where: env.where(has), wants });
    else warnings.push(`${has} (${env.where(has)}) ${wants}`);
  }
  if (used.has('bedrock')) {
    const aws = checkAws(values, env);
    problems.push(...aws.problems);
    warnings.push(...aws.warnings);
  }
  return { problems, warnings };
}

/** What Bedrock's variables say; whether AWS's own chain finds credentials is seen at the first call, and by the doctor. */
function checkAws(values: Values, env: Environment): { problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const region = values.AWS_REGION as string | undefined;
  if (region !== undefined && !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region)) {
    const wants = 'wants an AWS region, such as us-east-1';
    problems.push({ setting: 'AWS_REGION', where: env.where('AWS_REGION'), got: show(region), wants });
  }
  const keys: Variable[] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const [has] = keys.filter((name) => values[name] !== undefined);
  const [lacks] = keys.filter((name) => values[name] === undefined);
  const profile = values.AWS_PROFILE !== undefined;
  const bearer = values.AWS_BEARER_TOKEN_BEDROCK !== undefined;
  if (has && lacks && !profile && !bearer)
    problems.push({ setting: has, where: env.where(has), wants: `is set, but ${lacks} is not: they belong together` });
  const warnings = [];
  if (bearer && (has || profile))
    warnings.push('AWS_BEARER_TOKEN_BEDROCK goes before AWS keys and AWS_PROFILE: Bedrock is asked with it');
  else if (profile && has)
    warnings.push('AWS_PROFILE goes before AWS_ACCESS_KEY_ID: Bedrock is asked with the profile');
  return { problems, warnings };
}

function unknownProvider(provider: string, entry: string, known: readonly string[]): string {
  if (/^@(cf|hf)\//.test(entry)) return `wants the provider before it: cloudflare:${entry}`;
  if (!provider) return `wants provider:model, such as ${EXAMPLE}; providers are ${oneOf(known)}`;
  return `there is no provider "${provider}".${didYouMean(provider, known) || ` Providers are ${oneOf(known)}; others can be named in hosts:`}`;
}
