/** What stands below an answer: who gave it, and what else people should know of it. */
import type { Persona } from '../src/persona/personas.ts';
import type { Answer } from './call.ts';

/** The persona's footer; empty: none. */
export function footerOf({ footer }: Persona, { model }: Answer): string {
  if (footer === 'none') return '';
  if (footer === 'model') return model.label;
  const built = /llama/i.test(model.licence) ? ' Built with Llama.' : '';
  return `${model.label}, hosted by ${model.host}; licence: ${model.licence}.${built}`;
}

/** Each text a line of its own, below the answer and not part of the history. */
export function noteBelow(lines: readonly string[]): { note?: string } {
  const there = lines.filter((line) => line !== '');
  return there.length > 0 ? { note: there.join('\n') } : {};
}
