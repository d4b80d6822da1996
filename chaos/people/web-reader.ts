/** One person's open page: reads events by the rules of docs/web.md, and goes on where it was after a lost connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../prng.ts';

const BACK_AFTER_MS = [50, 400] as const;

interface Shown {
  text: string;
  whole: boolean;
}

/** @param options.anyAddress a receiver to connect to, another each time */
export function createReader(options: {
  path: string;
  cursor: string;
  headers: Record<string, string>;
  anyAddress(): string;
  chance: Chance;
}) {
  const { chance, headers } = options;
  const turns = new Map<string, Shown>();
  const finals: string[] = [];
  const noticed: string[] = [];
  let last = options.cursor;
  let connection = new AbortController();
  let closed = false;

  function take(id: string, event: string, data: { turn: string; at: number; text: string }): void {
    if (!isLater(id, last)) noticed.push(`event ${id} came after ${last}`);
    last = id;
    if (event === 'user' || event === 'cleared') return;
    const shown = turns.get(data.turn) ?? { text: '', whole: false };
    turns.set(data.turn, shown);
    if (event === 'delta' && data.at === shown.text.length) shown.text += data.text;
    if (event === 'text') shown.text = data.text;
    if (event !== 'final') return;
    if (shown.whole) noticed.push(`turn ${data.turn} ended twice`);
    turns.set(data.turn, { text: data.text, whole: true });
    finals.push(data.text);
  }

  async function read(): Promise<void> {
    connection = new AbortController();
    const response = await fetch(`${options.anyAddress()}${options.path}`, {
      headers: { ...headers, 'last-event-id': last },
      signal: connection.signal,
    });
    if (!response.ok) return void (await response.arrayBuffer());
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() as string;
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const event = field('event');
        if (event) take(field('id') as string, event, JSON.parse(field('data') as string));
      }
    }
  }

  async function keepReading(): Promise<void> {
    while (!closed) {
      // A lost connection is what this is about.
      await read().catch(() => {});
      if (!closed) await sleep(chance.between(...BACK_AFTER_MS));
    }
  }
  void keepReading();

  return {
    noticed,
    finals: () => finals,
    unfinished: () => [...turns.values()].filter(({ whole }) => !whole).length,
    drop: () => connection.abort(),
    close(): void {
      closed = true;
      connection.abort();
    },
  };
}

/** Ids are `<ms>-<n>`. */
function isLater(a: string, b: string): boolean {
  const [aMs = 0, aN = 0] = a.split('-').map(Number);
  const [bMs = 0, bN = 0] = b.split('-').map(Number);
  return aMs > bMs || (aMs === bMs && aN > bN);
}
