/** How a model's window is shared between the prompt and its answer. */
import { type Model, ModelError, type PromptMessage } from '../models/model.ts';
import { estimateTokens } from './prompt.ts';

/** Tokens are estimated; a server that cuts without a word gets a tenth less. */
const SAFE_PART = 0.9;
/** An answer of fewer tokens is not worth asking for. */
const LEAST_ANSWER = 256;

/** Tokens that prompt and answer may take together, and those of them that are kept free for the answer. */
export function budgetOf(model: Model, mostAnswer: number): { context: number; answer: number } {
  const context = model.window ? Math.floor(model.contextTokens * SAFE_PART) : model.contextTokens;
  return { context, answer: Math.min(mostAnswer, Math.floor(context / 2)) };
}

/**
 * The most tokens to ask an answer of, so that it fits beside this prompt.
 * @throws ModelError `too-long` where no answer would fit
 */
export function answerTokens(model: Model, prompt: readonly PromptMessage[], mostAnswer: number): number {
  if (!model.window) return mostAnswer;
  const asked = prompt.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  const room = budgetOf(model, mostAnswer).context - asked;
  if (room >= Math.min(LEAST_ANSWER, mostAnswer)) return Math.min(mostAnswer, room);
  const message = `a prompt of about ${asked} tokens leaves no room for an answer in a window of ${model.contextTokens}`;
  throw new ModelError('too-long', 'WINDOW', message);
}
