/**
 * A lean Discord for the load: people write in direct messages, the bot answers by REST. `test/doubles/discord` checks far
 * more, keeps every call, and would take CPU from the bot that is measured.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveGateway } from './discord-gateway.ts';
import type { Ledger } from './ledger.ts';
import type { Message } from './plan.ts';
import type { Platform } from './platform.ts';
import { createVisible } from './visible.ts';
import { questionOf } from './workspace.ts';

const TOKEN = 'MTAwMDAwMDAwMDAwMDAwMDAwMA.bench0.benchBenchBenchBenchBenchBenchBenchBe';
const APP = '1000000000000000001';
const BOT = {
  id: '1000000000000000002',
  username: 'bench',
  discriminator: '0',
  global_name: null,
  avatar: null,
  bot: true,
};
/** discord.com/developers, "Application", section "Application flags": GATEWAY_MESSAGE_CONTENT. */
const FLAGS = 1 << 18;

const DM = 1;
const DAY_MS = 86_400_000;

interface Posted {
  id: string;
  channel_id: string;
  type: number;
  author: typeof BOT;
  content: string;
  timestamp: string;
  message_reference?: unknown;
}

interface Answer {
  status: number;
  body?: unknown;
}

export async function startDiscord(ledger: Ledger): Promise<Platform> {
  const visible = createVisible(ledger);
  /** By channel and nonce, so that a repeated post is answered with the first ("Create Message", enforce_nonce). */
  const nonces = new Map<string, Posted>();
  /** By channel. */
  const posts = new Map<string, Posted[]>();
  const refusals = new Map<string, number>();
  let calls = 0;
  let lastId = 0n;

  function nextId(): string {
    const now = BigInt(snowflake(Date.now(), 1 << 21));
    lastId = now > lastId ? now : lastId + 1n;
    return String(lastId);
  }

  function post(channel: string, body: Record<string, unknown>, at: number): Answer {
    if (!ledger.knows(channel)) return refuse(404, 10003, 'Unknown Channel');
    const content = String(body.content ?? '');
    if (content === '' || content.length > 2_000) return refuse(400, 50035, 'Invalid Form Body');
    const key = body.enforce_nonce ? `${channel} ${body.nonce}` : undefined;
    const first = key && nonces.get(key);
    if (first) return { status: 200, body: first };
    const timestamp = new Date().toISOString();
    const posted: Posted = {
      ...{ id: nextId(), channel_id: channel, type: body.message_reference ? 19 : 0, author: BOT, content, timestamp },
      ...(body.message_reference ? { message_reference: body.message_reference } : {}),
    };
    if (key) nonces.set(key, posted);
    const there = posts.get(channel);
    if (there) there.push(posted);
    else posts.set(channel, [posted]);
    visible.post(posted.id, channel, content, at);
    return { status: 200, body: posted };
  }

  function answer(method: string, url: URL, body: Record<string, unknown>, at: number): Answer {
    const [kind = '', id = '', what = '', message = ''] = url.pathname.replace(/^\/api\/v10\//, '').split('/');
    switch (`${method} ${kind} ${what}${message ? '/id' : ''}`) {
      case 'POST channels messages':
        return post(id, body, at);
      case 'PATCH channels messages/id':
        if (!visible.knows(message)) return refuse(404, 10008, 'Unknown Message');
        visible.edit(message, String(body.content ?? ''), at);
        return { status: 200, body: { id: message, channel_id: id, content: body.content } };
      case 'DELETE channels messages/id':
        return visible.remove(message) ? { status: 204 } : refuse(404, 10008, 'Unknown Message');
      case 'POST channels typing':
        return { status: 204 };
      case 'GET channels messages': {
        const after = BigInt(url.searchParams.get('after') ?? 0);
        return { status: 200, body: (posts.get(id) ?? []).filter((posted) => BigInt(posted.id) > after) };
      }
      case 'GET channels ':
        return { status: 200, body: { id, type: DM } };
      case 'GET users ':
        return { status: 200, body: BOT };
      case 'GET applications ':
        return { status: 200, body: { id: APP, name: 'Bench', flags: FLAGS, bot: BOT } };
      case 'GET applications commands':
        return { status: 200, body: [] };
      case 'PUT applications commands':
        return { status: 200, body };
      case 'GET gateway ':
        return { status: 200, body: { url: gatewayUrl(), shards: 1, session_start_limit: START_LIMIT } };
      default:
        return refuse(404, 0, '404: Not Found');
    }
  }

  const server = createServer((request, response) => {
    const at = performance.now();
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      calls += 1;
      const url = new URL(request.url ?? '/', 'http://discord');
      const allowed = request.headers.authorization === `Bot ${TOKEN}`;
      const { status, body } = allowed
        ? answer(request.method ?? '', url, bodyOf(request, Buffer.concat(parts)), at)
        : refuse(401, 0, '401: Unauthorized');
      if (status >= 400) {
        const what = `${request.method} ${url.pathname.replace(/\d{15,}/g, ':id')} ${status}`;
        refusals.set(what, (refusals.get(what) ?? 0) + 1);
      }
      const reply = body === undefined ? '' : JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(reply) });
      response.end(reply);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gatewayUrl = () => `ws://${host}/gateway`;
  const ready = { user: BOT, application: { id: APP, flags: FLAGS }, private_channels: [] };
  const gateway = serveGateway(server, { token: TOKEN, url: gatewayUrl, ready });

  return {
    name: 'discord',
    env: { DISCORD_TOKEN: TOKEN, DISCORD_API_URL: `http://${host}/api` },
    calls: () => calls,
    refusals,
    placeOf: channelOf,
    // A gateway acknowledges nothing: what is on the wire counts as taken.
    prepare: (messages) =>
      messages.map((message) => {
        const event = eventOf(message);
        return (done) => done(gateway.dispatch('MESSAGE_CREATE', event));
      }),
    close() {
      gateway.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const START_LIMIT = { total: 1_000, remaining: 1_000, reset_after: DAY_MS, max_concurrency: 1 };

function refuse(status: number, code: number, message: string): Answer {
  return { status, body: { code, message } };
}

function bodyOf({ headers }: IncomingMessage, bytes: Buffer): Record<string, unknown> {
  return headers['content-type']?.startsWith('application/json') ? JSON.parse(bytes.toString()) : {};
}

/** discord.com/developers, "Reference", section "Snowflakes". */
function snowflake(ms: number, n: number): string {
  return String(((BigInt(ms) - 1_420_070_400_000n) << 22n) | BigInt(n & 0x3fffff));
}

/** Each conversation is a direct message, opened the day before. */
function channelOf({ root }: Message): string {
  return snowflake(root.writtenAt - DAY_MS, root.id);
}

/** discord.com/developers, "Message", as MESSAGE_CREATE brings it from a direct message. */
function eventOf(message: Message): object {
  const { id, root, writtenAt } = message;
  return {
    id: snowflake(writtenAt, id & 0x1fffff),
    channel_id: channelOf(message),
    channel_type: DM,
    type: 0,
    author: {
      id: snowflake(root.writtenAt - 2 * DAY_MS, root.id),
      username: `ana${root.id}`,
      discriminator: '0',
      global_name: 'Ana',
      avatar: null,
    },
    content: questionOf(id),
    timestamp: new Date(writtenAt).toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: [],
    embeds: [],
    pinned: false,
    flags: 0,
    components: [],
  };
}
