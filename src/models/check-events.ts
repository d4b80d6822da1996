import { isError, parseObject } from './as-stream.ts';
import { toModelError } from './errors.ts';
import { ModelError } from './model.ts';

/**
 * Looks at a stream of events before the provider reads it, and passes its bytes on as they are. `workers-ai-provider` 4
 * needs this: it passes over an error inside a stream, and prints an event that it cannot parse, with the model's text
 * in it, to the console.
 * @returns a stream that fails with a `ModelError` at the first event that is an error or no JSON object
 */
export function checkEvents(host: string): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  let rest = '';
  return new TransformStream({
    transform(bytes, controller) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) checkLine(line, host);
      controller.enqueue(bytes);
    },
    flush() {
      // Half a line is a stream that was cut; the provider finds that it had no end.
      if (parseObject(rest.replace(/^data:/, ''))) checkLine(rest, host);
    },
  });
}

function checkLine(line: string, host: string): void {
  if (!line.startsWith('data:')) return;
  const data = line.slice(5).trim();
  if (data === '' || data === '[DONE]') return;
  const event = parseObject(data);
  if (!event) throw new ModelError('broken', 'MALFORMED', `${host} sent a stream that cannot be read`);
  if (isError(event)) throw toModelError(event, { host, prompt: [] });
}
