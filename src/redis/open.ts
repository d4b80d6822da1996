import type { Config } from '../../config/schema.ts';
import type { Logger } from '../log/logger.ts';
import { startPrivateRedis } from './server.ts';

/** The Redis that is configured, or one of our own. `close` ends what was started here. */
export async function openRedis(options: {
  config: Config;
  log: Logger;
}): Promise<{ url: string; close(): Promise<void> }> {
  const { config, log } = options;
  if (config.env.REDIS_URL) return { url: config.env.REDIS_URL, close: async () => {} };
  const server = await startPrivateRedis({ dataDir: config.env.DATA_DIR, maxMemory: config.env.REDIS_MAXMEMORY, log });
  return { url: server.url, close: () => server.stop() };
}
