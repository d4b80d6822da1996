import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Caller, callerOf } from '../../src/http/caller.ts';
import type { Budgets } from './budgets.ts';
import { ApiError, notFound } from './errors.ts';
import { checkCookieCall, isSecure } from './security.ts';
import type { Session, Sessions } from './session.ts';
import type { Visits } from './visits.ts';

export interface Visitor {
  session: Session;
  caller: Caller;
}

interface Looked {
  session: Session | null;
  caller: Caller;
  /** The browser speaks https. */
  secure: boolean;
}

export type Door = ReturnType<typeof createDoor>;

/** Lets known sessions in. */
export function createDoor(options: { sessions: Sessions; budgets: Budgets; visits: Visits; trustProxy: boolean }) {
  const { sessions, budgets, visits, trustProxy } = options;

  /** The caller, and the session it presents; null when it presents none that is ours. @throws ApiError 400, 403 */
  async function look(request: FastifyRequest): Promise<Looked> {
    const caller = callerOf(request, trustProxy);
    const secure = isSecure(request, caller);
    const session = await sessions.read(request.headers, secure);
    if (session && request.method !== 'GET') checkCookieCall(request, caller, session);
    return { session, caller, secure };
  }

  /** @throws ApiError 401 without a session, 403 for a cookie that another site's page made a browser send */
  async function enterForMessage(request: FastifyRequest): Promise<Visitor> {
    const { session, caller } = await look(request);
    if (!session) throw new ApiError(401, 'no_session', 'Open a session first: POST /api/session.');
    return { session, caller };
  }

  return {
    look,
    enterForMessage,
    /** As `enterForMessage`, and counts the call and the visit. @throws ApiError 429 as well */
    async enter(request: FastifyRequest): Promise<Visitor> {
      const visitor = await enterForMessage(request);
      await budgets.call(visitor.session.id);
      await visits.note(visitor.session.id);
      return visitor;
    },
  };
}

/** @throws ApiError 400 that names the first field that is wrong */
export function bodyOf<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const result = schema.safeParse(request.body ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || 'the body';
  throw new ApiError(400, 'bad_request', `${field}: ${issue?.message ?? 'not as expected'}`);
}

/** The conversation's id, from a path or a body, with or without `web:`. @throws ApiError 404 */
export function conversationId(given: unknown): string {
  const id = /^(?:web:)?([\w-]{22})$/.exec(String(given))?.[1];
  if (!id) throw notFound();
  return `web:${id}`;
}

export const MessageId = z.uuid('a UUID that the client makes for each message');
