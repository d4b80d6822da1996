import { randomUUID } from 'node:crypto';

export interface SseEvent {
  id: string;
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of the events that it awaits
  data: any;
}

/** One open event stream, read as it comes. */
export interface Stream {
  status: number;
  headers: Headers;
  events: SseEvent[];
  /** The first event, past ones included, that fits; rejects when the stream ends before. */
  until(wanted: string | ((event: SseEvent) => boolean)): Promise<SseEvent>;
  ended: Promise<void>;
  cut(): void;
}

export type Browser = ReturnType<typeof createBrowser>;

/** A person's browser, or a company's own page: keeps the cookie (or the token), sends Origin as a browser would. */
export function createBrowser(url: string, options: { bearer?: boolean; origin?: string | null } = {}) {
  const origin = options.origin === undefined ? url : options.origin;
  const streams = new Set<Stream>();
  let cookie: string | undefined;
  let token: string | undefined;

  function headers(extra: Record<string, string | undefined> = {}): Record<string, string> {
    const all: Record<string, string | undefined> = {
      ...(cookie ? { cookie } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(origin ? { origin } : {}),
      ...extra,
    };
    return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  const call = (method: string, path: string, body?: unknown, extra?: Record<string, string | undefined>) =>
    fetch(url + path, {
      method,
      headers: headers({ ...(method === 'GET' ? {} : { 'content-type': 'application/json' }), ...extra }),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });

  // biome-ignore lint/suspicious/noExplicitAny: answers are JSON whose shape each test checks
  async function json(method: string, path: string, body?: unknown): Promise<any> {
    const response = await call(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  async function openSession() {
    const response = await call('POST', '/api/session', options.bearer ? { bearer: true } : {});
    if (!response.ok) throw new Error(`session: ${response.status} ${await response.text()}`);
    const set = response.headers.get('set-cookie');
    if (set) cookie = set.split(';')[0];
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const body = (await response.json()) as any;
    token = body.token;
    return body;
  }

  async function events(conversation: string, from: { cursor?: string; last?: string } = {}): Promise<Stream> {
    const abort = new AbortController();
    const query = from.cursor ? `?cursor=${from.cursor}` : '';
    const response = await fetch(`${url}/api/conversations/${conversation.replace('web:', '')}/events${query}`, {
      headers: headers(from.last ? { 'last-event-id': from.last } : {}),
      signal: abort.signal,
    });
    const stream = readStream(response, abort);
    streams.add(stream);
    return stream;
  }

  return {
    call,
    json,
    headers,
    openSession,
    events,
    get cookie(): string | undefined {
      return cookie;
    },
    set cookie(value: string | undefined) {
      cookie = value;
    },
    get token(): string | undefined {
      return token;
    },
    /** Sends a message, in a new conversation unless one is given. */
    say: (text: string, conversation?: string): Promise<{ conversation: string; id: string; cursor: string }> =>
      json('POST', '/api/chat', { id: randomUUID(), text, conversation }),
    close(): void {
      for (const stream of streams) stream.cut();
    },
  };
}

function readStream(response: Response, abort: AbortController): Stream {
  const events: SseEvent[] = [];
  let look = Promise.withResolvers<void>();
  let over = false;
  const stir = (): void => {
    look.resolve();
    look = Promise.withResolvers<void>();
  };

  async function read(): Promise<void> {
    let rest = '';
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + chunk).split('\n\n');
        rest = parts.pop() as string;
        events.push(...parts.flatMap(parseEvent));
        stir();
      }
    } catch {
      // The test cut it, or the server did: either way it has ended.
    }
    over = true;
    stir();
  }

  return {
    status: response.status,
    headers: response.headers,
    events,
    ended: read(),
    async until(wanted) {
      const fits = typeof wanted === 'string' ? (event: SseEvent) => event.event === wanted : wanted;
      for (;;) {
        const next = look.promise;
        const found = events.find(fits);
        if (found) return found;
        if (over) throw new Error(`the stream ended after: ${JSON.stringify(events)}`);
        await next;
      }
    },
    cut: () => abort.abort(),
  };
}

function parseEvent(block: string): SseEvent[] {
  const fields = Object.fromEntries(
    block
      .split('\n')
      .filter((line) => /^(id|event|data): /.test(line))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  if (!fields.event) return [];
  return [{ id: fields.id ?? '', event: fields.event, data: JSON.parse(fields.data ?? 'null') }];
}

/** The text that a page shows for a turn after these events, by the rules of the API. */
export function shownText(
  events: readonly SseEvent[],
  turn: string,
): { text: string; finals: number; ignored: number } {
  let text = '';
  let finals = 0;
  let ignored = 0;
  for (const { event, data } of events) {
    if (data.turn !== turn) continue;
    if (event === 'delta' && data.at === text.length) text += data.text;
    else if (event === 'delta') ignored++;
    if (event === 'text' || event === 'final') text = data.text;
    if (event === 'final') finals++;
  }
  return { text, finals, ignored };
}
