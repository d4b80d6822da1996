/**
 * Answers to interactions (page "Receiving and Responding"): the callback within 3 s and once only, then by the token,
 * good for 15 minutes, the original message and follow-ups. The token in the path is all the authority that is asked.
 */
import { type Answer, type Context, nothing, ok, param, type Request, type Route } from '../context.ts';
import { createPost, editPost, removePost } from '../posting.ts';
import { invalid, unknownInteraction, unknownMessage, unknownWebhook } from '../refusals.ts';
import { type Body, DiscordRefusal, type Interaction, type Post } from '../types.ts';
import { wireMessage } from '../wire.ts';

const EPHEMERAL = 64;
const LOADING = 128;

const shown = (context: Context, post: Post) => wireMessage(context.ws, post, { content: true });

/** Type of the messages that answer: 20 slash command, 23 context menu command, 19 a button's message. */
function messageType(interaction: Interaction, menu: boolean): number {
  if (interaction.type === 3) return 19;
  return menu ? 23 : 20;
}

function answerWith(context: Context, interaction: Interaction, data: Body, files: Request['files']): Post {
  const ephemeral = ((Number(data.flags) || 0) & EPHEMERAL) !== 0;
  const type = messageType(interaction, interaction.menu);
  const post = createPost(context, interaction.channel, { body: data, files }, { interaction, type, ephemeral });
  if (interaction.type === 3 && interaction.target)
    post.reference = {
      message_id: interaction.target.id,
      channel_id: interaction.channel.id,
      guild_id: interaction.channel.guild?.id,
    };
  interaction.posts.push(post);
  return post;
}

function think(context: Context, interaction: Interaction, data: Body): Post {
  const { ws, events, watch } = context;
  const ephemeral = ((Number(data.flags) || 0) & EPHEMERAL) !== 0;
  const post = ws.post(
    {
      channel: interaction.channel,
      author: ws.bot.id,
      type: messageType(interaction, interaction.menu),
      flags: LOADING | (ephemeral ? EPHEMERAL : 0),
      interaction,
    },
    ephemeral,
  );
  interaction.posts.push(post);
  watch.changed(post);
  events.created(post, ephemeral);
  return post;
}

/** What the callback does; the message that came of it. @throws DiscordRefusal */
function applyCallback(context: Context, interaction: Interaction, request: Request): Post | undefined {
  const type = request.body.type as number;
  const data = (request.body.data ?? {}) as Body;
  switch (type) {
    case 4:
      return answerWith(context, interaction, data, request.files);
    case 5:
      return think(context, interaction, data);
    case 6:
    case 7:
      if (interaction.type !== 3 || !interaction.target)
        invalid(['type'], 'INTERACTION_APPLICATION_COMMAND_INVALID_TYPE', 'Only components can update a message');
      if (type === 7) editPost(context, interaction.target, { body: data, files: request.files });
      return interaction.target;
    case 9:
      return undefined;
    default:
      return invalid(['type'], 'BASE_TYPE_CHOICES', 'Value must be one of {4, 5, 6, 7, 9}.');
  }
}

function callback(context: Context, request: Request): Answer {
  const { ws, settings, watch } = context;
  const interaction = ws.interactions.get(param(request, 'token'));
  if (interaction?.id !== param(request, 'interaction')) throw unknownInteraction();
  if (interaction.callback !== undefined)
    throw new DiscordRefusal(400, 40060, 'Interaction has already been acknowledged.');
  if (Date.now() - interaction.createdAt > settings.interactionTimeoutMs) throw unknownInteraction();
  const post = applyCallback(context, interaction, request);
  const type = request.body.type as number;
  interaction.callback = type;
  interaction.answeredAt = Date.now();
  interaction.original = post;
  interaction.ephemeral = ((post?.flags ?? 0) & EPHEMERAL) !== 0;
  watch.stirred();
  if (request.query.with_response !== 'true') return nothing;
  return ok({
    interaction: {
      id: interaction.id,
      type: interaction.type,
      ...(post ? { response_message_id: post.id } : {}),
      response_message_loading: type === 5,
      response_message_ephemeral: interaction.ephemeral,
    },
    ...(post ? { resource: { type, message: shown(context, post) } } : {}),
  });
}

/** The interaction of a webhook path. @throws DiscordRefusal 50027, 10015 */
function byToken(context: Context, request: Request): Interaction {
  const { ws, settings } = context;
  const interaction = ws.interactions.get(param(request, 'token'));
  if (param(request, 'application') !== ws.applicationId) throw unknownWebhook();
  if (!interaction || Date.now() - interaction.createdAt > settings.interactionTokenMs)
    throw new DiscordRefusal(401, 50027, 'Invalid Webhook Token');
  // Before its callback, an interaction has no webhook yet.
  if (interaction.callback === undefined) throw unknownWebhook();
  return interaction;
}

function messageOf(context: Context, request: Request): { interaction: Interaction; post: Post } {
  const interaction = byToken(context, request);
  const id = param(request, 'message');
  const post = id === '@original' ? interaction.original : interaction.posts.find((each) => each.id === id);
  if (!post || post.deleted) throw unknownMessage();
  return { interaction, post };
}

function followUp(context: Context, request: Request): Answer {
  const interaction = byToken(context, request);
  const { original } = interaction;
  // Right after a deferral, this edits the message that is awaited (Receiving and Responding: create followup message).
  if (interaction.callback === 5 && original && original.flags & LOADING) {
    editPost(context, original, request);
    return ok(shown(context, original));
  }
  if (interaction.owners[0] === undefined && interaction.followUps >= 5)
    throw new DiscordRefusal(400, 40094, 'Maximum number of follow-up messages reached (5)');
  interaction.followUps += 1;
  return ok(shown(context, answerWith(context, interaction, request.body, request.files)));
}

function edit(context: Context, request: Request): Answer {
  const { post } = messageOf(context, request);
  editPost(context, post, request);
  return ok(shown(context, post));
}

function remove(context: Context, request: Request): Answer {
  const { post } = messageOf(context, request);
  if (post.flags & EPHEMERAL) {
    post.deleted = true;
    context.watch.changed(post);
  } else removePost(context, post);
  return nothing;
}

const MESSAGE = '/webhooks/:application/:token/messages/:message';

export const interactionRoutes: Record<string, Route> = {
  'POST /interactions/:interaction/:token/callback': { open: true, run: callback },
  'POST /webhooks/:application/:token': { open: true, run: followUp },
  [`GET ${MESSAGE}`]: { open: true, run: (context, request) => ok(shown(context, messageOf(context, request).post)) },
  [`PATCH ${MESSAGE}`]: { open: true, run: edit },
  [`DELETE ${MESSAGE}`]: { open: true, run: remove },
};
