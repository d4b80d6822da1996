import type { FastifyInstance } from 'fastify';
import type { Redis } from 'ioredis';
import type { Config } from '../../config/schema.ts';
import type { Limits, Receiver, ReceiverHost } from '../../src/contract/index.ts';
import type { Conversations } from '../../src/conversation/conversations.ts';
import type { Page } from '../../src/http/page.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { Model } from '../../src/models/model.ts';
import { prepareApi } from './api.ts';
import { createBudgets } from './budgets.ts';
import { createDoor } from './door.ts';
import type { Events } from './events.ts';
import { createFeedback } from './feedback.ts';
import { createHub } from './hub.ts';
import { createConversationList } from './list.ts';
import { createMemoryGuard } from './memory.ts';
import { chatRoutes } from './routes/chat.ts';
import { conversationRoutes } from './routes/conversations.ts';
import { eventRoutes } from './routes/events.ts';
import { pageRoutes } from './routes/page.ts';
import { sessionRoutes } from './routes/session.ts';
import { normalOrigins } from './security.ts';
import { createSessions } from './session.ts';
import { createVisits } from './visits.ts';

export interface WebReceiverDeps {
  redis: Redis;
  connect(name: string): Redis;
  prefix: string;
  limits: Limits;
  log: Logger;
  conversations: Conversations;
  models: readonly Model[];
  events: Events;
  page: Page;
  config: Pick<Config, 'web' | 'assistant' | 'conversation'> & { env: Pick<Config['env'], 'WEB_SESSION_SECRET'> };
}

/** The receiving half: routes on the process's HTTP server, registered at once. */
export function createWebReceiver(deps: WebReceiverDeps, { ingest, http }: ReceiverHost): Receiver {
  const { redis, prefix, log, events, conversations, models, page, config } = deps;
  const { web, assistant, conversation } = config;
  const hub = createHub({ connect: deps.connect, log });
  let streams: ReturnType<typeof eventRoutes> | undefined;
  let started = false;

  function register(scope: FastifyInstance): void {
    const allowedOrigins = normalOrigins(web.allowed_origins);
    const trustProxy = web.trust_proxy;
    const keep = { redis, prefix, keepMs: conversation.keep };
    const sessions = createSessions({ redis, prefix, secret: config.env.WEB_SESSION_SECRET });
    const budgets = createBudgets(deps.limits, {
      messagesPerMinute: web.messages_per_minute,
      kilobytesPerHour: web.kilobytes_per_hour,
    });
    const list = createConversationList(keep);
    const visits = createVisits({
      ...keep,
      async prolong(session) {
        for (const id of await list.prolong(session)) {
          await Promise.all([conversations.prolong(id), events.prolong(id)]);
        }
      },
    });
    const door = createDoor({ sessions, budgets, visits, trustProxy });
    const memory = createMemoryGuard({ redis, log });
    const limits = { messageChars: conversation.max_message_chars, messagesPerMinute: web.messages_per_minute };

    pageRoutes(scope, { page, allowedOrigins, trustProxy });
    scope.register(
      async (api) => {
        prepareApi(api, { log, maxRequestBytes: web.max_request_bytes, trustProxy, allowedOrigins });
        sessionRoutes(api, { door, sessions, budgets, visits, models, assistant, limits });
        chatRoutes(api, {
          door,
          sessions,
          budgets,
          memory,
          visits,
          keepMs: keep.keepMs,
          events,
          list,
          ingest,
          maxMessageChars: limits.messageChars,
        });
        conversationRoutes(api, {
          door,
          events,
          list,
          feedback: createFeedback({ redis, prefix }),
          conversations,
          ingest,
          models,
        });
        streams = eventRoutes(api, { door, events, list, hub, prefix, log });
      },
      { prefix: '/api' },
    );
    // Endless answers would keep the server from closing.
    scope.addHook('preClose', async () => streams?.endAll());
  }

  // Not awaited: Fastify runs it, and reports what goes wrong, when the server gets ready.
  http.register(async (scope) => register(scope));

  return {
    async start() {
      started = true;
    },
    async stop() {
      started = false;
      streams?.endAll();
      hub.close();
    },
    status: () => ({
      connected: started,
      detail: started ? `${streams?.open() ?? 0} open event streams` : 'not started',
    }),
  };
}
