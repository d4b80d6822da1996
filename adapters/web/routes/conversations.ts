import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Address, Ingest } from '../../../src/contract/index.ts';
import type { Conversations } from '../../../src/conversation/conversations.ts';
import type { Model } from '../../../src/models/model.ts';
import { bodyOf, conversationId, type Door } from '../door.ts';
import { ApiError, notFound } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Feedback } from '../feedback.ts';
import type { ConversationList } from '../list.ts';
import { pageOf, transcript } from '../transcript.ts';

const FeedbackBody = z.strictObject({
  message: z.string().min(1).max(64),
  value: z.enum(['good', 'bad', 'none']),
  reason: z.enum(['wrong', 'not helpful', 'too long', 'other']).optional(),
});
const CommandBody = z.strictObject({
  conversation: z.string().optional(),
  name: z.enum(['help', 'about', 'model', 'persona', 'usage', 'feedback', 'reset']),
  argument: z.string().max(200).optional(),
});
const CHOOSE_LATER = 'This is chosen for one conversation. Write a first message, then choose.';
/** Stands for a conversation that does not exist yet: nothing is ever stored under it. */
const NO_CONVERSATION = 'web:none';

/** What a person does with their conversations, other than writing in them. */
export function conversationRoutes(
  api: FastifyInstance,
  deps: {
    door: Door;
    events: Events;
    list: ConversationList;
    feedback: Feedback;
    conversations: Conversations;
    ingest: Ingest;
    models: readonly Model[];
  },
): void {
  const { door, events, list, feedback, conversations, ingest, models } = deps;
  const addressOf = (conversation: string): Address => ({ platform: 'web', conversation, route: {} });

  /** @throws ApiError 404 unless the conversation is the session's own */
  async function own(request: FastifyRequest, given: unknown) {
    const { session } = await door.enter(request);
    const conversation = conversationId(given);
    const title = await list.titleIfOwn(session.id, conversation);
    if (title === null) throw notFound();
    return { session, conversation, title };
  }
  const ownByPath = (request: FastifyRequest) => own(request, (request.params as { id: string }).id);

  api.get('/conversations', async (request) => {
    const { session } = await door.enter(request);
    return { conversations: await list.newest(session.id) };
  });

  api.get('/conversations/:id', async (request) => {
    const { conversation, title } = await ownByPath(request);
    // The stream first: what happens between the two reads comes again as an event after the cursor.
    const live = await events.now(conversation);
    const { before: given } = request.query as { before?: unknown };
    const before = typeof given === 'string' ? given : undefined;
    const view = await conversations.page(conversation, before);
    const judged = await feedback.of(
      conversation,
      view.history.map((turn) => turn.id),
    );
    const { messages, running } = transcript(view, live, { models, feedback: judged });
    const page = pageOf(messages, view.older, before);
    return { id: conversation, title, cursor: live.cursor, ...page, running };
  });

  api.post('/conversations/:id/stop', async (request) => {
    const { conversation } = await ownByPath(request);
    return { stopped: await ingest.stop(conversation) };
  });

  api.post('/conversations/:id/feedback', async (request, reply) => {
    const { message, value, reason } = bodyOf(FeedbackBody, request);
    const { session, conversation } = await ownByPath(request);
    const before = await feedback.set(conversation, message, value);
    if (before === null) {
      throw new ApiError(404, 'no_such_answer', 'There is no such answer in this conversation.');
    }
    if (reason && !(await feedback.why(conversation, message))) return reply.code(204).send();
    await ingest.feedback(addressOf(conversation), {
      message,
      author: session.id,
      value,
      before,
      ...(reason ? { reason } : {}),
    });
    return reply.code(204).send();
  });

  api.delete('/conversations/:id', async (request, reply) => {
    const { session, conversation } = await ownByPath(request);
    // Ends the model's call; what its turn still wants to write finds nothing to write to.
    await ingest.stop(conversation);
    // First what this session could not ask for again once it owns nothing here.
    await conversations.erase(conversation);
    await events.remove(conversation);
    await list.drop(session.id, conversation);
    return reply.code(204).send();
  });

  api.post('/command', async (request) => {
    const { name, argument = '', ...body } = bodyOf(CommandBody, request);
    if (body.conversation === undefined) {
      const { session } = await door.enter(request);
      if ((name === 'model' || name === 'persona') && argument !== '') return { markdown: CHOOSE_LATER };
      return { markdown: await ingest.command(addressOf(NO_CONVERSATION), { name, argument, author: session.id }) };
    }
    const { session, conversation } = await own(request, body.conversation);
    const markdown = await ingest.command(addressOf(conversation), { name, argument, author: session.id });
    if (name === 'reset') await events.clear(conversation);
    return { markdown };
  });
}
