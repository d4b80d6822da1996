import type { Price } from './model.ts';

interface HostPrices {
  from: string;
  /** US dollars for a million tokens: in, out. */
  models: Record<string, [number, number]>;
}

/**
 * List prices as the hosts publish them. They change: `models.prices` in the configuration goes before.
 * Workers AI: "Pricing" below developers.cloudflare.com/workers-ai/platform (the free daily allowance is not taken off).
 */
const PRICES: Record<string, HostPrices> = {
  'Cloudflare Workers AI': {
    from: "Workers AI's price list",
    models: {
      '@cf/meta/llama-4-scout-17b-16e-instruct': [0.27, 0.85],
      '@cf/meta/llama-3.3-70b-instruct-fp8-fast': [0.293, 2.253],
    },
  },
};

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

/**
 * @param host as in `aboutModel`
 * @returns what the host asks for a million tokens; nothing for a model on this machine; null when it is not known
 */
export function priceOf(host: string, model: string): Price | null {
  if (LOCAL.test(host)) return { inputUsd: 0, outputUsd: 0, from: 'it runs on this machine' };
  const prices = Object.hasOwn(PRICES, host) ? PRICES[host] : undefined;
  const name = model.toLowerCase();
  const found = prices && Object.hasOwn(prices.models, name) ? prices.models[name] : undefined;
  return prices && found ? { inputUsd: found[0], outputUsd: found[1], from: prices.from } : null;
}

/** @returns US dollars; undefined when the price is not known */
export function costOf(
  price: Price | null | undefined,
  tokens: { inputTokens?: number; outputTokens?: number },
): number | undefined {
  if (!price) return undefined;
  const { inputTokens = 0, outputTokens = 0 } = tokens;
  return (inputTokens * price.inputUsd + outputTokens * price.outputUsd) / 1_000_000;
}
