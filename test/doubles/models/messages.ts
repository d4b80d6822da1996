/** What both hosts' doubles read and count in a request. */
import type { ModelCall } from './script.ts';

/** @returns why the messages are none that a chat host takes, or nothing */
export function messageFault(messages: unknown): string | undefined {
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: a list that is not empty';
  for (const message of messages) {
    if (!['system', 'user', 'assistant'].includes(message?.role)) return 'messages: role system, user or assistant';
    const { content } = message;
    const parts = Array.isArray(content) && content.every((part) => part?.type === 'text');
    if (typeof content !== 'string' && !parts) return 'messages: content is a text';
  }
  return undefined;
}

/** @returns the messages with contents that came as parts joined to texts */
export function plainMessages(messages: unknown): { role: string; content: string }[] {
  return (messages as { role: string; content: string | { text: string }[] }[]).map(({ role, content }) => ({
    role,
    content: typeof content === 'string' ? content : content.map((part) => part.text).join(''),
  }));
}

/** @returns the request's JSON object, or undefined */
export function parseBody(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return value && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
  } catch {
    // Told to the caller as a refusal.
    return undefined;
  }
}

/** One token a word, as a stand-in for a tokenizer. */
export function usageOf(call: ModelCall, tokens: number) {
  const prompt_tokens = call.messages.reduce((sum, { content }) => sum + content.split(' ').length, 0);
  return { prompt_tokens, completion_tokens: tokens, total_tokens: prompt_tokens + tokens };
}
