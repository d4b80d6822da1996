/** The bots that are measured, each in a process of its own, with only the environment that it needs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { instanceUrl, readInstance } from '../src/redis/instance.ts';
import { MODEL_ID } from './fake-model.ts';
import type { BotName } from './options.ts';
import { BOT_TOKEN, SIGNING_SECRET } from './workspace.ts';

const READY_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 15_000;
/** The end of what a bot printed, in characters: enough to see why it died. */
const LAST_WORDS = 4_000;

export interface Bot {
  name: BotName;
  pid: number;
  port: number;
  /** Chasqui's Redis. */
  redis?: Redis;
  /** What it printed last. */
  lastWords(): string;
  /** Starts a CPU profile, and the second time ends and writes it. */
  toggleProfile(): void;
  stop(): Promise<void>;
}

interface Surroundings {
  slackApiUrl: string;
  modelUrl: string;
}

const pathTo = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The whole of Chasqui by `src/main.ts`: receiver, queue, worker, web chat and operators' pages in one process. */
export async function startChasqui(
  options: Surroundings & { redisUrl: string | undefined; profileFolder: string | undefined },
): Promise<Bot> {
  // A folder without `.env` and `config/`: defaults, whatever this machine's owner has set.
  const folder = await mkdtemp(join(tmpdir(), 'chasqui-bench-'));
  const port = await freePort();
  const { profileFolder, redisUrl } = options;
  const child = run(
    [
      '--max-semi-space-size=8',
      ...(profileFolder ? ['--import', pathTo('./profiler.ts')] : []),
      pathTo('../src/main.ts'),
    ],
    folder,
    {
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      ...(profileFolder ? { PROFILE_FOLDER: profileFolder } : {}),
      DATA_DIR: 'data',
      PORT: String(port),
      LOG_LEVEL: 'warn',
      MODEL: `openai:${MODEL_ID}`,
      OPENAI_BASE_URL: options.modelUrl,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_API_URL: options.slackApiUrl,
      PLATFORM_LIMITS: 'off',
    },
  );
  const clean = () => rm(folder, { recursive: true, force: true });
  try {
    await ready(child, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok);
  } catch (error) {
    await stopChild(child);
    await clean();
    throw error;
  }
  const instance = readInstance(join(folder, 'data', 'redis'));
  const redis = new Redis(redisUrl ?? (instance ? instanceUrl(instance) : ''), { maxRetriesPerRequest: 2 });
  redis.on('error', (error) => console.error(`the bench's connection to Redis: ${error.message}`));
  return {
    ...botOf('chasqui', child, port),
    redis,
    async stop() {
      redis.disconnect();
      await stopChild(child);
      await clean();
    },
  };
}

/** The plain Bolt bot of `peers/bolt.ts`. */
export async function startBolt(options: Surroundings): Promise<Bot> {
  const port = await freePort();
  const child = run([pathTo('./peers/bolt.ts')], tmpdir(), {
    PORT: String(port),
    MODEL_ID,
    OPENAI_BASE_URL: options.modelUrl,
    SLACK_BOT_TOKEN: BOT_TOKEN,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
    SLACK_API_URL: options.slackApiUrl,
  });
  try {
    // Any answer will do: there is nothing at this path.
    await ready(child, async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0);
  } catch (error) {
    await stopChild(child);
    throw error;
  }
  return { ...botOf('bolt', child, port), stop: () => stopChild(child) };
}

function botOf(name: BotName, child: Child, port: number): Omit<Bot, 'stop'> {
  return {
    name,
    pid: child.process.pid as number,
    port,
    lastWords: () => child.output,
    toggleProfile: () => void child.process.kill('SIGUSR2'),
  };
}

interface Child {
  process: ChildProcess;
  output: string;
}

const running = new Set<Child>();

/** Ends whatever still runs, for an end in a hurry. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stopChild));
}

function run(args: string[], cwd: string, env: Record<string, string>): Child {
  const started = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const child: Child = { process: started, output: '' };
  running.add(child);
  started.once('exit', () => running.delete(child));
  for (const stream of [started.stdout, started.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      child.output = (child.output + text).slice(-LAST_WORDS);
    });
  }
  return child;
}

const hasEnded = ({ process: { exitCode, signalCode } }: Child): boolean => exitCode !== null || signalCode !== null;

async function ready(child: Child, asks: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + READY_LIMIT_MS; Date.now() < until && !hasEnded(child); await sleep(50)) {
    // Refused until it listens.
    if (await asks().catch(() => false)) return;
  }
  throw new Error(`${child.process.spawnargs.join(' ')} is not ready. Its last words:\n${child.output}`);
}

/** Asks it to end, and ends it by force when it does not. A private Redis ends with the Chasqui that started it. */
async function stopChild(child: Child): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child.process, 'exit');
  child.process.kill('SIGTERM');
  const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
