/** Checks `MODEL` as far as the configuration can: known providers that have what they need. */
import type { Environment } from './environment.ts';
import { show } from './explain.ts';
import { type Values, type Way, whatIsMissing } from './platforms.ts';
import type { Problem } from './problem.ts';
import type { Variable } from './schema.ts';
import { didYouMean, oneOf } from './suggest.ts';

/** Providers, and the variables that each needs. */
export const PROVIDERS: Record<string, Variable[]> = {
  cloudflare: ['CLOUDFLARE_ACCOUNT_ID', 'CLOUDFLARE_API_TOKEN'],
  openai: ['OPENAI_BASE_URL'],
  offline: [],
};

const EXAMPLE = 'cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct';

/** Checks each model of the chain, and that Cloudflare's two variables come together. */
export function checkModels(values: Values, env: Environment): { problems: Problem[]; warnings: string[] } {
  const text = values.MODEL as string | undefined;
  const problems: Problem[] = [];
  const wrong = (got: string, wants: string) =>
    problems.push({ setting: 'MODEL', where: env.where('MODEL'), got: show(got), wants });
  const used = new Set<string>();

  const entries = (text ?? '').split(',').map((part) => part.trim());
  for (const entry of entries.filter(Boolean)) {
    const [, written = '', model = ''] = /^([^:/@]*):(.*)$/s.exec(entry) ?? [];
    const provider = written.toLowerCase();
    const needs = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
    if (needs === undefined) wrong(entry, unknownProvider(provider, entry));
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
      if (needs.length === 0 || needs.some((name) => values[name] === undefined)) continue;
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
  return { problems, warnings };
}

function unknownProvider(provider: string, entry: string): string {
  if (/^@(cf|hf)\//.test(entry)) return `wants the provider before it: cloudflare:${entry}`;
  if (!provider) return `wants provider:model, such as ${EXAMPLE}; providers are ${oneOf(Object.keys(PROVIDERS))}`;
  return `there is no provider "${provider}".${didYouMean(provider, Object.keys(PROVIDERS)) || ` Providers are ${oneOf(Object.keys(PROVIDERS))}`}`;
}
