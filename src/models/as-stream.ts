import { toModelError } from './errors.ts';

/**
 * Makes a stream of what a host answered with one JSON document although a stream was asked for: a whole answer from
 * a model that cannot stream, or an error under status 200 (llama.cpp sent those).
 * @param find gives the answer out of the document, as the host wraps it
 * @returns the response as it is where it is a stream, a refusal, or a document without an answer
 * @throws ModelError for an error under status 200
 */
export async function asStream(
  response: Response,
  host: string,
  find: (document: Record<string, unknown>) => unknown,
): Promise<Response> {
  const { status, headers } = response;
  if (!response.ok || !headers.get('content-type')?.includes('json')) return response;
  const text = await response.text();
  const document = parseObject(text);
  if (document && isError(document)) throw toModelError(document, { host, prompt: [] });
  const event = document && asEvent(find(document));
  if (!event) return new Response(text, { status, headers });
  return new Response(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`, {
    headers: { 'content-type': 'text/event-stream' },
  });
}

/** Workers AI's own shape is the same whole and streamed; OpenAI's has `message` in place of `delta`. */
function asEvent(answer: unknown): unknown {
  const { response, choices } = (answer ?? {}) as {
    response?: unknown;
    choices?: { message?: { content?: unknown } }[];
  };
  if (typeof response === 'string' && response !== '') return answer;
  const choice = choices?.[0];
  if (typeof choice?.message?.content !== 'string' || choice.message.content === '') return undefined;
  return { ...(answer as object), choices: [{ ...choice, delta: choice.message }] };
}

/** @returns whether a JSON document, or an event of a stream, is an error of Cloudflare's, OpenAI's or their like */
export function isError(value: Record<string, unknown>): boolean {
  const { success, error, errors } = value;
  return success === false || Boolean(error) || (Array.isArray(errors) && errors.length > 0);
}

/** @returns the text's JSON object, or undefined if it is none */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Told to the caller by the missing value.
    return undefined;
  }
}
