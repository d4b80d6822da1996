import type { Tone } from '../../components/words.tsx';

/** Outcomes that nobody thought of yet look as if something was wrong. */
export function outcomeTone(outcome: string): Tone {
  if (outcome === 'answered') return 'good';
  return outcome === 'stopped' ? 'calm' : 'red';
}
