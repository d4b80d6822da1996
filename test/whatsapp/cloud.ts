/** A whole Chasqui in this process, behind the Graph API's double. */
import { createWhatsAppAdapter } from '../../adapters/whatsapp-cloud/index.ts';
import type { Role } from '../../config/schema.ts';
import type { Model } from '../../src/models/model.ts';
import { noLimits } from '../../src/redis/limits.ts';
import { createTestModel } from '../doubles/model.ts';
import {
  startWhatsAppDouble,
  type WhatsAppDouble,
  type WhatsAppDoubleOptions,
} from '../doubles/whatsapp-cloud/index.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { captureLog, testConfig } from '../support/config.ts';
import { createMemoryStore } from '../support/store.ts';

export interface CloudBot {
  whatsapp: WhatsAppDouble;
  chasqui: TestChasqui;
  /** Errors of the platform's API, as `/metrics` counts them. */
  errors: string[];
  adapter: ReturnType<typeof createWhatsAppAdapter>;
  /** The adapter's own log lines. */
  lines: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** The settings that belong to a double. */
export function cloudEnv(whatsapp: WhatsAppDouble): Record<string, string> {
  return {
    WHATSAPP_API_URL: whatsapp.apiUrl,
    WHATSAPP_ACCESS_TOKEN: whatsapp.accessToken,
    WHATSAPP_PHONE_NUMBER_ID: whatsapp.phoneNumberId,
    WHATSAPP_APP_SECRET: whatsapp.appSecret,
    WHATSAPP_VERIFY_TOKEN: whatsapp.verifyToken,
  };
}

export async function startCloudBot(
  options: {
    models?: Model[];
    whatsapp?: WhatsAppDoubleOptions;
    statusPatienceMs?: number;
    roles?: Role[];
    sections?: Parameters<typeof testConfig>[0]['sections'];
  } = {},
): Promise<CloudBot> {
  const sections = options.sections ?? {};
  const whatsapp = await startWhatsAppDouble(options.whatsapp);
  const errors: string[] = [];
  const own = captureLog();
  const adapter = createWhatsAppAdapter(
    {
      config: testConfig({ prefix: 'unused', env: cloudEnv(whatsapp), sections }),
      conversations: { history: (conversation) => chasqui.conversations.history(conversation) },
      log: own.log,
      limits: noLimits,
      store: createMemoryStore(),
      maxReplyMessages: 8,
      onPlatformError: (method, code) => errors.push(`${method} ${code}`),
    },
    options.statusPatienceMs === undefined ? {} : { statusPatienceMs: options.statusPatienceMs },
  );
  const chasqui: TestChasqui = await startTestChasqui({
    models: options.models ?? [parrot()],
    roles: options.roles ?? ['worker'],
    sections,
    platforms: [{ adapter } as never],
  });
  await whatsapp.deliverTo(`${chasqui.address}/whatsapp/webhook`);
  return {
    whatsapp,
    chasqui,
    errors,
    adapter,
    lines: own.lines,
    async stop() {
      await chasqui.stop();
      await whatsapp.close();
    },
  };
}

/** Answers with what it was asked: `re: <the last line of the prompt>`. */
export const parrot = (): Model => createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]).model;
