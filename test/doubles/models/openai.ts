import { messageFault, parseBody, plainMessages, usageOf } from './messages.ts';
import type { Answer, ModelCall, Respond } from './script.ts';
import { type Dialect, type ModelDouble, startModelDouble } from './server.ts';

/**
 * An OpenAI-compatible host: `GET {url}/models` and `POST {url}/chat/completions`, whole or streamed, with a usage chunk
 * only where `stream_options.include_usage` asks for it ("Chat Completions" in OpenAI's API reference).
 */
export function startOpenAiDouble(
  options: {
    apiKey?: string;
    models?: readonly string[];
    /** What stands beside each model in the list, such as vLLM's `max_model_len`. */
    listed?: Record<string, unknown>;
    /** What the server answers at addresses of its own, such as Ollama's `/api/ps`. */
    own?: Record<string, unknown>;
    answer?: Answer | Respond;
    port?: number;
  } = {},
): Promise<ModelDouble> {
  const { apiKey, models = ['llama-test'], answer = 'Hello from the double.', port, listed, own = {} } = options;
  const dialect: Dialect = {
    read(request, body) {
      const { headers, url: path = '' } = request;
      if (apiKey !== undefined && headers.authorization !== `Bearer ${apiKey}`) {
        return refusal(401, 'invalid_api_key', 'Incorrect API key provided.');
      }
      if (path === '/v1/models' && request.method === 'GET') {
        const data = models.map((id) => ({
          id,
          object: 'model',
          created: 1_700_000_000,
          owned_by: 'library',
          ...listed,
        }));
        return { status: 200, json: { object: 'list', data } };
      }
      if (Object.hasOwn(own, path)) return { status: 200, json: own[path] };
      if (path !== '/v1/chat/completions') return refusal(404, 'unknown_url', `Unknown request URL: ${path}`);
      if (request.method !== 'POST') return refusal(405, 'method_not_allowed', 'Only POST requests are accepted.');
      const input = parseBody(body);
      if (!input) return refusal(400, 'invalid_json', 'We could not parse the JSON body of your request.');
      const model = String(input.model);
      if (!models.includes(model)) return refusal(404, 'model_not_found', `The model \`${model}\` does not exist.`);
      const fault = inputFault(input);
      if (fault) return refusal(400, 'invalid_value', fault);
      const messages = plainMessages(input.messages);
      const prompt = messages.at(-1)?.content ?? '';
      return { call: { path, headers, body: input, model, messages, prompt, stream: input.stream === true } };
    },
    token: (call, _script, text) => chunk(call, { content: text }),
    reasoning: (call, _script, text) => chunk(call, { reasoning_content: text }),
    ending(call, script, tokens) {
      const last = chunk(call, {}, script.finish ?? 'stop');
      const { stream_options } = call.body as { stream_options?: { include_usage?: boolean } };
      if (!stream_options?.include_usage) return [last];
      return [last, JSON.stringify({ ...head(call, '.chunk'), choices: [], usage: usageOf(call, tokens) })];
    },
    whole: (call, script, text) => ({
      ...head(call, ''),
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: script.finish ?? 'stop' }],
      usage: usageOf(call, text.split(' ').length),
    }),
  };
  return startModelDouble(dialect, { basePath: '/v1', answer, port });
}

/** The body of a refusal as OpenAI's API words it. */
export function openAiError(code: string | null, message: string, type = 'invalid_request_error'): unknown {
  return { error: { message, type, param: null, code } };
}

function refusal(status: number, code: string, message: string) {
  return { status, json: openAiError(code, message) };
}

function inputFault(input: Record<string, unknown>): string | undefined {
  if (input.stream_options !== undefined && input.stream !== true) return "'stream_options' needs 'stream' to be true.";
  const { max_tokens: most } = input;
  if (most !== undefined && !(Number.isInteger(most) && (most as number) > 0))
    return "'max_tokens': a positive integer.";
  return messageFault(input.messages);
}

function head(call: ModelCall, suffix: string) {
  return { id: 'chatcmpl-1', object: `chat.completion${suffix}`, created: 1_700_000_000, model: call.model };
}

function chunk(call: ModelCall, delta: unknown, finish_reason: string | null = null): string {
  return JSON.stringify({ ...head(call, '.chunk'), choices: [{ index: 0, delta, finish_reason }] });
}
