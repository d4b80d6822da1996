/**
 * A lean OpenAI-compatible host: always the same twenty tokens, after the marks of the messages that it was asked about.
 * Without a pause all tokens leave in one write, which is kinder to a reader than a real host's packets.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDING, markOf, marksIn } from './workspace.ts';

export const MODEL_ID = 'llama-bench';

/** With the marks before them about twenty tokens. */
const WORDS = `is one of **many** messages, and the relay runner brings each of them to its place ${ENDING}`.split(' ');

export interface FakeModel {
  /** For `OPENAI_BASE_URL`. */
  url: string;
  /** From now on nothing is answered, until `release`. */
  hold(): void;
  release(): void;
  close(): void;
}

/** @param options.tokenEveryMs the pause between tokens of a streamed answer, in ms */
export async function startFakeModel(options: { tokenEveryMs: number }): Promise<FakeModel> {
  /** What waits for `release`; undefined: nothing does. */
  let held: (() => void)[] | undefined;
  const server = createServer((request, response) => {
    // A local server is also asked how much it holds.
    if (!request.url?.endsWith('/chat/completions')) return void response.writeHead(404).end();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(parts).toString()) as {
        model: string;
        stream?: boolean;
        messages: { role: string; content: string | { text: string }[] }[];
      };
      const asked = body.messages.at(-1)?.content ?? '';
      const text = typeof asked === 'string' ? asked : asked.map((part) => part.text).join('');
      const tokens = [...marksIn(text).map((id) => `${markOf(id)} `), ...WORDS.map((word) => `${word} `)];
      const reply = () =>
        void (body.stream
          ? stream(response, body.model, tokens, options.tokenEveryMs)
          : whole(response, body.model, tokens));
      if (held) held.push(reply);
      else reply();
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    hold() {
      held ??= [];
    },
    release() {
      const replies = held ?? [];
      held = undefined;
      for (const reply of replies) reply();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function whole(response: ServerResponse, model: string, tokens: string[]): void {
  const message = { role: 'assistant', content: tokens.join('') };
  const body = JSON.stringify({
    ...head(model, ''),
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: usageOf(tokens),
  });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function stream(response: ServerResponse, model: string, tokens: string[], everyMs: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const base = head(model, '.chunk');
  const events = tokens.map((content) => ({
    ...base,
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
  }));
  const ending = [
    { ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...base, choices: [], usage: usageOf(tokens) },
  ];
  if (everyMs > 0) {
    for (const event of events.splice(0)) {
      response.write(line(event));
      await sleep(everyMs);
      if (response.destroyed) return;
    }
  }
  response.end(`${[...events, ...ending].map(line).join('')}data: [DONE]\n\n`);
}

function head(model: string, suffix: string) {
  return { id: 'chatcmpl-bench', object: `chat.completion${suffix}`, created: 1_700_000_000, model };
}

function usageOf(tokens: string[]) {
  return { prompt_tokens: 60, completion_tokens: tokens.length, total_tokens: 60 + tokens.length };
}

const line = (event: unknown): string => `data: ${JSON.stringify(event)}\n\n`;
