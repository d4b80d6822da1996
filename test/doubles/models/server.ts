import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type ModelCall, type RecordedCall, type Respond, type Script, tokensOf } from './script.ts';

/** How one kind of host writes its answers. */
export interface Dialect {
  /** Answers everything but a model call itself, or tells what the call is; it refuses what the real host refuses. */
  read(request: IncomingMessage, body: string): { call: ModelCall } | Refusal;
  /** How its events go out; default: server-sent events with `[DONE]` at the end. */
  framing?: Framing;
  token(call: ModelCall, script: Script, text: string): string;
  reasoning(call: ModelCall, script: Script, text: string): string;
  /** The events that close a stream, without `[DONE]`. */
  ending(call: ModelCall, script: Script, tokens: number): string[];
  whole(call: ModelCall, script: Script, text: string): unknown;
}

interface Refusal {
  status: number;
  json: unknown;
  headers?: Record<string, string>;
}

interface Framing {
  /** The body's media type. */
  type: string;
  event(data: string): string | Uint8Array;
  /** Events after the last one. */
  done: readonly string[];
}

const SERVER_SENT: Framing = { type: 'text/event-stream', event: (data) => `data: ${data}\n\n`, done: ['[DONE]'] };

export interface ModelDouble {
  /** For `CLOUDFLARE_API_URL`, `OPENAI_BASE_URL` or `BEDROCK_URL`. */
  url: string;
  port: number;
  /** Every call that was let in, oldest first. */
  calls: readonly RecordedCall[];
  /** From now on, what is answered. */
  answer(next: Answer | Respond): void;
  /** Streams stop after so many tokens (default 0, before the first) until `release()`. */
  hold(afterTokens?: number): void;
  release(): void;
  /** Resolves with the n-th call (from 1) when it arrives. */
  waitForCall(nth?: number): Promise<RecordedCall>;
  close(): Promise<void>;
}

interface Gate {
  after: number;
  opened: Promise<void>;
  open(): void;
}

