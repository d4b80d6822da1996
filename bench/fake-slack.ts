/**
 * A lean Slack for the load: the Web API calls that a reply is made of, with tokens, places and texts checked and little
 * else. `test/doubles/slack` checks far more, keeps every call, and would take CPU from the bots that are measured.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse as parseForm } from 'node:querystring';
import type { Ledger } from './ledger.ts';
import { APP, BOT, BOT_TOKEN, BOT_USER, marksIn, TEAM } from './workspace.ts';

type Args = Record<string, unknown>;
type Answer = Record<string, unknown>;

interface Stream {
  ids: number[];
  channel: string;
  thread: string;
}

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
  close(): void;
}

/** Starts it on a free port of loopback; what becomes visible goes into the ledger. */
export async function startFakeSlack(ledger: Ledger): Promise<FakeSlack> {
  let calls = 0;
  const streams = new Map<string, Stream>();
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
  function placeOf(args: Args): { channel: string; thread: string } | null {
    const { channel, thread_ts: thread } = args;
    const known = typeof channel === 'string' && typeof thread === 'string' && ledger.knows(channel, thread);
    return known ? { channel, thread } : null;
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
      const place = placeOf(args);
      if (!place) return refuse('thread_not_found');
      const text = String(args.text ?? '');
      if (text === '' || (args.blocks !== undefined && !Array.isArray(parsed(args.blocks)))) return refuse('no_text');
      const ids = marksIn(text);
      ledger.shown(ids, place, at);
      ledger.whole(ids, at);
      const ts = nextTs();
      const message = { type: 'message', user: BOT_USER, bot_id: BOT, ts, text, thread_ts: place.thread };
      keep(place.thread, { ts, user: BOT_USER, metadata: args.metadata });
      return { channel: place.channel, ts, message };
    },
    'chat.startStream': (args, at) => {
      const place = placeOf(args);
      if (!place) return refuse('thread_not_found');
      const ts = nextTs();
      const stream = { ids: marksIn(String(args.markdown_text ?? '')), ...place };
      streams.set(ts, stream);
      keep(place.thread, { ts, user: BOT_USER });
      ledger.shown(stream.ids, place, at);
      return { channel: place.channel, ts };
    },
    'chat.appendStream': ({ channel, ts }) => {
      const known = streams.has(String(ts));
      return known ? { channel, ts } : refuse('message_not_in_streaming_state');
    },
    'chat.stopStream': ({ channel, ts }, at) => {
      const stream = streams.get(String(ts));
      if (!stream) return refuse('message_not_in_streaming_state');
      streams.delete(String(ts));
      ledger.whole(stream.ids, at);
      return { channel, ts, message: { user: BOT_USER, ts } };
    },
    'chat.update': ({ channel, ts, text }, at) => {
      ledger.whole(marksIn(String(text ?? '')), at);
      return { channel, ts, text };
    },
    // Asked by a bot that does not know whether its post arrived.
    'conversations.replies': ({ ts }) => ({
      messages: (threads.get(String(ts)) ?? []).map((posted) => ({ ...posted, metadata: parsed(posted.metadata) })),
    }),
    'agents.sessions.setStatus': () => ({}),
    'agents.sessions.rename': () => ({}),
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
      const reply = JSON.stringify(answer(name, request, Buffer.concat(parts).toString(), at));
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
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function refuse(error: string): Answer {
  return { ok: false, error };
}

/** Form fields that hold lists or objects come as JSON text. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value;
}
