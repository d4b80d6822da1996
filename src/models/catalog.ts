import type { Model } from './model.ts';
import { priceOf } from './prices.ts';

type About = Pick<Model, 'label' | 'licence' | 'contextTokens' | 'price'>;

export const WORKERS_AI = 'Cloudflare Workers AI';

/** Tokens that prompt and answer share where nothing better is known: what Llama 3 began with, and few hosts allow less. */
const CAUTIOUS_CONTEXT = 8_192;

/**
 * Context windows in tokens as each host gives them, often less than what the weights can do. Workers AI: each model's
 * page, "Model info", below developers.cloudflare.com/workers-ai/models.
 */
const CONTEXT: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map([
  [
    WORKERS_AI,
    new Map([
      ['@cf/meta/llama-4-scout-17b-16e-instruct', 131_000],
      ['@cf/meta/llama-3.3-70b-instruct-fp8-fast', 24_000],
    ]),
  ],
]);

/** Licence of the weights by what a name holds, from the model cards on Hugging Face; the first that fits counts. */
const LICENCES: [RegExp, string][] = [
  [/deepseek-?r1.*llama-?(70b|8b)/, 'MIT and Llama 3 Community License'],
  [/deepseek-?(r1|v3)/, 'MIT'],
  [/llama-?4/, 'Llama 4 Community License'],
  [/llama-?3[.-]?3/, 'Llama 3.3 Community License'],
  [/llama-?3[.-]?2/, 'Llama 3.2 Community License'],
  [/llama-?3[.-]?1/, 'Llama 3.1 Community License'],
  [/llama-?3/, 'Llama 3 Community License'],
  [/llama-?2/, 'Llama 2 Community License'],
  [/gpt-oss/, 'Apache-2.0'],
  [/^mistral(:|$)|mistral-7b|mistral-nemo|mistral-small-?(3|24b)|mixtral-8x/, 'Apache-2.0'],
  [/qwen-?2\.5.*\b3b/, 'Qwen Research License'],
  [/qwen-?2\.5.*\b72b/, 'Qwen License'],
  [/qwen-?(2\.5|3)|qwq/, 'Apache-2.0'],
  [/gemma-?4/, 'Apache-2.0'],
  [/gemma/, 'Gemma Terms of Use'],
  [/phi-?[34]/, 'MIT'],
];

/**
 * What a model's name tells about it.
 * @param host `WORKERS_AI`, or the host of an OpenAI-compatible API
 */
export function aboutModel(host: string, model: string): About {
  const name = model.toLowerCase();
  return {
    label: labelOf(model),
    licence: LICENCES.find(([shape]) => shape.test(name))?.[1] ?? 'unknown',
    contextTokens: CONTEXT.get(host)?.get(name) ?? CAUTIOUS_CONTEXT,
    price: priceOf(host, model),
  };
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
