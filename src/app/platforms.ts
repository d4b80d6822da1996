/** Which platforms there are. Those that are off load none of their code. */
import { canSend } from '../../config/load.ts';
import { PLATFORMS, type Platform } from '../../config/schema.ts';
import type { Adapter, AdapterContext } from '../contract/index.ts';
import type { Core } from '../core/core.ts';
import { createLimits, createStore, noLimits } from '../redis/limits.ts';

/** How each platform's adapter is made: what it borrows beside its context. */
const CREATE: Record<Platform, (core: Core, context: AdapterContext) => Promise<Adapter>> = {
  async slack(core, context) {
    const { createSlackAdapter } = await import('../../adapters/slack/index.ts');
    return createSlackAdapter({
      ...context,
      config: core.config,
      modelLabel: labelOf(core),
      catchUp: catchUpOf(core),
      accessLists: () => core.personas.accessLists('slack'),
    });
  },
  async discord(core, context) {
    const { createDiscordAdapter } = await import('../../adapters/discord/index.ts');
    return createDiscordAdapter({
      ...context,
      config: core.config,
      modelLabel: labelOf(core),
      catchUp: catchUpOf(core),
      accessLists: () => core.personas.accessLists('discord'),
    });
  },
  async whatsapp({ config, conversations }, context) {
    const { createWhatsAppAdapter } = await import('../../adapters/whatsapp-cloud/index.ts');
    return createWhatsAppAdapter({ ...context, conversations, config });
  },
  async 'whatsapp-web'(core, context) {
    const { createWhatsAppWebAdapter } = await import('../../adapters/whatsapp-linked/index.ts');
    const { config, redis, connect } = core;
    const { prefix } = config.queue;
    return createWhatsAppWebAdapter({ ...context, config, redis, connect, prefix, modelLabel: labelOf(core) });
  },
  async telegram({ config }, context) {
    const { createTelegramAdapter } = await import('../../adapters/telegram/index.ts');
    const { TELEGRAM_BOT_TOKEN: token = '', TELEGRAM_API_URL: apiUrl } = config.env;
    const { max_file_chars: maxFileChars, answer_bots: answerBots } = config.conversation;
    return createTelegramAdapter({ ...context, token, apiUrl, maxFileChars, answerBots });
  },
  async web({ config, redis, connect, conversations, models }, context) {
    const { createWebAdapter } = await import('../../adapters/web/index.ts');
    const { prefix } = config.queue;
    return createWebAdapter({ ...context, redis, connect, prefix, conversations, models, config });
  },
};

/** The adapters of all platforms that are configured, whatever this process's roles: a worker needs their senders. */
export async function createAdapters(core: Core): Promise<Adapter[]> {
  const adapters: Adapter[] = [];
  for (const platform of PLATFORMS.filter((name) => canSend(name, core.config)))
    adapters.push(await CREATE[platform](core, contextFor(core, platform)));
  return adapters;
}

const labelOf = ({ models }: Core): string => models[0]?.label ?? 'a model';

function catchUpOf({ config }: Core): { maxAgeMs: number; maxMessages: number } {
  return { maxAgeMs: config.catch_up.max_age, maxMessages: config.catch_up.max_messages };
}

function contextFor({ config, redis, metrics, log }: Core, platform: Platform): AdapterContext {
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
