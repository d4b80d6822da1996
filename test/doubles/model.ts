/** A model in this process, for tests that are about no host in particular. It answers by a function of the prompt. */
import type { Model, ModelEvent, ModelRequest } from '../../src/models/model.ts';
import { createRecord } from '../support/gate.ts';

type Script = (request: ModelRequest, call: number) => AsyncIterable<string> | Iterable<string>;

export function createTestModel(script: Script, more: Partial<Model> = {}) {
  const calls = createRecord<{ request: ModelRequest; question: string }>();
  const model: Model = {
    id: 'test:model',
    label: 'Test Model',
    host: 'this test',
    licence: 'none',
    contextTokens: 100_000,
    async *stream(request): AsyncGenerator<ModelEvent> {
      calls.add({ request, question: request.messages.at(-1)?.content ?? '' });
      for await (const text of script(request, calls.items.length)) {
        request.signal.throwIfAborted();
        yield { type: 'text', text };
      }
      yield { type: 'end', reason: 'stop', usage: { inputTokens: 10, outputTokens: 5 } };
    },
    ...more,
  };
  return { model, calls };
}

/** Resolves when the signal aborts, by rejecting with its reason: a model that says nothing more. */
export function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
