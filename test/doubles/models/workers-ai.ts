import { messageFault, parseBody, plainMessages, usageOf } from './messages.ts';
import type { Answer, Respond } from './script.ts';
import { type Dialect, type ModelDouble, startModelDouble } from './server.ts';

const PATH = /^\/client\/v4\/accounts\/([^/]+)\/ai\/run\/(@(?:cf|hf)\/[^?]+)$/;
const INPUTS = new Set([
  ...['messages', 'stream', 'max_tokens', 'temperature', 'top_p', 'seed', 'tools', 'tool_choice'],
  ...['response_format', 'reasoning_effort', 'chat_template_kwargs'],
]);

/**
 * Cloudflare's Workers AI as its REST API shows it: `POST {url}/accounts/:id/ai/run/:model`, the envelope with `errors`,
 * and both answer shapes as a stream or whole ("Execute AI model" and "Workers AI errors" in Cloudflare's docs).
 */
export function startWorkersAiDouble(
  options: {
    accountId?: string;
    token?: string;
    answer?: Answer | Respond;
    models?: readonly string[];
    port?: number;
  } = {},
): Promise<ModelDouble> {
  const { accountId = 'test-account', token = 'test-token', answer = 'Hello from the double.', models, port } = options;
  const dialect: Dialect = {
    read(request, body) {
      const found = PATH.exec(request.url ?? '');
      if (!found) return envelopeError(404, 7000, 'No route for that URI');
      if (request.method !== 'POST') return envelopeError(405, 7001, 'Method not allowed');
      if (request.headers.authorization !== `Bearer ${token}`) return envelopeError(401, 10000, 'Authentication error');
      const [, account, model] = found as unknown as [string, string, string];
      if (account !== accountId) return envelopeError(403, 10000, 'Authentication error');
      if (models && !models.includes(model)) return envelopeError(400, 5007, `No such model ${model} or task`);
      const inputs = parseBody(body);
      const fault = inputs ? inputFault(inputs, request.headers['content-type']) : 'the body is no JSON object';
      if (!inputs || fault) return envelopeError(400, 5006, `AiError: Bad input: Error: ${fault}`);
      const messages = plainMessages(inputs.messages);
      const { headers, url: path = '' } = request;
      const prompt = messages.at(-1)?.content ?? '';
      return { call: { path, headers, body: inputs, model, messages, prompt, stream: inputs.stream === true } };
    },
    token: (_call, script, text) =>
      script.shape === 'openai'
        ? JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })
        : JSON.stringify({ response: text, p: 'abdef' }),
    reasoning: (_call, _script, text) =>
      JSON.stringify({ choices: [{ index: 0, delta: { reasoning_content: text }, finish_reason: null }] }),
    ending(call, script, tokens) {
      const usage = usageOf(call, tokens);
      const finish_reason = script.finish ?? 'stop';
      if (script.shape === 'openai') {
        return [
          JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason }] }),
          JSON.stringify({ choices: [], usage }),
        ];
      }
      return [JSON.stringify({ response: '', ...(script.finish ? { finish_reason } : {}), usage })];
    },
    whole(call, script, text) {
      const usage = usageOf(call, text.split(' ').length);
      const choice = {
        index: 0,
        message: { role: 'assistant', content: text },
        finish_reason: script.finish ?? 'stop',
      };
      const result =
        script.shape === 'openai' ? { choices: [choice], usage } : { response: text, tool_calls: [], usage };
      return { result, success: true, errors: [], messages: [] };
    },
  };
  return startModelDouble(dialect, { basePath: '/client/v4', answer, port });
}

/** The body of a refusal as Cloudflare's API words it. */
export function cloudflareErrors(code: number, message: string): unknown {
  return { result: null, success: false, errors: [{ code, message }], messages: [] };
}

function envelopeError(status: number, code: number, message: string) {
  return { status, json: cloudflareErrors(code, message) };
}

function inputFault(inputs: Record<string, unknown>, contentType: string | undefined): string | undefined {
  if (contentType !== 'application/json') return 'content-type must be application/json';
  const unknown = Object.keys(inputs).find((name) => !INPUTS.has(name));
  if (unknown) return `unknown input ${unknown}`;
  const { max_tokens: most } = inputs;
  if (most !== undefined && !(Number.isInteger(most) && (most as number) > 0)) return 'max_tokens: a positive integer';
  return messageFault(inputs.messages);
}
