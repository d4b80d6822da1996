/** Which platforms there are. Those that are off load none of their code. */
import type { Adapter, AdapterContext } from '../contract/index.ts';
import type { Core } from '../core/core.ts';
import { createLimits, createStore, noLimits } from '../redis/limits.ts';

/** The adapters of all platforms that are configured, whatever this process's roles: a worker needs their senders. */
export async function createAdapters(core: Core): Promise<Adapter[]> {
  const { config, redis, connect, conversations, models } = core;
  const { env } = config;
  const { prefix } = config.queue;
  const catchUp = { maxAgeMs: config.catch_up.max_age, maxMessages: config.catch_up.max_messages };
  const modelLabel = models[0]?.label ?? 'a model';
  const adapters: Adapter[] = [];
  if (env.SLACK_BOT_TOKEN) {
    const { createSlackAdapter } = await import('../../adapters/slack/index.ts');
    adapters.push(createSlackAdapter({ ...contextFor(core, 'slack'), config, modelLabel, catchUp }));
  }
  if (env.DISCORD_TOKEN) {
    const { createDiscordAdapter } = await import('../../adapters/discord/index.ts');
    adapters.push(createDiscordAdapter({ ...contextFor(core, 'discord'), config, modelLabel, catchUp }));
  }
  if (env.WHATSAPP_ACCESS_TOKEN) {
    const { createWhatsAppAdapter } = await import('../../adapters/whatsapp-cloud/index.ts');
    adapters.push(createWhatsAppAdapter({ ...contextFor(core, 'whatsapp'), conversations, config }));
  }
  if (env.WHATSAPP_WEB) {
    const { createWhatsAppWebAdapter } = await import('../../adapters/whatsapp-linked/index.ts');
    const context = { ...contextFor(core, 'whatsapp-web'), redis, connect, prefix, modelLabel };
    adapters.push(createWhatsAppWebAdapter({ ...context, config }));
  }
  if (env.TELEGRAM_BOT_TOKEN) {
    const { createTelegramAdapter } = await import('../../adapters/telegram/index.ts');
    const { max_file_chars: maxFileChars, answer_bots: answerBots } = config.conversation;
    const context = { token: env.TELEGRAM_BOT_TOKEN, apiUrl: env.TELEGRAM_API_URL, maxFileChars, answerBots };
    adapters.push(createTelegramAdapter({ ...contextFor(core, 'telegram'), ...context }));
  }
  if (config.web.enabled) {
    const { createWebAdapter } = await import('../../adapters/web/index.ts');
    const context = { ...contextFor(core, 'web'), redis, connect, prefix };
    adapters.push(createWebAdapter({ ...context, conversations, models, config }));
  }
  return adapters;
}

function contextFor({ config, redis, metrics, log }: Core, platform: string): AdapterContext {
  const { prefix } = config.queue;
  return {
    log: log.child({ platform }),
    // The web chat's limits are its own defence, and no pacing by somebody's published rules.
    limits:
      config.env.PLATFORM_LIMITS === 'off' && platform !== 'web'
        ? noLimits
        : createLimits(redis, `${prefix}:${platform}`),
    store: createStore(redis, prefix, platform),
    maxReplyMessages: config.conversation.max_reply_messages,
    onPlatformError: (method, code) => metrics.platformError(platform, method, code),
  };
}
