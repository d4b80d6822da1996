import { type Catalog, type Entry, keyOf, readCatalog } from './catalog-file.ts';
import type { Model, ModelFacts, Price } from './model.ts';

type About = Pick<Model, 'label' | 'licence' | 'contextTokens' | 'price' | 'facts'>;

export const WORKERS_AI = 'Cloudflare Workers AI';

/** Tokens that prompt and answer share where nothing better is known: what Llama 3 began with, and few hosts allow less. */
const CAUTIOUS_CONTEXT = 8_192;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

let loaded: Catalog | undefined;

/**
 * `config/models.yaml`, read once in a process.
 * @throws ConfigError when something is wrong with it
 */
export function catalog(): Catalog {
  loaded ??= readCatalog();
  return loaded;
}

/**
 * What the catalogue tells of a model, and its name where the catalogue does not.
 * @param host the host's name in the catalogue, or the host part of an OpenAI-compatible API's address
 */
export function aboutModel(host: string, model: string, known: Catalog = catalog()): About {
  const at = known.hosts.find(
    (one) => one.name === host || one.addresses.includes(hostName(host)) || (one.local && LOOPBACK.test(host)),
  );
  const entry = at?.models.get(keyOf(model, at.ignore));
  const name = model.toLowerCase();
  const licence = known.licences.get(entry?.licence ?? known.names.find(([shape]) => shape.test(name))?.[1] ?? '');
  const ends = [entry?.ends, at?.ends].filter((day) => day !== undefined).sort()[0];
  const facts: ModelFacts = {
    listed: entry !== undefined,
    contextTokens: entry?.context,
    vision: entry?.vision,
    tools: entry?.tools,
    reasoning: entry?.reasoning,
    trainsOnPrompts: at?.trains_on_prompts,
    show: licence?.show,
    multimodal: licence?.multimodal,
    ends,
    ended: entry?.ended,
  };
  return {
    label: entry?.label ?? labelOf(model),
    licence: licence?.name ?? 'unknown',
    contextTokens: entry?.context ?? CAUTIOUS_CONTEXT,
    price: at?.local ? { inputUsd: 0, outputUsd: 0, from: 'it runs on this machine' } : priceOf(entry),
    facts,
  };
}

/** Without the port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

function priceOf(entry: Entry | undefined): Price | null {
  if (!entry?.price) return null;
  const { input, output, date, source } = entry.price;
  return { inputUsd: input, outputUsd: output, from: source, date };
}

/** What nobody knows of a model, in words; of a window that its server told, nothing. */
export function unknownOf({ facts, licence, price, window }: Model): string[] {
  const parts: [string, unknown][] = [
    ['licence', licence === 'unknown' ? undefined : licence],
    ['context', facts?.contextTokens ?? window],
    ['vision', facts?.vision],
    ['tools', facts?.tools],
    ['reasoning', facts?.reasoning],
    ['price', price ?? undefined],
    ['trains on prompts', facts?.trainsOnPrompts],
  ];
  return parts.filter(([, value]) => value === undefined).map(([part]) => part);
}

/** Words of names that are written in capitals. */
const CAPITALS = /^(gpt|oss|it|glm|fp8|fp16|awq|r1|qwq|v?\d+(\.\d+)?[bek]?|[ae]\d+b|\d+x\d+b|q\d\w*)$/i;

/** "@cf/meta/llama-4-scout-17b-16e-instruct" → "Llama 4 Scout 17B 16E Instruct"; "llama3.2:3b" → "Llama 3.2 3B". */
function labelOf(model: string): string {
  const name = (model.split('/').at(-1) ?? '').replace(/\.gguf$/i, '').replace(/:latest$/, '');
  const words = name
    .replace(/^meta-(?=llama)/i, '')
    .replace(/^(llama|qwen|gemma|phi|mistral)(?=\d)/i, '$1-')
    .split(/[-_:\s]+/)
    .filter((word) => word !== '');
  return words.map(labelWord).join(' ') || model;
}

function labelWord(word: string): string {
  return CAPITALS.test(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1);
}
