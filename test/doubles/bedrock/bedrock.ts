import type { IncomingMessage } from 'node:http';
import { parseBody } from '../models/messages.ts';
import type { Answer, ModelCall, Respond } from '../models/script.ts';
import { type Dialect, type ModelDouble, startModelDouble } from '../models/server.ts';
import { errorFrame, eventFrame, exceptionFrame } from './frames.ts';
import { type Account, signatureFault } from './sigv4.ts';

const PATH = /^\/model\/([^/?]+)\/converse-stream$/;
const FIELDS = new Set([
  ...['messages', 'system', 'inferenceConfig', 'toolConfig', 'guardrailConfig', 'performanceConfig', 'requestMetadata'],
  ...['additionalModelRequestFields', 'additionalModelResponseFieldPaths', 'promptVariables', 'serviceTier'],
]);
const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', content_filter: 'content_filtered' };

/**
 * Amazon Bedrock's `ConverseStream` ("API reference, Amazon Bedrock Runtime"): the signature or the bearer token, the shape
 * of a request, the binary stream with exceptions in it.
 * @param options.account whose keys may ask; @param options.bearer a Bedrock API key that may
 */
export function startBedrockDouble(options: {
  account?: Account;
  bearer?: string;
  answer?: Answer | Respond;
  models?: readonly string[];
}): Promise<ModelDouble> {
  const { account, bearer, answer = 'Hello from the double.', models } = options;
  const dialect: Dialect = {
    framing: { type: 'application/vnd.amazon.eventstream', event: encode, done: [] },
    read(request, body) {
      const found = PATH.exec(request.url ?? '');
      if (!found || request.method !== 'POST') return refuse(404, 'UnknownOperationException', '');
      const [name, message] = callerFault(request, body, account, bearer) ?? [];
      if (name) return refuse(403, name, message);
      const model = decodeURIComponent(found[1] as string);
      if (models && !models.includes(model))
        return refuse(400, 'ValidationException', 'The provided model identifier is invalid.');
      const input = parseBody(body);
      const fault = input ? inputFault(input, request.headers['content-type']) : 'the body is no JSON object';
      if (!input || fault) return refuse(400, 'ValidationException', fault);
      const messages = messagesOf(input);
      const { headers, url: path = '' } = request;
      const prompt = messages.at(-1)?.content ?? '';
      return { call: { path, headers, body: input, model, messages, prompt, stream: true } };
    },
    token: (_call, _script, text) => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }),
    reasoning: (_call, _script, text) =>
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text } } }),
    ending: (call, script, tokens) => [
      event('contentBlockStop', { contentBlockIndex: 0 }),
      event('messageStop', { stopReason: STOP_REASONS[script.finish ?? 'stop'] }),
      event('metadata', { usage: usageOf(call, tokens), metrics: { latencyMs: 1 } }),
    ],
    whole() {
      throw new Error('ConverseStream never answers with a document');
    },
  };
  return startModelDouble(dialect, { basePath: '', answer });
}

/** An event as the dialect names it; Bedrock pads each, so that its length tells nothing. */
const event = (type: string, payload: object): string => JSON.stringify({ [type]: { ...payload, p: 'abcdefghij' } });

/** @param data an event, an exception by its name, `{ error: { code, message } }`, or what is no JSON */
function encode(data: string): Uint8Array {
  const value = parseBody(data);
  if (!value) return eventFrame('contentBlockDelta', data);
  const [[type, payload]] = Object.entries(value) as [[string, { code?: string; type?: string; message: string }]];
  if (type === 'error') return errorFrame(payload.code ?? payload.type ?? '', payload.message);
  return type.endsWith('Exception') ? exceptionFrame(type, payload.message) : eventFrame(type, JSON.stringify(payload));
}

function refuse(status: number, name: string, message = '') {
  const headers = { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` };
  return { status, json: { message }, headers };
}

function callerFault(
  request: IncomingMessage,
  body: string,
  account?: Account,
  bearer?: string,
): [string, string] | undefined {
  const { authorization = '' } = request.headers;
  if (authorization.startsWith('Bearer ')) {
    if (bearer && authorization === `Bearer ${bearer}`) return undefined;
    return ['AccessDeniedException', 'Authentication failed: Please make sure your API Key is valid.'];
  }
  if (account) return signatureFault(request, body, account);
  return ['UnrecognizedClientException', 'The security token included in the request is invalid.'];
}

interface Message {
  role: string;
  content: { text: string }[];
}

function inputFault(input: Record<string, unknown>, contentType: string | undefined): string | undefined {
  if (contentType !== 'application/json') return 'content-type must be application/json';
  const unknown = Object.keys(input).find((name) => !FIELDS.has(name));
  if (unknown) return `extraneous key [${unknown}] is not permitted`;
  const { messages, system = [], inferenceConfig = {} } = input;
  if (!Array.isArray(system) || !system.every(isText)) return 'The text field in the system prompt is blank.';
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: at least one';
  return messagesFault(messages) ?? configFault(inferenceConfig as Record<string, unknown>);
}

function messagesFault(messages: Message[]): string | undefined {
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') return `messages.${at + 1}.role: user or assistant`;
    if (at === 0 && role !== 'user') return 'A conversation must start with a user message. Try again with …';
    if (messages[at - 1]?.role === role) return 'A conversation must alternate between user and assistant roles.';
    if (!Array.isArray(content) || content.length === 0) return `The content field at messages.${at} is empty.`;
    if (!content.every(isText)) return `The text field in the ContentBlock object at messages.${at}.content is blank.`;
  }
  return messages.at(-1)?.role === 'user' ? undefined : 'This model does not support assistant message prefill.';
}

function configFault({ maxTokens, temperature, ...rest }: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(rest).find((name) => name !== 'topP' && name !== 'stopSequences');
  if (unknown) return `extraneous key [${unknown}] is not permitted`;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) > 0)) return 'maxTokens: from 1';
  if (temperature !== undefined && !(Number(temperature) >= 0 && Number(temperature) <= 1))
    return 'temperature: 0 to 1';
  return undefined;
}

const isText = (block: unknown): boolean => {
  const { text } = (block ?? {}) as { text?: unknown };
  return typeof text === 'string' && text.trim() !== '';
};

function messagesOf({ system = [], messages }: Record<string, unknown>): { role: string; content: string }[] {
  const first = (system as { text: string }[]).map(({ text }) => ({ role: 'system', content: text }));
  const rest = (messages as Message[]).map(({ role, content }) => ({
    role,
    content: content.map(({ text }) => text).join(''),
  }));
  return [...first, ...rest];
}

function usageOf(call: ModelCall, outputTokens: number) {
  const inputTokens = call.messages.reduce((sum, { content }) => sum + content.split(' ').length, 0);
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}
