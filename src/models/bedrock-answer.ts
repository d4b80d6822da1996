import { brokenOffByBedrock } from './bedrock-errors.ts';
import { cutError } from './errors.ts';
import { createFrameReader, type Frame } from './event-stream.ts';
import { parseJson } from './events.ts';
import { ModelError, type PromptMessage } from './model.ts';

/**
 * Checks the frames of an answer (`ConverseStream`) before a provider reads them. `@ai-sdk/amazon-bedrock` 5 needs this: it
 * passes over exceptions that it does not know (`modelTimeoutException`), over unmodeled errors and over a stream that
 * stops without its `messageStop`, so that each would be taken for a whole answer; and it waits for ever for what a page
 * that is no event stream seems to announce.
 * @param prompt what was asked, for words that repeat it; read at an error only
 * @returns a stream of whole frames, which fails with a `ModelError`
 */
export function checkedFrames(
  host: string,
  prompt: () => readonly PromptMessage[],
): TransformStream<Uint8Array, Uint8Array> {
  const reader = createFrameReader();
  let spoke = false;
  let stopped = false;

  function take({ headers, payload }: Frame): void {
    const type = headers[':message-type'];
    if (type === 'exception') {
      throw brokenOffByBedrock(headers[':exception-type'], payload.toString(), { host, prompt: prompt() });
    }
    if (type === 'error') {
      const message = JSON.stringify({ message: headers[':error-message'] ?? '' });
      throw brokenOffByBedrock(headers[':error-code'], message, { host, prompt: prompt() });
    }
    if (headers[':event-type'] === 'contentBlockDelta') spoke ||= hasText(payload);
    if (headers[':event-type'] !== 'messageStop') return;
    const { stopReason } = (parseJson(payload.toString()) ?? {}) as { stopReason?: unknown };
    if (typeof stopReason !== 'string') throw malformed(host);
    // malformed_model_output, malformed_tool_use
    if (stopReason.startsWith('malformed_')) throw cutError(host);
    // No tools were offered: what it wrote beside the call is all that there is.
    if (stopReason === 'tool_use' && !spoke)
      throw new ModelError('broken', 'TOOL_CALL', `${host} called a tool, though none was offered`);
    stopped = true;
  }

  return new TransformStream({
    transform(bytes, controller) {
      for (const frame of framesIn(reader.push, bytes, host)) {
        take(frame);
        controller.enqueue(frame.bytes);
      }
    },
    flush() {
      if (reader.open || !stopped) throw cutError(host);
    },
  });
}

function framesIn(push: (bytes: Uint8Array) => Frame[], bytes: Uint8Array, host: string): Frame[] {
  try {
    return push(bytes);
  } catch (error) {
    throw malformed(host, error);
  }
}

function malformed(host: string, cause?: unknown): ModelError {
  return new ModelError('broken', 'MALFORMED', `${host} sent a stream that cannot be read`, { cause });
}

function hasText(payload: Buffer): boolean {
  const { delta } = (parseJson(payload.toString()) ?? {}) as { delta?: { text?: unknown } };
  return typeof delta?.text === 'string' && delta.text.trim() !== '';
}
