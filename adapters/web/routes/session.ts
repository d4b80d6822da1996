import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Model } from '../../../src/models/model.ts';
import type { Budgets } from '../budgets.ts';
import { bodyOf, type Door } from '../door.ts';
import type { Sessions } from '../session.ts';
import type { Visits } from '../visits.ts';

const Body = z.strictObject({ bearer: z.boolean().optional() });

/** `POST /api/session`: who I am to the page, and a session for whoever has none. */
export function sessionRoutes(
  api: FastifyInstance,
  options: {
    door: Door;
    sessions: Sessions;
    budgets: Budgets;
    visits: Visits;
    models: readonly Model[];
    assistant: { name: string; suggestions: readonly string[] };
    limits: { messageChars: number; messagesPerMinute: number };
  },
): void {
  const { door, sessions, budgets, visits, assistant, limits } = options;
  const [model] = options.models;
  const about = {
    assistant: {
      name: assistant.name,
      suggestions: assistant.suggestions,
      model: {
        label: model?.label ?? 'none',
        host: model?.host ?? 'none',
        licence: model?.licence ?? 'unknown',
        offline: model?.id.startsWith('offline:') ?? true,
      },
    },
    limits,
  };

  api.post('/session', async (request, reply) => {
    const { bearer = false } = bodyOf(Body, request);
    const { session, caller, secure } = await door.look(request);
    // A cookie's session never becomes a token: a script could then read what HttpOnly keeps from it.
    const kept = session && (session.by === 'bearer') === bearer ? session.id : null;
    if (kept) await visits.note(kept);
    else await budgets.newSession(caller.address);
    const id = kept ?? sessions.create();
    reply.header('cache-control', 'no-store');
    if (bearer) return { token: await sessions.tokenOf(id), ...about };
    reply.header('set-cookie', await sessions.cookie(id, secure));
    return about;
  });
}
