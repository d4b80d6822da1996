/** What a model double says, and how it misbehaves; shared by both hosts' doubles. */

/** One call as the double saw it. */
export interface ModelCall {
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As sent, parsed. */
  body: Readonly<Record<string, unknown>>;
  model: string;
  messages: readonly { role: string; content: string }[];
  /** The content of the last message. */
  prompt: string;
  stream: boolean;
}

export interface RecordedCall extends ModelCall {
  /** Tokens written so far. */
  readonly tokensSent: number;
  /** True once the client went away before the answer was complete. */
  readonly closedEarly: boolean;
  /** Resolves when the answer is complete or the client went away. */
  readonly closed: Promise<void>;
  /** Resolves when so many tokens were written. */
  sent(tokens: number): Promise<void>;
}

export interface Script {
  /** The answer; cut into tokens at its spaces. */
  text?: string;
  /** The answer's tokens, where the cuts matter. */
  tokens?: readonly string[];
  /** Sent before the answer, in the field for reasoning. */
  reasoning?: string;
  /** Default: `stop`. */
  finish?: 'stop' | 'length' | 'content_filter';
  /** Milliseconds between tokens; default 0, which sends all of them in one write. */
  delayMs?: number;
  /** Refuses in place of answering. `body`: an object becomes JSON, a string goes out as it is. */
  error?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** Milliseconds until the status line; `Infinity`: never. */
  headersAfterMs?: number;
  /** What goes wrong, after so many tokens. */
  trouble?: { after: number; what: Trouble };
  /** Repeats its tokens until the client goes away. */
  endless?: boolean;
  /** Answers a streaming request with one JSON document, as hosts do for models that cannot stream. */
  whole?: boolean;
  /** Workers AI: its own answer shape, or OpenAI's. Default: `native`. */
  shape?: 'native' | 'openai';
  /** The body as it goes out under status 200, in place of all the above; default type: `text/event-stream`. */
  raw?: { parts: readonly (string | Uint8Array)[]; headers?: Record<string, string> };
  /** Leaves the closing `[DONE]` out. */
  noDone?: boolean;
}

export type Trouble =
  /** The socket is destroyed. */
  | 'cut'
  /** The response ends properly, but without the answer's end. */
  | 'end'
  /** Nothing more comes. */
  | 'hang'
  /** An event that is no JSON. */
  | 'malformed'
  /** An error inside the stream; the stream goes on to its `[DONE]`. */
  | { error: unknown };

export type Answer = string | Script;
export type Respond = (call: ModelCall) => Answer | Promise<Answer>;

/** @returns the pieces in which a host would send the text; joined, they are the text */
export function tokensOf(script: Script): readonly string[] {
  return script.tokens ?? script.text?.match(/\s*\S+|\s+$/g) ?? [];
}
