import type { Model, ModelEvent, ModelRequest } from './model.ts';

const MOST_ECHOED = 120;

/**
 * The stand-in for when no model is set: it needs no network, says in every reply what it is and how to set a model,
 * and repeats the beginning of what it was asked, so that one sees the path work.
 */
export function createOfflineModel(): Model {
  return {
    id: 'offline:',
    label: 'Offline stand-in',
    host: 'this process',
    licence: 'none',
    contextTokens: 8_192,
    price: { inputUsd: 0, outputUsd: 0, from: 'it is no model' },
    async *stream({ messages, signal }: ModelRequest): AsyncIterable<ModelEvent> {
      const asked = messages.findLast((message) => message.role === 'user')?.content ?? '';
      const words = reply(asked).match(/\s*\S+/g) ?? [];
      for (const text of words) {
        signal.throwIfAborted();
        yield { type: 'text', text };
      }
      yield { type: 'end', reason: 'stop', usage: { inputTokens: undefined, outputTokens: undefined } };
    },
  };
}

function reply(asked: string): string {
  const said = echo(asked);
  return [
    `I am only a stand-in: no model is configured, so I cannot really answer.${said ? ` You wrote: “${said}”` : ''}`,
    'To get answers, whoever runs me sets `MODEL=` in `.env`, for example `MODEL=cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct`, or starts a local model such as Ollama (`ollama run llama3.2`), and restarts me.',
  ].join('\n\n');
}

/** One line without markup, so that nothing in it can format the reply. */
function echo(asked: string): string {
  const line = asked
    .replace(/[`*_~#>|[\]<>]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST_ECHOED ? `${line.slice(0, MOST_ECHOED).toWellFormed()}…` : line;
}
