/** What one event of a host's stream says, whichever of the hosts' many forms it has. */
import { toModelError } from './errors.ts';

export interface Said {
  /** For people; empty where the event has none. */
  text: string;
  /** The event carries reasoning, which nobody is shown. */
  thinking: boolean;
  /** How the answer ended, in OpenAI's words; undefined while it goes on. */
  reason: string | undefined;
  usage: { prompt_tokens?: unknown; completion_tokens?: unknown } | undefined;
  /** A tool was called, although none was offered. */
  called: boolean;
}

type Fields = Record<string, unknown>;

/**
 * Reads the events of one answer: OpenAI's chunks, Workers AI's `response`, or a whole answer in one document.
 * Some hosts give the same piece in both forms, in one event or in two; it counts once.
 * @returns a function that throws a `ModelError` for an event that is an error
 */
export function createChunkReader(host: string): (value: unknown, data: string, name?: string) => Said {
  let last: { form: 'native' | 'choices'; text: string } | undefined;
  let spoke = false;

  return (value, data, name) => {
    const event = isFields(value) ? (isFields(value.result) ? value.result : value) : {};
    const failure = failureIn(isFields(value) ? value : {}, name);
    if (failure) throw toModelError(failure, { host, prompt: [] });
    const first = Array.isArray(event.choices) ? event.choices[0] : undefined;
    const choice: Fields = isFields(first) ? first : {};
    if (choice.error) throw toModelError({ error: choice.error }, { host, prompt: [] });
    const delta: Fields = isFields(choice.delta) ? choice.delta : wholeOf(choice, spoke);
    const numbers = holdsNumber(delta.content) || holdsNumber(event.response);
    const exact = numbers ? exactNumbers(data) : undefined;
    const inChoice = exact ? textIn(exact, 'content') : plainText(delta.content) + plainText(delta.refusal);
    const inEvent = exact ? textIn(exact, 'response') : plainText(event.response);
    const form = inChoice !== '' ? 'choices' : 'native';
    let text = inChoice || inEvent;
    if (text !== '') {
      const both = inChoice !== '' && inEvent !== '';
      if (last && !both && last.form !== form && last.text === text) {
        text = '';
        last = undefined;
      } else last = both ? undefined : { form, text };
      spoke = true;
    }
    return {
      text,
      thinking: hasThinking(delta),
      reason: reasonOf(choice.finish_reason ?? event.finish_reason ?? choice.stop_reason),
      usage: usageIn(event),
      called: hasCalls(delta.tool_calls) || hasCalls(event.tool_calls) || Boolean(delta.function_call),
    };
  };
}

/** A whole answer has `message`, and older servers `text`. A last event that repeats the whole is passed over. */
function wholeOf(choice: Fields, spoke: boolean): Fields {
  if (isFields(choice.message)) return spoke ? {} : choice.message;
  return { content: choice.text };
}

function failureIn(event: Fields, name: string | undefined): unknown {
  if (isError(event)) return event;
  const { x_groq: groq } = event;
  if (isFields(groq) && groq.error) return { error: groq.error };
  return name === 'error' ? { error: event } : undefined;
}

/** @returns whether a JSON document, or an event of a stream, is an error of Cloudflare's, OpenAI's or their like */
export function isError(value: Fields): boolean {
  const { success, error, errors, object, type } = value;
  if (success === false || error || object === 'error' || type === 'error') return true;
  return Array.isArray(errors) && errors.length > 0;
}

/** Mistral streams lists of parts, thinking among them; others send a token that is a number as a number. */
function plainText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (typeof content === 'number' || typeof content === 'boolean') return String(content);
  if (Array.isArray(content)) return content.map(plainText).join('');
  if (!isFields(content)) return '';
  if (isThought(content)) return '';
  return plainText(content.text ?? content.refusal);
}

const isThought = (part: unknown): boolean =>
  isFields(part) && typeof part.type === 'string' && /think|reason/i.test(part.type);

function hasThinking({ reasoning_content, reasoning, reasoning_details, thinking, content }: Fields): boolean {
  if (reasoning_content || reasoning || thinking) return true;
  if (Array.isArray(reasoning_details) && reasoning_details.length > 0) return true;
  return Array.isArray(content) ? content.some(isThought) : isThought(content);
}

const hasCalls = (calls: unknown): boolean => Array.isArray(calls) && calls.length > 0;

function holdsNumber(content: unknown): boolean {
  if (typeof content === 'number') return true;
  return Array.isArray(content) && content.some((part) => typeof (isFields(part) ? part.text : part) === 'number');
}

/** The same event with its numbers as they were written: "1.0" must not become "1". */
function exactNumbers(data: string): unknown {
  const asWritten = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? (context?.source ?? value) : value;
  return JSON.parse(data, asWritten as (key: string, value: unknown) => unknown);
}

function textIn(value: unknown, where: 'content' | 'response'): string {
  const document = isFields(value) ? value : {};
  const event = isFields(document.result) ? document.result : document;
  if (where === 'response') return plainText(event.response);
  const [choice] = (Array.isArray(event.choices) ? event.choices : []) as Fields[];
  const delta = choice?.delta ?? choice?.message;
  return isFields(delta) ? plainText(delta.content) : '';
}

function usageIn(event: Fields): Said['usage'] {
  const { usage, x_groq: groq } = event;
  const found = isFields(usage) ? usage : isFields(groq) && isFields(groq.usage) ? groq.usage : undefined;
  if (!found) return undefined;
  return {
    prompt_tokens: found.prompt_tokens ?? found.input_tokens,
    completion_tokens: found.completion_tokens ?? found.output_tokens,
  };
}

const CUT = /^(length|max_?(output_|new_|completion_)?tokens|model_length|token_limit|model_context_window_exceeded)$/;
const FILTERED = /filter|safety|guardrail|moderat|prohibited|blocklist|sensitive|recitation|^spii$|^refusal$/;
const FAILED = /error|fail|abort|cancel|interrupt|time_?d?_?out|unavailable|overload|insufficient|malformed|disconnect/;

/** Hosts write the reason in their own words and case; what is not known is an end like any other. */
function reasonOf(reason: unknown): string | undefined {
  if (typeof reason !== 'string') return undefined;
  const word = reason.trim().toLowerCase().replaceAll('-', '_');
  if (word === '' || word === 'null' || word === 'none') return undefined;
  if (CUT.test(word)) return 'length';
  if (FILTERED.test(word)) return 'content_filter';
  if (FAILED.test(word)) return 'error';
  return /^(tool_calls?|function_call)$/.test(word) ? 'tool_calls' : 'stop';
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
