/** Which platforms there are. Those that are off load none of their code. */
import type { Redis } from 'ioredis';
import type { Adapter, AdapterContext } from '../adapters/contract.ts';
import type { Config } from '../config/schema.ts';
import type { Conversations } from './conversation/conversations.ts';
import type { Logger } from './log/logger.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Model } from './models/model.ts';
import { createLimits, createStore, noLimits } from './redis/limits.ts';

/** What an adapter may need, by what this process shares. */
export interface Shared {
  config: Config;
  redis: Redis;
  connect(name: string): Redis;
  conversations: Conversations;
  models: readonly Model[];
  metrics: Metrics;
  log: Logger;
}

/** The adapters of all platforms that are configured, whatever this process's roles: a worker needs their senders. */
export async function createAdapters(shared: Shared): Promise<Adapter[]> {
  const { config, redis, connect, conversations, models } = shared;
  const { env } = config;
  const { prefix } = config.queue;
  const modelLabel = models[0]?.label ?? 'a model';
  const adapters: Adapter[] = [];
  if (env.SLACK_BOT_TOKEN) {
    const { createSlackAdapter } = await import('../adapters/slack/index.ts');
    adapters.push(createSlackAdapter({ ...contextFor(shared, 'slack'), config, modelLabel }));
  }
  if (env.DISCORD_TOKEN) {
    const { createDiscordAdapter } = await import('../adapters/discord/index.ts');
    adapters.push(createDiscordAdapter({ ...contextFor(shared, 'discord'), config, modelLabel }));
  }
  if (env.WHATSAPP_ACCESS_TOKEN) {
    const { createWhatsAppAdapter } = await import('../adapters/whatsapp/cloud/index.ts');
    adapters.push(createWhatsAppAdapter({ ...contextFor(shared, 'whatsapp'), config }));
  }
  if (env.WHATSAPP_WEB) {
    const { createWhatsAppWebAdapter } = await import('../adapters/whatsapp/web/index.ts');
    const context = { ...contextFor(shared, 'whatsapp-web'), redis, connect, prefix, modelLabel };
    adapters.push(createWhatsAppWebAdapter({ ...context, config }));
  }
  if (config.web.enabled) {
    const { createWebAdapter } = await import('../adapters/web/index.ts');
    const context = { ...contextFor(shared, 'web'), redis, connect, prefix };
    adapters.push(createWebAdapter({ ...context, conversations, models, config }));
  }
  return adapters;
}

function contextFor({ config, redis, metrics, log }: Shared, platform: string): AdapterContext {
  const { prefix } = config.queue;
  return {
    log: log.child({ platform }),
    // The web chat's limits are its own defence, and no pacing by somebody's published rules.
    limits:
      config.env.PLATFORM_LIMITS === 'off' && platform !== 'web'
        ? noLimits
        : createLimits(redis, `${prefix}:${platform}`),
    store: createStore(redis, prefix, platform),
    onPlatformError: (method, code) => metrics.platformError(platform, method, code),
  };
}
