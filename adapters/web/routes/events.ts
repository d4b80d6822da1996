import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../../../src/log/logger.ts';
import { conversationId, type Door } from '../door.ts';
import { ApiError, notFound } from '../errors.ts';
import { createEventStream, STREAM_HEADERS } from '../event-stream.ts';
import { type Events, FIRST_CURSOR, StaleError } from '../events.ts';
import type { Hub } from '../hub.ts';
import { webKeys } from '../keys.ts';
import type { ConversationList } from '../list.ts';

/** Tabs and windows of one person in this process; of one network address. */
const MOST_STREAMS_A_SESSION = 10;
const MOST_STREAMS_AN_ADDRESS = 200;
const CURSOR = /^\d{1,16}-\d{1,16}$/;

/**
 * `GET /api/conversations/:id/events`.
 * @returns how many streams are open, and how to end them all
 */
export function eventRoutes(
  api: FastifyInstance,
  deps: { door: Door; events: Events; list: ConversationList; hub: Hub; prefix: string; log: Logger },
): { open(): number; endAll(): void } {
  const { door, events, list, hub, prefix, log } = deps;
  const ends = new Set<() => void>();
  const counts = new Map<string, number>();

  /** @throws ApiError 429 */
  function occupy(names: readonly (readonly [string, number])[]): () => void {
    for (const [name, most] of names) {
      if ((counts.get(name) ?? 0) >= most) {
        throw new ApiError(429, 'too_many_streams', 'Too many windows of this chat are open.', 5);
      }
    }
    for (const [name] of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return () => {
      for (const [name] of names) {
        const left = (counts.get(name) ?? 1) - 1;
        if (left === 0) counts.delete(name);
        else counts.set(name, left);
      }
    };
  }

  // A HEAD of an endless answer would never end.
  api.get('/conversations/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const { session, caller } = await door.enter(request);
    const conversation = conversationId((request.params as { id: string }).id);
    if ((await list.titleIfOwn(session.id, conversation)) === null) throw notFound();
    const cursor = cursorOf(request);
    if (await events.isStale(conversation, cursor)) throw new StaleError(conversation);
    const free = occupy([
      [session.id, MOST_STREAMS_A_SESSION],
      [caller.address, MOST_STREAMS_AN_ADDRESS],
    ]);

    const { raw } = reply;
    reply.headers(STREAM_HEADERS);
    reply.hijack();
    raw.socket?.setNoDelay(true);
    raw.socket?.setTimeout(0);
    raw.writeHead(200, reply.getHeaders() as Record<string, string>);
    const stream = createEventStream({
      response: raw,
      cursor,
      read: (after) => events.read(conversation, after),
      log,
    });
    ends.add(stream.end);
    const unwatch = hub.watch(webKeys(prefix, conversation).events, stream.more);
    stream.more();
    await stream.done;
    unwatch();
    ends.delete(stream.end);
    free();
  });

  return {
    open: () => ends.size,
    endAll() {
      for (const end of ends) end();
    },
  };
}

/** Where to go on: `Last-Event-ID`, else `?cursor=`, else the first event that is kept. @throws ApiError 400 */
function cursorOf(request: FastifyRequest): string {
  const { cursor } = request.query as { cursor?: unknown };
  const given = request.headers['last-event-id'] ?? cursor ?? FIRST_CURSOR;
  if (typeof given === 'string' && CURSOR.test(given)) return given;
  throw new ApiError(400, 'bad_cursor', 'The cursor must be an event id of this conversation.');
}
