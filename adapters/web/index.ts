import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import type { Adapter, AdapterContext, Check } from '../../src/contract/index.ts';
import type { Conversations } from '../../src/conversation/conversations.ts';
import { createPage } from '../../src/http/page.ts';
import type { Model } from '../../src/models/model.ts';
import { createEvents } from './events.ts';
import { createWebReceiver, type WebReceiverDeps } from './receiver.ts';
import { createWebSender } from './sender.ts';

const PAGE_DIR = fileURLToPath(new URL('./page/dist', import.meta.url));
/** A secret of few different characters was typed, not generated. */
const LEAST_DIFFERENT_CHARS = 10;

export interface WebContext extends AdapterContext {
  /** For calls that somebody waits for. */
  redis: Redis;
  /** Gives a new connection of the kind that waits for Redis; asked for when the first browser listens. */
  connect(name: string): Redis;
  prefix: string;
  conversations: Conversations;
  models: readonly Model[];
  config: WebReceiverDeps['config'];
  /** Where the built page lies; the page's own `dist` unless told otherwise. */
  pageDir?: string;
}

/**
 * The web chat: a page, an HTTP API and an embeddable script for people who have no other platform. Receiver and sender
 * meet in Redis only, so they may run in different processes.
 */
export function createWebAdapter(context: WebContext): Adapter {
  const { redis, prefix, config } = context;
  const events = createEvents({ redis, prefix, keepMs: config.conversation.keep });
  const page = createPage(context.pageDir ?? PAGE_DIR);

  return {
    platform: 'web',
    receiver: (host) => createWebReceiver({ ...context, events, page }, host),
    sender: () => createWebSender(events),
    async check(): Promise<Check[]> {
      return [await checkPage((await page.builtAt()) !== null), checkSecret(config.env.WEB_SESSION_SECRET)];
    },
  };
}

function checkPage(built: boolean): Check {
  return { name: 'web page', ok: built, detail: built ? 'built' : 'not built: run `npm run build`' };
}

function checkSecret(secret: string | undefined): Check {
  const name = 'web session secret';
  if (secret === undefined) return { name, ok: true, detail: 'made by Chasqui and kept in Redis' };
  const strong = new Set(secret).size >= LEAST_DIFFERENT_CHARS;
  const advice = 'WEB_SESSION_SECRET looks typed by hand: take `openssl rand -base64 32`';
  return { name, ok: strong, detail: strong ? 'WEB_SESSION_SECRET' : advice };
}
