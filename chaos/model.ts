/** The model's host: answers by script, and fails as hosts do. */

import { startOpenAiDouble } from '../test/doubles/models/openai.ts';
import type { Script } from '../test/doubles/models/script.ts';
import type { ModelDouble } from '../test/doubles/models/server.ts';
import { askedTokens, writeAnswer } from './answers.ts';
import type { Chance } from './prng.ts';
import type { Weather } from './weather.ts';

export const MODEL = 'storm';
const TOKEN_EVERY_MS = [0, 8] as const;

/** @param onAsked told for which tokens an answer is about to be written */
export function startModel(
  weather: Weather,
  chance: Chance,
  onAsked: (tokens: string[]) => Promise<void>,
): Promise<ModelDouble> {
  return startOpenAiDouble({
    models: [MODEL],
    async answer(call): Promise<Script> {
      const tokens = askedTokens(call.prompt);
      if (weather.strikes('model-busy', 'model'))
        return { error: { status: 429, body: { error: { code: 'rate_limit_exceeded', message: 'slow down' } } } };
      if (weather.strikes('model-500', 'model')) return { error: { status: 500, body: 'oops' } };
      await onAsked(tokens);
      const text = tokens.length > 0 ? writeAnswer(tokens, chance) : 'Nobody asked anything.';
      const script: Script = { text, delayMs: chance.between(...TOKEN_EVERY_MS) };
      if (weather.strikes('model-hang', 'model')) script.trouble = { after: chance.between(0, 15), what: 'hang' };
      else if (weather.strikes('model-cut', 'model'))
        script.trouble = { after: chance.between(1, 15), what: chance.pick(['cut', 'end']) };
      return script;
    },
  });
}
