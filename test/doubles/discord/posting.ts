/** How a message of the app comes to be, changes and goes: for the channel routes and for interactions alike. */
import type { Context, FormFile, Request } from './context.ts';
import { mentionsOf } from './mentions.ts';
import { checkMessage, type MessageBody } from './message-body.ts';
import { isThread, may } from './permissions.ts';
import { emptyMessage, invalid, missingPermissions } from './refusals.ts';
import type { Attachment, Channel, Component, Embed, Interaction, MessageReference, Post } from './types.ts';
import { DiscordRefusal } from './types.ts';

/** Flags that an app may set: SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, IS_VOICE_MESSAGE, IS_COMPONENTS_V2. */
const SETTABLE = 4 | 4096 | 8192 | 32768;

/** The files of a form, with the names and descriptions of `attachments` (Reference: uploading files). */
export function filesOf(context: Context, files: FormFile[], listed: MessageBody['attachments']): Attachment[] {
  const { ws, settings } = context;
  if (files.length > 10) throw new DiscordRefusal(400, 30015, 'Maximum number of attachments reached (10)');
  return files.map((file) => {
    if (file.content.length > settings.maxFileBytes) throw new DiscordRefusal(413, 40005, 'Request entity too large');
    const entry = listed?.find((item) => String(item.id) === String(file.n));
    const name = entry?.filename ?? file.name;
    return ws.toAttachment({ name, mimetype: file.type, content: file.content }, entry?.description);
  });
}

/** Does this body show anything? */
function isEmpty(body: MessageBody, files: number): boolean {
  return !body.content?.trim() && !body.embeds?.length && files === 0 && !body.components?.length;
}

/** The message answered by a `message_reference`. @throws DiscordRefusal 50035, 160002 */
function answeredBy(
  context: Context,
  channel: Channel,
  body: MessageBody,
): { reference?: MessageReference; post?: Post } {
  const wanted = body.message_reference;
  if (!wanted) return {};
  if (wanted.type) throw new DiscordRefusal(400, 0, 'The Discord double models no forwarded messages');
  const post =
    wanted.channel_id === undefined || wanted.channel_id === channel.id
      ? channel.byId.get(String(wanted.message_id))
      : undefined;
  if (!post || post.deleted) {
    if (wanted.fail_if_not_exists === false) return {};
    invalid(['message_reference'], 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  }
  if (![0, 19, 20, 23].includes(post.type))
    invalid(['message_reference'], 'REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE', 'Cannot reply to a system message');
  if (!may(context.ws.bot.id, channel, 'readMessageHistory'))
    throw new DiscordRefusal(403, 160002, 'Cannot reply without permission to read message history');
  return { reference: { message_id: post.id, channel_id: channel.id, guild_id: channel.guild?.id }, post };
}

/** Posts into a channel whose permissions were looked at before. Without `interaction`, as the bot itself. */
export function createPost(
  context: Context,
  channel: Channel,
  request: Pick<Request, 'body' | 'files'>,
  by?: { interaction: Interaction; type: number; ephemeral: boolean },
): Post {
  const { ws, events, watch } = context;
  const body = checkMessage(request.body);
  if (isEmpty(body, request.files.length)) throw emptyMessage();
  if (!by && request.files.length > 0 && !may(ws.bot.id, channel, 'attachFiles')) throw missingPermissions();
  const answered = answeredBy(context, channel, body);
  const files = filesOf(context, request.files, body.attachments);
  const content = (body.content ?? '').trim();
  const post = ws.post(
    {
      channel,
      author: ws.bot.id,
      type: by?.type ?? (answered.reference ? 19 : 0),
      content,
      embeds: (body.embeds ?? []) as Embed[],
      components: withIds(body.components ?? []),
      files,
      flags: ((body.flags ?? 0) & SETTABLE) | (by?.ephemeral ? 64 : 0),
      nonce: body.nonce ?? undefined,
      reference: answered.reference,
      interaction: by?.interaction,
      ...mentionsOf(content, channel, ws.bot.id, answered.post, body.allowed_mentions ?? undefined),
    },
    by?.ephemeral,
  );
  if (isThread(channel)) wake(context, channel, ws.bot.id);
  watch.changed(post);
  events.created(post, by?.ephemeral);
  return post;
}

/** Posting joins the thread, and wakes an archived one (Threads: joining, active and archived). */
export function wake(context: Context, thread: Channel, user: string): void {
  const { events } = context;
  if (!thread.people.has(user)) {
    thread.people.add(user);
    events.threadMembers(thread, [user], []);
  }
  if (!thread.archived) return;
  thread.archived = false;
  events.thread('THREAD_UPDATE', thread);
}

/** Discord numbers the components that have no `id` (Component Reference: anatomy). */
function withIds(components: Component[]): Component[] {
  let next = 1;
  const number = (component: Component): Component => ({
    id: next++,
    ...component,
    ...(Array.isArray(component.components) ? { components: (component.components as Component[]).map(number) } : {}),
  });
  return components.map(number);
}

/** Changes a message of the app (Message: edit message). */
export function editPost(context: Context, post: Post, request: Pick<Request, 'body' | 'files'>): void {
  const { ws, events, watch } = context;
  const body = checkMessage(request.body, { edit: true, v2: (post.flags & 32768) !== 0 });
  const added = filesOf(context, request.files, body.attachments);
  const kept = body.attachments
    ? post.files.filter((file) => body.attachments?.some((item) => String(item.id) === file.id))
    : post.files;
  const next = {
    content: body.content === undefined ? post.content : (body.content ?? '').trim(),
    embeds: body.embeds === undefined ? post.embeds : ((body.embeds ?? []) as Embed[]),
    components: body.components === undefined ? post.components : withIds(body.components ?? []),
    files: [...kept, ...added],
  };
  if (isEmpty(next as MessageBody, next.files.length)) throw emptyMessage();
  for (const file of added) ws.attachments.set(file.id, { channel: post.channel, file });
  const loading = (post.flags & 128) !== 0;
  Object.assign(post, next);
  if (body.flags !== undefined && body.flags !== null)
    post.flags = (post.flags & ~(SETTABLE & ~32768)) | (body.flags & SETTABLE);
  post.flags &= ~128;
  if (body.content !== undefined) {
    const { channel } = post;
    const answered = post.reference ? channel.byId.get(post.reference.message_id) : undefined;
    // An edit changes who is mentioned, but notifies nobody; the answer that was awaited does.
    const { pings, ...mentioned } = mentionsOf(
      next.content,
      channel,
      ws.bot.id,
      answered,
      body.allowed_mentions ?? undefined,
    );
    Object.assign(post, mentioned, loading ? { pings } : {});
  }
  if (!loading) post.editedAt = Date.now();
  watch.changed(post);
  events.updated(post, (post.flags & 64) !== 0);
}

/** Takes a message away for everybody. */
export function removePost(context: Context, post: Post): void {
  post.deleted = true;
  context.watch.changed(post);
  context.events.deleted(post);
}
