import type { Model, ModelEvent, ModelRequest } from '../../src/models/model.ts';

export type Script = (asked: string, request: ModelRequest) => Iterable<string> | AsyncIterable<string>;

export interface ScriptedModel extends Model {
  /** From now on, what is answered; piece by piece as the script yields. */
  says(script: Script | string): void;
}

/** A model whose words the test writes. */
export function scriptedModel(): ScriptedModel {
  let script: Script = () => ['Hello.'];
  return {
    id: 'test:llama',
    label: 'Test Llama',
    host: 'this test',
    licence: 'Test License',
    contextTokens: 100_000,
    says(next) {
      script = typeof next === 'string' ? () => [next] : next;
    },
    async *stream(request): AsyncIterable<ModelEvent> {
      const asked = request.messages.findLast((message) => message.role === 'user')?.content ?? '';
      for await (const text of script(asked, request)) {
        request.signal.throwIfAborted();
        yield { type: 'text', text };
      }
      yield { type: 'end', reason: 'stop', usage: { inputTokens: undefined, outputTokens: undefined } };
    },
  };
}

/** An answer that waits between its two parts until the test lets it go on, or someone stops it. */
export function paused(first: string, rest: string): { script: Script; goOn(): void } {
  const gate = Promise.withResolvers<void>();
  return {
    goOn: gate.resolve,
    async *script(_asked, { signal }) {
      yield first;
      const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.race([gate.promise, stopped]);
      yield rest;
    },
  };
}
