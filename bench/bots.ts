/**
 * The bots that are measured, each in a process of its own.
 *
 * A peer, `peers/<name>.ts`, is a program of its own that anything may start (here: `startPeer`), by these variables:
 * - `PORT`: it listens there on 127.0.0.1, takes Slack's signed events at `POST /slack/events`, and answers any other
 *   path with anything; the first answer says that it is ready;
 * - `SLACK_API_URL` (without a slash at its end), `SLACK_BOT_TOKEN`, `SLACK_SIGNING_SECRET`;
 * - `OPENAI_BASE_URL`, `MODEL_ID`: the model's host, asked at `/chat/completions`;
 * - `ANSWERS`: `whole`, or `streamed`: the model's answer is streamed and shown as it grows;
 * - `REDIS_URL`: for `bullmq` and `chat`.
 * It prints nothing but trouble, answers direct messages in their thread, and ends by SIGTERM. One that was killed may be
 * started again on the same port and Redis.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { startStormRedis } from '../chaos/redis.ts';
import { dialRedis } from '../src/redis/connect.ts';
import { startPrivateRedis } from '../src/redis/server.ts';
import { syncEverySecond } from '../src/redis/sync.ts';
import { type Child, freePort, ready, run, stopChild } from './child.ts';
import { MODEL_ID } from './fake-model.ts';

export const PEER_NAMES = ['bolt', 'bullmq', 'chat'] as const;
export type PeerName = (typeof PEER_NAMES)[number];
/** `chasqui-uncounted`: with `analytics.enabled` off, to see what counting costs. */
export const OURS = ['chasqui', 'chasqui-uncounted'] as const;
export type OurName = (typeof OURS)[number];
export type BotName = OurName | PeerName;
export type Answers = 'streamed' | 'whole';

export interface Bot {
  name: BotName;
  /** Its name in tables. */
  label: string;
  pid: number;
  port: number;
  /** Its Redis, if it has one; no other bot's. */
  redis?: Redis;
  /** What it printed last. */
  lastWords(): string;
  stop(): Promise<void>;
}

interface Surroundings {
  answers: Answers;
  /** How the platform is reached: Platform.env, or the same variables for a platform of yours. */
  platform: Record<string, string>;
  modelUrl: string;
  redisUrl?: string | undefined;
}

/** The behaviour that the load needs of Chasqui: nobody is told to write less, and no workspace waits behind others. */
const settings = (answers: Answers, quiet: boolean, counted: boolean): string => `
limits:
  person_per_minute: 1000000
  conversation_per_minute: 1000000
  workspace_per_minute: 1000000
  fair_share_per_minute: 1000000
  ${quiet ? 'busy_after: 1h' : ''}
${quiet ? 'workers: { concurrency: 10 }' : ''}
slack: { streaming: ${answers === 'streamed'} }
discord: { streaming: ${answers === 'streamed'} }
analytics: { enabled: ${counted} }
`;

const pathTo = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/**
 * The whole of Chasqui by `src/app/main.ts`: receiver, queue, worker, web chat and operators' pages in one process.
 * @param options.quiet few turns at a time, so that few last long enough to show that the assistant is at work; and nobody
 * who waits is told that it is busy
 */
export async function startChasqui(
  name: OurName,
  options: Surroundings & { profileFolder?: string | undefined; quiet?: boolean },
): Promise<Bot> {
  const { profileFolder, quiet = false, answers } = options;
  // A folder without `.env` and `config/`: nothing that this machine's owner has set.
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-bench-'));
  await writeFile(join(folder, 'chasqui.yaml'), settings(answers, quiet, name === 'chasqui'));
  const redis = await openRedis(options.redisUrl);
  const port = await freePort();
  const child = run(
    [...(profileFolder ? ['--import', pathTo('./profiler.ts')] : []), pathTo('../src/app/main.ts')],
    folder,
    {
      ...options.platform,
      ...(profileFolder ? { PROFILE_FOLDER: profileFolder } : {}),
      REDIS_URL: redis.url,
      CHASQUI_CONFIG: 'chasqui.yaml',
      DATA_DIR: 'data',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      MODEL: `openai:${MODEL_ID}`,
      OPENAI_BASE_URL: options.modelUrl,
      PLATFORM_LIMITS: 'off',
    },
  );
  const close = async () => {
    await stopChild(child);
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  };
  await ready(child, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok).catch(async (error) => {
    await close();
    throw error;
  });
  return botOf(name, answers, child, port, { redis: redis.client, stop: close });
}

/** One of the others, as the comment at the top says. */
export async function startPeer(name: PeerName, options: Surroundings): Promise<Bot> {
  const redis = name === 'bolt' ? undefined : await openRedis(options.redisUrl, true);
  const port = await freePort();
  const child = run([pathTo(`./peers/${name}.ts`)], tmpdir(), {
    ...options.platform,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    PORT: String(port),
    ANSWERS: options.answers,
    MODEL_ID,
    OPENAI_BASE_URL: options.modelUrl,
  });
  const close = async () => {
    await stopChild(child);
    await redis?.close();
  };
  // Any answer will do: there is nothing at this path.
  await ready(child, async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0).catch(async (error) => {
    await close();
    throw error;
  });
  return botOf(name, options.answers, child, port, { ...(redis ? { redis: redis.client } : {}), stop: close });
}

function botOf(
  name: BotName,
  answers: Answers,
  child: Child,
  port: number,
  rest: Pick<Bot, 'stop'> & Partial<Pick<Bot, 'redis'>>,
): Bot {
  const { pid } = child.process;
  return { name, label: `${name} ${answers}`, pid: pid as number, port, lastWords: () => child.output, ...rest };
}

type BenchRedis = { url: string; client: Redis; close(): Promise<void> };

/** The Redis that was named, or one that is started as Chasqui starts its own: every bot's keeps its data alike. */
async function openRedis(named: string | undefined, peer = false): Promise<BenchRedis> {
  const folder = named ? undefined : await mkdtemp(join(tmpdir(), 'chasqui-bench-redis-'));
  const server = folder ? await (peer ? startOnPort(folder) : startOnSocket(folder)) : undefined;
  const url = named ?? (server?.url as string);
  const client = dialRedis(url, { maxRetriesPerRequest: 2 });
  client.on('error', (error) => console.error(`the bench's connection to Redis: ${error.message}`));
  return {
    url,
    client,
    async close() {
      client.disconnect();
      await server?.close();
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
}

const log = pino({ level: 'error' }, process.stderr);

async function startOnSocket(folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startPrivateRedis({ dataDir: folder, log });
  return { url: server.url, close: () => server.stop() };
}

/** Not every peer's client knows Unix sockets. */
async function startOnPort(folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await startStormRedis(folder);
  const endSync = syncEverySecond(folder, log);
  return {
    url: server.url,
    close() {
      endSync();
      return server.close();
    },
  };
}
