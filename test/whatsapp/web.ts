/** The linked device's adapter in front of the stand-in page, in real Chromium. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { vi } from 'vitest';
import { createWhatsAppWebAdapter, type WebOptions } from '../../adapters/whatsapp-linked/index.ts';
import type { Config } from '../../config/schema.ts';
import type { Receiver } from '../../src/contract/index.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { createStore, noLimits } from '../../src/redis/limits.ts';
import type { WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { type CapturedLog, captureLog, testConfig } from '../support/config.ts';
import { createRecord } from '../support/gate.ts';
import { sharedRedis } from '../support/redis.ts';

/** A browser starts in a second or two, and in many on a machine that is busy. */
export const START_MS = 90_000;

/** A folder for the session, and keys of one's own: what several processes of one Chasqui share. */
export interface Site {
  double: WhatsAppWebDouble;
  folder: string;
  prefix: string;
  url: string;
  remove(): void;
}

export function createSite(double: WhatsAppWebDouble): Site {
  const { url, prefix } = sharedRedis();
  const folder = mkdtempSync(join(tmpdir(), 'chasqui-whatsapp-'));
  return {
    double,
    folder,
    prefix,
    url,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  };
}

export interface WebParts extends CapturedLog {
  adapter: ReturnType<typeof createWhatsAppWebAdapter>;
  config: Config;
  redis: Redis;
  /** What was written for people: codes. */
  printed: ReturnType<typeof createRecord<string>>;
  errors: string[];
  disconnect(): void;
}

export const quoted = (args: readonly string[]): string => args.map((arg) => `"${arg}"`).join(' ');

/** One process's adapter; nothing is started. */
export function createParts(
  site: Site,
  options: WebOptions & {
    settings?: Partial<Config['whatsapp_web']>;
    env?: Record<string, string>;
    /** Chats where it has said already who it is. */
    introduced?: boolean;
    /** Messages of one answer. */
    most?: number;
  } = {},
): WebParts {
  const captured = captureLog('debug');
  const { log } = captured;
  const connections: Redis[] = [];
  const connect = (name: string): Redis => {
    const connection = connectRedis({ url: site.url, log, kind: 'wait', name });
    connections.push(connection);
    return connection;
  };
  const redis = connectRedis({ url: site.url, log, kind: 'ask', name: 'test' });
  connections.push(redis);
  const config = testConfig({
    prefix: site.prefix,
    env: {
      WHATSAPP_WEB: '1',
      WHATSAPP_WEB_ARGS: quoted(site.double.chromiumArgs),
      DATA_DIR: site.folder,
      PLATFORM_LIMITS: 'off',
      ...options.env,
    },
    sections: { whatsapp_web: options.settings ?? {} },
  });
  const printed = createRecord<string>();
  const errors: string[] = [];
  const store = createStore(redis, site.prefix, 'whatsapp-web');
  const introduced = options.introduced ?? true;
  const adapter = createWhatsAppWebAdapter(
    {
      config,
      log,
      limits: noLimits,
      store: {
        ...store,
        get: async (key) => (introduced && key.startsWith('introduced:') ? '1' : store.get(key)),
      },
      maxReplyMessages: options.most ?? 50,
      onPlatformError: (method, code) => errors.push(`${method} ${code}`),
      modelLabel: 'Test Model',
      redis,
      connect,
      prefix: site.prefix,
    },
    {
      print: printed.add,
      ...options,
      pace: { firstPauseMs: 50, longestPauseMs: 500, patienceMs: 60_000, lookEveryMs: 500, ...options.pace },
      lease: { renewEveryMs: 250, ...options.lease },
    },
  );
  return {
    ...captured,
    adapter,
    config,
    redis,
    printed,
    errors,
    disconnect: () => {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/** What nothing tells of is looked at, again and again; the time only says what is missing. */
export const until = (check: () => unknown, interval = 10): Promise<unknown> =>
  vi.waitUntil(check, { timeout: START_MS, interval });

/** The phone scans the code as soon as one is shown. */
export async function scanWhenShown(double: WhatsAppWebDouble, printed: WebParts['printed']): Promise<void> {
  await printed.until((texts) => texts.length > 0);
  double.scan();
}

/** The state is told by `status` alone. */
export async function untilLinked(receiver: Receiver): Promise<void> {
  await until(() => receiver.status().detail === 'linked');
}
