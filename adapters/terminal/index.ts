/** The assistant in the terminal (`npm run chat`): one person, one conversation, streamed to standard output. */
import { randomUUID } from 'node:crypto';
import type { Interface } from 'node:readline/promises';
import type { Adapter, Address, Draft, Ingest, Receiver, Sender } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';

interface Terminal {
  /** Where lines are read from. */
  lines: Interface;
  write(text: string): void;
}

/** The terminal's adapter, and a promise for the end of the input with everything answered. */
export function createTerminalAdapter({
  lines,
  write,
}: Terminal): Adapter & { conversation: string; done: Promise<void> } {
  const to: Address = { platform: 'terminal', conversation: 'terminal:here', route: {} };
  const waiting: string[] = [];
  const { promise: done, resolve: end } = Promise.withResolvers<void>();
  let answering = false;
  let closed = false;

  /** One question at a time, each with its own answer below it. */
  async function next(ingest: Ingest): Promise<void> {
    if (answering) return;
    const text = waiting.shift();
    if (text === undefined) {
      if (closed) end();
      else lines.prompt();
      return;
    }
    answering = true;
    const author = { id: 'you' };
    try {
      const sentAt = Date.now();
      const written = { id: randomUUID(), author, text, attachments: [], sentAt, to };
      await ingest.message({ v: 1, ...written, timed: false, awaited: true });
    } catch (error) {
      write(`Not taken: ${error instanceof Error ? error.message : String(error)}\n`);
      answering = false;
      await next(ingest);
    }
  }

  let ingest: Ingest | undefined;
  function answered(): void {
    answering = false;
    if (ingest) void next(ingest);
  }

  // From the beginning: piped input may be over before the receiver starts.
  lines.on('line', (line) => {
    if (line.trim() !== '') waiting.push(line);
    if (ingest) void next(ingest);
  });
  lines.on('close', () => {
    closed = true;
    if (ingest) void next(ingest);
  });

  const receiver: (host: { ingest: Ingest }) => Receiver = (host) => ({
    async start() {
      ingest = host.ingest;
      lines.on('SIGINT', () => {
        void host.ingest.stop(to.conversation).then((running) => {
          if (!running) lines.close();
        });
      });
      await next(host.ingest);
    },
    stop: async () => lines.close(),
    status: () => ({ connected: !closed, detail: 'reads this terminal' }),
  });

  return {
    platform: 'terminal',
    conversation: to.conversation,
    done,
    receiver,
    sender: () => createSender(write, answered),
    check: async () => [],
  };
}

function createSender(write: (text: string) => void, answered: () => void): Sender {
  return {
    capabilities: {
      streaming: 'native',
      updateEveryMs: 30,
      firstUpdateAfterMs: 0,
    },
    begin: async (to, key) => ({ to, key, messages: [], unverified: false, state: { shown: '' } }),
    update: async (draft, markdown) => print(draft, markdown, write),
    async finish(draft, reply) {
      print(draft, reply.markdown, write);
      write('\n\n');
      answered();
      draft.messages = [draft.key];
    },
    enrich: async (messages) => ({ messages, earlier: [] }),
    download: async () => {
      throw new SendError('gone', 'NO_FILES', 'the terminal carries no files');
    },
    close: async () => {},
  };
}

/** Appends what is new; a text that was replaced is printed anew below. */
function print(draft: Draft, text: string, write: (text: string) => void): Draft {
  const shown = String(draft.state.shown ?? '');
  write(text.startsWith(shown) ? text.slice(shown.length) : `\n${text}`);
  return { ...draft, state: { shown: text } };
}
