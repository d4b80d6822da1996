import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseCommand } from '../../../src/commands/commands.ts';
import type { InboundMessage, Ingest } from '../../../src/contract/index.ts';
import { cleanText } from '../../../src/text/clean.ts';
import type { Budgets } from '../budgets.ts';
import { bodyOf, conversationId, type Door, MessageId, type Visitor } from '../door.ts';
import { ApiError, notAllowed, notFound } from '../errors.ts';
import type { Events } from '../events.ts';
import { type ConversationList, firstTitle } from '../list.ts';
import type { MemoryGuard } from '../memory.ts';
import type { Sessions } from '../session.ts';
import type { Visits } from '../visits.ts';

const Chat = z.strictObject({ conversation: z.string().optional(), id: MessageId, text: z.string() });
const Retry = z.strictObject({ id: MessageId });
/** Something that leaves ink: no space, no joiner or filler, no blank Braille cell. */
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/u;

/** `POST /api/chat` and `POST /api/conversations/:id/retry`: what ends in a turn. */
export function chatRoutes(
  api: FastifyInstance,
  deps: {
    door: Door;
    sessions: Sessions;
    budgets: Budgets;
    memory: MemoryGuard;
    visits: Visits;
    /** How long conversations are kept. */
    keepMs: number;
    events: Events;
    list: ConversationList;
    ingest: Ingest;
    maxMessageChars: number;
  },
): void {
  const { door, sessions, budgets, memory, visits, events, list, ingest, maxMessageChars } = deps;

  /** @throws ApiError 413 rather than answering a part of what was asked; 400 when nothing can be seen */
  function readable(text: string): string {
    if (text.length > maxMessageChars) {
      const size = `${text.length.toLocaleString('en')} characters; at most ${maxMessageChars.toLocaleString('en')}`;
      throw new ApiError(413, 'too_long', `Your message is too long: ${size} can be sent at once.`);
    }
    const clean = cleanText(text);
    if (!VISIBLE.test(clean)) throw new ApiError(400, 'empty', 'Your message is empty.');
    return clean;
  }

  function inbound(
    conversation: string,
    { session, caller }: Visitor,
    id: string,
    keepMs: number | undefined,
  ): InboundMessage {
    return {
      v: 1,
      id,
      author: { id: session.id },
      network: caller.address,
      text: '',
      attachments: [],
      sentAt: Date.now(),
      timed: false,
      awaited: true,
      to: { platform: 'web', conversation, route: {} },
      ...(keepMs === undefined ? {} : { keepMs }),
    };
  }

  api.post('/chat', async (request, reply) => {
    const visitor = await door.enterForMessage(request);
    const { session, caller } = visitor;
    const { id, ...body } = bodyOf(Chat, request);
    const text = readable(body.text);
    await memory.check();
    await budgets.message(session.id, caller.address, text);

    const known = body.conversation === undefined ? null : conversationId(body.conversation);
    const conversation = known ?? (await sessions.conversationFor(session.id, id));
    const create = known ? null : { title: firstTitle(text) };
    const keepMs = await visits.lifetime(session.id);
    const lifetimeMs = keepMs ?? deps.keepMs;
    const cursor = await events.receive({ conversation, id, session: session.id }, create, lifetimeMs);
    if (cursor === null) throw notFound();

    const message = { ...inbound(conversation, visitor, id, keepMs), text };
    if ((await ingest.message(message)) === 'ignored') throw notAllowed();
    // The turn forgets the history; what the stream holds of it goes now.
    const forget = parseCommand(text)?.name === 'reset';
    await events.announce(conversation, { id, text, at: message.sentAt }, forget);
    await list.touch(session.id, conversation, message.sentAt, lifetimeMs);
    return reply.code(202).send({ conversation, id, cursor });
  });

  api.post('/conversations/:id/retry', async (request, reply) => {
    const visitor = await door.enterForMessage(request);
    const { session, caller } = visitor;
    const { id } = bodyOf(Retry, request);
    await memory.check();
    await budgets.message(session.id, caller.address);
    const conversation = conversationId((request.params as { id: string }).id);
    const keepMs = await visits.lifetime(session.id);
    const cursor = await events.receive({ conversation, id, session: session.id }, null, keepMs ?? deps.keepMs);
    if (cursor === null) throw notFound();
    const asked = await ingest.message({ ...inbound(conversation, visitor, id, keepMs), kind: 'retry' });
    if (asked === 'ignored') throw notAllowed();
    return reply.code(202).send({ conversation, id, cursor });
  });
}
