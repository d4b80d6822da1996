/** `MODEL` as a list of models. */
import type { Problem } from '../../config/problem.ts';

const SUPPORTED = ['cloudflare', 'bedrock', 'openai', 'offline'] as const;
export type Provider = (typeof SUPPORTED)[number];

const EXAMPLES = '`cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct`, `openai:<model id>` or `offline:`';

export interface ModelRef {
  provider: Provider;
  /** A host of `hosts:`, whose provider is `openai`. */
  host?: string;
  /** As the host calls it; empty for `offline:`. */
  model: string;
}

/**
 * Reads `provider:model`, several separated by commas, the first being asked first.
 * @param hosts the names in `hosts:`
 * @returns the models in their order, and one problem for each part that names none
 */
export function parseModels(text: string, hosts: readonly string[] = []): { refs: ModelRef[]; problems: Problem[] } {
  const refs: ModelRef[] = [];
  const problems: Problem[] = [];
  for (const part of text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')) {
    const read = parseModel(part, hosts);
    if ('wants' in read) problems.push({ setting: 'MODEL', got: `\`${part}\``, wants: read.wants });
    else if (refs.some((ref) => nameOf(ref) === nameOf(read))) {
      problems.push({ setting: 'MODEL', got: `\`${part}\` twice`, wants: 'wants each model once' });
    } else refs.push(read);
  }
  if (refs.length === 0 && problems.length === 0) {
    problems.push({ setting: 'MODEL', wants: `wants ${EXAMPLES}` });
  }
  return { refs, problems };
}

/** `provider:model`, with the host's own name where it has one. */
export function nameOf({ provider, host, model }: ModelRef): string {
  return `${host ?? provider}:${model}`;
}

function parseModel(part: string, hosts: readonly string[]): ModelRef | { wants: string } {
  const colon = part.indexOf(':');
  const provider = part.slice(0, colon === -1 ? undefined : colon).toLowerCase();
  if (colon !== -1 && hosts.includes(provider)) {
    const model = part.slice(colon + 1).trim();
    return model === ''
      ? { wants: `wants a model's name after \`${provider}:\`` }
      : { provider: 'openai', host: provider, model };
  }
  if (colon === -1 || !isSupported(provider)) return { wants: `wants provider:model, such as ${EXAMPLES}` };
  const model = part.slice(colon + 1).trim();
  if (provider === 'offline')
    return model === '' ? { provider, model } : { wants: 'wants `offline:` with nothing after it' };
  if (model === '') return { wants: `wants a model's name after \`${provider}:\`` };
  if (provider === 'cloudflare' && !/^(@(cf|hf)|dynamic)\/./.test(model)) {
    return { wants: "wants a Workers AI model's name, which begins with `@cf/`" };
  }
  if (provider === 'bedrock' && !/^[\w.:/-]+$/.test(model)) {
    return { wants: 'wants the id of a Bedrock model or inference profile, or its ARN' };
  }
  return { provider, model };
}

function isSupported(provider: string): provider is Provider {
  return (SUPPORTED as readonly string[]).includes(provider);
}
