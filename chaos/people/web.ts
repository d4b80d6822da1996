/** The web chat: people who send again until they are heard, and whose event stream comes back by itself. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../prng.ts';
import type { Weather } from '../weather.ts';
import type { Stage, Talk } from './stage.ts';
import { createReader } from './web-reader.ts';

const AGAIN_MS = 200;
const REQUEST_LIMIT_MS = 5_000;
/** A reader that is a moment behind is no fault. */
const CATCH_UP_MS = 5_000;

interface Conversation {
  messages: { role: string; text: string }[];
  running: boolean;
}

export async function startWebStage(weather: Weather, chance: Chance): Promise<Stage> {
  let addresses: string[] = [];
  const readers = new Set<ReturnType<typeof createReader>>();
  const anyAddress = (): string => chance.pick(addresses);

  function talk(index: number): Talk {
    // Each person comes from a network of their own.
    const headers: Record<string, string> = {
      'x-forwarded-for': `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
      'content-type': 'application/json',
    };
    let conversation: string | undefined;
    let reader: ReturnType<typeof createReader> | undefined;
    let last: Promise<unknown> = Promise.resolve();

    /** Sends the same request until it is taken, as the page does. */
    async function send<T>(path: string, body?: object): Promise<T> {
      for (;;) {
        try {
          const response = await fetch(`${anyAddress()}${path}`, {
            method: body ? 'POST' : 'GET',
            headers,
            ...(body ? { body: JSON.stringify(body) } : {}),
            signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
          });
          const answer = await response.json();
          const lost = weather.strikes('lost-ack', 'web') || weather.strikes('redeliver', 'web');
          if (response.ok && !lost) return answer as T;
        } catch {
          // Refused, cut or too slow: the person's page tries again.
        }
        await sleep(AGAIN_MS);
      }
    }

    async function post(id: string, text: string): Promise<void> {
      if (!headers.authorization) {
        const { token } = await send<{ token: string }>('/api/session', { bearer: true });
        headers.authorization = `Bearer ${token}`;
      }
      const sent = await send<{ conversation: string; cursor: string }>('/api/chat', { id, text, conversation });
      conversation = sent.conversation;
      if (reader) return;
      reader = createReader({
        path: pathOf(conversation, '/events'),
        cursor: sent.cursor,
        headers,
        anyAddress,
        chance,
      });
      readers.add(reader);
    }

    return {
      async say(text) {
        const id = randomUUID();
        // One after another, as a page sends them.
        const sending = last.then(() => post(id, text));
        last = sending;
        await sending;
        return { id, delivered: Promise.resolve(true) };
      },
      name: () => conversation,
      async look() {
        if (!conversation || !reader) return { texts: [], unfinished: 0 };
        const { messages, running } = await send<Conversation>(pathOf(conversation));
        const reloaded = messages.filter(({ role }) => role === 'assistant').map(({ text }) => text);
        const until = performance.now() + CATCH_UP_MS;
        while (reader.finals().length < reloaded.length && performance.now() < until) await sleep(AGAIN_MS);
        return {
          texts: reader.finals(),
          unfinished: reader.unfinished() + (running ? 1 : 0),
          reloaded,
          noticed: reader.noticed,
        };
      },
      leave: () => reader?.close(),
    };
  }

  return {
    platform: 'web',
    mayDouble: false,
    env: {},
    receivers: [{ role: 'web' }, { role: 'web' }],
    async connect(given) {
      addresses = given;
    },
    talk,
    dropSockets() {
      for (const reader of readers) if (chance.happens(0.5)) reader.drop();
    },
    async close() {
      for (const reader of readers) reader.close();
    },
  };
}

function pathOf(conversation: string, rest = ''): string {
  return `/api/conversations/${conversation.slice('web:'.length)}${rest}`;
}
