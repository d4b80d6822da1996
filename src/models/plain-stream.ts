import { createAnswerReader } from './answer-stream.ts';
import type { Said } from './chunk.ts';

/**
 * Makes of whatever a host answered one plain stream of OpenAI's chunks for a provider to read. `workers-ai-provider` 4
 * needs this: it passes over an error inside a stream, prints an event that it cannot parse, with the model's text in it,
 * to the console, says a piece twice that comes in both of Workers AI's forms, loses tokens that are numbers, and asks a
 * second time where the answer is one JSON document.
 * @returns a stream that fails with a `ModelError` at the first event that is an error or cannot be read
 */
export function onePlainStream(host: string): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const answer = createAnswerReader(host);
  let closed = false;

  function pass(said: readonly Said[], controller: TransformStreamDefaultController<Uint8Array>): void {
    let events = said.map(asEvent).join('');
    if (answer.over && !closed) {
      closed = true;
      events += 'data: [DONE]\n\n';
    }
    if (events !== '') controller.enqueue(encoder.encode(events));
  }

  return new TransformStream({
    transform: (bytes, controller) => pass(answer.push(decoder.decode(bytes, { stream: true })), controller),
    flush(controller) {
      const said = answer.push(decoder.decode());
      pass([...said, ...answer.end()], controller);
    },
  });
}

function asEvent({ text, thinking, reason, usage }: Said): string {
  const delta = {
    ...(thinking ? { reasoning_content: '…' } : {}),
    ...(text === '' ? {} : { content: text }),
  };
  const chunk = { choices: [{ index: 0, delta, finish_reason: reason ?? null }], ...(usage ? { usage } : {}) };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
