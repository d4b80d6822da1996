/**
 * A lean Slack for the load: the Web API calls that a reply is made of, with tokens, places and texts checked and little
 * else. `test/doubles/slack` checks far more, keeps every call, and would take CPU from the bots that are measured.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse as parseForm } from 'node:querystring';
import type { Ledger } from './ledger.ts';
import { createVisible } from './visible.ts';
import { APP, BOT, BOT_TOKEN, BOT_USER, TEAM } from './workspace.ts';

type Args = Record<string, unknown>;
type Answer = Record<string, unknown>;

/** What a bot posted, as `conversations.replies` shows it. */
interface Posted {
  ts: string;
  user: string;
  metadata?: unknown;
}

export interface FakeSlack {
  /** For `SLACK_API_URL`, without the slash at its end. */
  apiUrl: string;
  /** How many calls there were. */
  calls(): number;
  /** How many were refused, by method and error. */
  refusals: ReadonlyMap<string, number>;
  close(): void;
}

/** The ledger's name for a thread. */
export const placeIn = (channel: string, thread: string): string => `${channel} ${thread}`;

/** Starts it on a free port of loopback; what becomes visible goes into the ledger. */
export async function startFakeSlack(ledger: Ledger): Promise<FakeSlack> {
  let calls = 0;
  const refusals = new Map<string, number>();
  const visible = createVisible(ledger);
  const streaming = new Set<string>();
  const threads = new Map<string, Posted[]>();
  let lastTs = Date.now() * 1_000;

  function nextTs(): string {
    lastTs = Math.max(lastTs + 1, Date.now() * 1_000);
    return `${Math.floor(lastTs / 1e6)}.${String(lastTs % 1e6).padStart(6, '0')}`;
  }

  function keep(thread: string, posted: Posted): void {
    const posts = threads.get(thread);
    if (posts) posts.push(posted);
    else threads.set(thread, [posted]);
  }

  /** Where a reply goes, if there is such a place. */
  function placeOf(args: Args): { channel: string; thread: string; place: string } | null {
    const { channel, thread_ts: thread } = args;
    if (typeof channel !== 'string' || typeof thread !== 'string') return null;
    const place = placeIn(channel, thread);
    return ledger.knows(place) ? { channel, thread, place } : null;
  }

  const methods: Record<string, (args: Args, at: number) => Answer> = {
    'auth.test': () => ({
      url: 'https://bench.slack.com/',
      team: 'Bench',
      user: 'bot',
      team_id: TEAM,
      user_id: BOT_USER,
      bot_id: BOT,
      app_id: APP,
    }),
    'users.info': ({ user }) => ({
      user: { id: user, team_id: TEAM, name: 'ana', profile: { display_name: `Ana ${user}`, real_name: 'Ana' } },
    }),
    'chat.postMessage': (args, at) => {
      const to = placeOf(args);
      if (!to) return refuse('thread_not_found');
      const text = String(args.text || args.markdown_text || '');
      if (text === '' || (args.blocks !== undefined && !Array.isArray(parsed(args.blocks)))) return refuse('no_text');
      const ts = nextTs();
      visible.post(ts, to.place, text, at);
      keep(to.thread, { ts, user: BOT_USER, metadata: args.metadata });
      const message = { type: 'message', user: BOT_USER, bot_id: BOT, ts, text, thread_ts: to.thread };
      return { channel: to.channel, ts, message };
    },
    'chat.startStream': (args, at) => {
      const to = placeOf(args);
      if (!to) return refuse('thread_not_found');
      const ts = nextTs();
      streaming.add(ts);
      visible.post(ts, to.place, pieceOf(args), at);
      keep(to.thread, { ts, user: BOT_USER });
      return { channel: to.channel, ts };
    },
    'chat.appendStream': (args, at) => {
      const ts = String(args.ts);
      if (!streaming.has(ts)) return refuse('message_not_in_streaming_state');
      visible.append(ts, pieceOf(args), at);
      return { channel: args.channel, ts };
    },
    'chat.stopStream': (args, at) => {
      const ts = String(args.ts);
      if (!streaming.delete(ts)) return refuse('message_not_in_streaming_state');
      visible.append(ts, pieceOf(args), at);
      return { channel: args.channel, ts, message: { user: BOT_USER, ts } };
    },
    'chat.update': ({ channel, ts, text }, at) => {
      if (!visible.knows(String(ts))) return refuse('message_not_found');
      visible.edit(String(ts), String(text ?? ''), at);
      return { channel, ts, text };
    },
    // Asked by a bot that does not know whether its post arrived.
    'conversations.replies': ({ ts }) => ({
      messages: (threads.get(String(ts)) ?? []).map((posted) => ({ ...posted, metadata: parsed(posted.metadata) })),
    }),
    // Nothing was missed before the load begins.
    'conversations.history': () => ({ messages: [], has_more: false }),
    'users.conversations': () => ({ channels: [], response_metadata: { next_cursor: '' } }),
    'agents.sessions.setStatus': () => ({}),
    'agents.sessions.rename': () => ({}),
    'assistant.threads.setStatus': () => ({}),
    'assistant.threads.setTitle': () => ({}),
  };

  function answer(name: string, request: IncomingMessage, body: string, at: number): Answer {
    calls += 1;
    if (request.headers.authorization !== `Bearer ${BOT_TOKEN}`) return refuse('invalid_auth');
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (!method) return refuse('unknown_method');
    const isJson = request.headers['content-type']?.startsWith('application/json');
    return { ok: true, ...method(isJson ? JSON.parse(body) : parseForm(body), at) };
  }

  const server = createServer((request, response) => {
    const at = performance.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const name = (request.url ?? '').replace('/api/', '').split('?', 1)[0] as string;
      const answered = answer(name, request, Buffer.concat(parts).toString(), at);
      if (!answered.ok) {
        const what = `${name} ${answered.error}`;
        refusals.set(what, (refusals.get(what) ?? 0) + 1);
      }
      const reply = JSON.stringify(answered);
      response.writeHead(200, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(reply),
        'x-oauth-scopes': 'chat:write,im:history,users:read,assistant:write',
      });
      response.end(reply);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    calls: () => calls,
    refusals,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function refuse(error: string): Answer {
  return { ok: false, error };
}

/** The text that a call adds to a stream: as a field, or in chunks (docs.slack.dev, "chat.appendStream"). */
function pieceOf({ markdown_text: text, chunks }: Args): string {
  const parts = (parsed(chunks) ?? []) as { type: string; text?: string }[];
  return `${text ?? ''}${parts.map((part) => (part.type === 'markdown_text' ? part.text : '')).join('')}`;
}

/** Form fields that hold lists or objects come as JSON text. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
