import type { Price } from './model.ts';

/** @returns US dollars; undefined when the price is not known */
export function costOf(
  price: Price | null | undefined,
  tokens: { inputTokens?: number; outputTokens?: number },
): number | undefined {
  if (!price) return undefined;
  const { inputTokens = 0, outputTokens = 0 } = tokens;
  return (inputTokens * price.inputUsd + outputTokens * price.outputUsd) / 1_000_000;
}