/** Starts a host on a free loopback port. Cheap: an answer without delay is one write of bytes encoded once. */
export async function startModelDouble(
  dialect: Dialect,
  options: { basePath: string; answer: Answer | Respond; port?: number },
): Promise<ModelDouble> {
  let respond = toRespond(options.answer);
  let gate: Gate | undefined;
  const { framing = SERVER_SENT } = dialect;
  const event = (data: string) => Buffer.from(framing.event(data));
  const calls: RecordedCall[] = [];
  let waiting: { nth: number; resolve(call: RecordedCall): void }[] = [];
  const encoded = new Map<string, Buffer>();

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      handle(request, response, Buffer.concat(parts).toString()).catch((error) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    });
  });
  server.keepAliveTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse, body: string): Promise<void> {
    const read = dialect.read(request, body);
    if (!('call' in read)) return sendJson(response, read.status, read.json, read.headers);
    const record = recordCall(read.call, response);
    calls.push(record);
    waiting = waiting.filter((waiter) => {
      if (calls.length < waiter.nth) return true;
      waiter.resolve(calls[waiter.nth - 1] as RecordedCall);
      return false;
    });
    const answer = await respond(read.call);
    await play(response, record, typeof answer === 'string' ? { text: answer } : answer);
  }

  async function play(response: ServerResponse, record: MutableCall, script: Script): Promise<void> {
    if (script.headersAfterMs) {
      const wait = script.headersAfterMs === Number.POSITIVE_INFINITY ? record.closed : sleep(script.headersAfterMs);
      await Promise.race([wait, record.closed]);
      if (response.destroyed) return;
    }
    if (script.error) {
      return sendJson(response, script.error.status, script.error.body ?? '', script.error.headers);
    }
    if (script.raw) {
      response.writeHead(200, { 'content-type': framing.type, ...script.raw.headers });
      for (const part of script.raw.parts) {
        response.write(part);
        // Each in a packet of its own.
        await new Promise(setImmediate);
      }
      response.end();
      return;
    }
    if (!record.stream || script.whole) {
      const text = tokensOf(script).join('');
      return sendJson(response, 200, dialect.whole(record, script, text));
    }
    response.writeHead(200, { 'content-type': framing.type });
    const plain = !script.delayMs && !script.trouble && !script.endless && !gate;
    if (plain) {
      const key = JSON.stringify([record.model, record.body.stream_options, script]);
      const known = encoded.get(key) ?? Buffer.concat(everything(record, script));
      if (encoded.size < 100) encoded.set(key, known);
      record.add(tokensOf(script).length);
      response.end(known);
      return;
    }
    await playSlowly(response, record, script);
  }

  async function playSlowly(response: ServerResponse, record: MutableCall, script: Script): Promise<void> {
    const tokens = tokensOf(script);
    response.flushHeaders();
    if (script.reasoning) response.write(event(dialect.reasoning(record, script, script.reasoning)));
    for (let at = 0; script.endless || at < tokens.length; at++) {
      if (await stopsHere(response, record, script, at)) return;
      if (response.destroyed) return;
      response.write(event(dialect.token(record, script, tokens[at % tokens.length] as string)));
      record.add(1);
      if (script.delayMs) await Promise.race([sleep(script.delayMs), record.closed]);
      // Lets the client's socket be served between the tokens of an endless answer.
      else if (script.endless) await new Promise(setImmediate);
    }
    if (await stopsHere(response, record, script, tokens.length)) return;
    response.end(Buffer.concat(closing(record, script).map(event)));
  }

  /** Waits at the gate, and plays the script's trouble when it is due. */
  async function stopsHere(
    response: ServerResponse,
    record: MutableCall,
    script: Script,
    at: number,
  ): Promise<boolean> {
    if (gate && at === gate.after) await Promise.race([gate.opened, record.closed]);
    if (script.trouble?.after !== at) return false;
    const trouble = script.trouble.what;
    if (trouble === 'cut') {
      // What was written must have left before the socket goes.
      response.write(framing === SERVER_SENT ? ':\n\n' : '\0', () => response.destroy());
      return true;
    }
    if (trouble === 'end') {
      response.end();
      return true;
    }
    if (trouble === 'hang') {
      await record.closed;
      return true;
    }
    response.write(trouble === 'malformed' ? event('{"choices":[{"del') : event(JSON.stringify(trouble.error)));
    return false;
  }

  function everything(call: ModelCall, script: Script): Buffer[] {
    const events = tokensOf(script).map((token) => dialect.token(call, script, token));
    if (script.reasoning) events.unshift(dialect.reasoning(call, script, script.reasoning));
    return [...events, ...closing(call, script)].map(event);
  }

  function closing(call: ModelCall, script: Script): string[] {
    return [...dialect.ending(call, script, tokensOf(script).length), ...(script.noDone ? [] : framing.done)];
  }

  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${options.basePath}`,
    port,
    calls,
    answer: (next) => {
      respond = toRespond(next);
    },
    hold(after = 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = { after, opened: promise, open: resolve };
    },
    release() {
      gate?.open();
      gate = undefined;
    },
    waitForCall: (nth = 1) =>
      calls[nth - 1]
        ? Promise.resolve(calls[nth - 1] as RecordedCall)
        : new Promise((resolve) => waiting.push({ nth, resolve })),
    async close() {
      gate?.open();
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

interface MutableCall extends RecordedCall {
  add(tokens: number): void;
}

function recordCall(call: ModelCall, response: ServerResponse): MutableCall {
  let tokensSent = 0;
  let waiting: { tokens: number; resolve(): void }[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  let closedEarly = false;
  response.once('close', () => {
    closedEarly = !response.writableFinished;
    close();
  });
  return {
    ...call,
    get tokensSent() {
      return tokensSent;
    },
    get closedEarly() {
      return closedEarly;
    },
    closed,
    sent: (tokens) =>
      tokensSent >= tokens ? Promise.resolve() : new Promise((resolve) => waiting.push({ tokens, resolve })),
    add(tokens) {
      tokensSent += tokens;
      if (waiting.length === 0) return;
      for (const waiter of waiting) if (tokensSent >= waiter.tokens) waiter.resolve();
      waiting = waiting.filter((waiter) => tokensSent < waiter.tokens);
    },
  };
}

function toRespond(answer: Answer | Respond): Respond {
  return typeof answer === 'function' ? answer : () => answer;
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
