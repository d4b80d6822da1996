/** What people do: they write, edit, delete, react, open threads. Each hands out what came of it. */
import type { Context } from './context.ts';
import { mentionsOf } from './mentions.ts';
import { canSee, isThread, may, type PermissionName } from './permissions.ts';
import { removePost, wake } from './posting.ts';
import { openThread } from './threads.ts';
import {
  type Channel,
  ChannelKind,
  type Component,
  type Embed,
  type Guild,
  type Post,
  type Reaction,
  type Shows,
  type Upload,
} from './types.ts';
import { wireMember } from './wire.ts';
import { isBefore } from './workspace.ts';

export interface SayOptions {
  /** The message it answers. */
  reply_to?: string;
  /** Does the answer notify the author of that message? Default: true, as in the app. */
  ping?: boolean;
  /** Puts the bot's mention in front. */
  mention?: boolean;
  files?: Upload[];
  /** What else stands in it, as on the wire; embeds and components where a webhook wrote it. */
  shows?: Shows & { embeds?: Embed[]; components?: Component[] };
}

export interface Said {
  id: string;
  /** The id of the channel it was said in. */
  channel: string;
  /** A session of the app took the event (it may have no connection at the moment). */
  heard: boolean;
}

export type People = ReturnType<typeof createPeople>;

/** Builds the people's side. Users are ids; channels are ids or names. */
export function createPeople(context: Context) {
  const { ws, events, watch } = context;
  const { placeOf } = ws;

  function postOf(channel: string, id: string): Post {
    const post = placeOf(channel).byId.get(id);
    if (!post || post.deleted) throw new Error(`nobody sees a message ${id} in ${channel}`);
    return post;
  }

  function say(user: string, channel: string, text: string, options: SayOptions = {}): Said {
    const place = placeOf(channel);
    if (!canSee(user, place)) throw new Error(`${user} is not in ${channel}`);
    const content = (options.mention ? `<@${ws.bot.id}> ${text}` : text).trim();
    const answered = options.reply_to ? postOf(channel, options.reply_to) : undefined;
    const { embeds = [], components = [], ...shows } = options.shows ?? {};
    const isFirst = place.parent?.type === ChannelKind.forum && place.posts.length === 0;
    const post = ws.post({
      // Threads: the first message of a forum's post has its id.
      ...(isFirst ? { id: place.id } : {}),
      channel: place,
      author: user,
      type: answered ? 19 : 0,
      content,
      embeds,
      components,
      shows,
      nonce: user === ws.bot.id ? undefined : ws.nextId(),
      files: (options.files ?? []).map((file) => ws.toAttachment(file)),
      reference: answered && { message_id: answered.id, channel_id: place.id, guild_id: place.guild?.id },
      ...mentionsOf(content, place, user, answered, {
        parse: ['users', 'roles', 'everyone'],
        replied_user: options.ping ?? true,
      }),
    });
    if (isThread(place)) {
      wake(context, place, user);
      // Who is mentioned in a thread is put into it (Threads).
      for (const id of post.mentions) if (id !== user) wake(context, place, id);
    }
    watch.changed(post);
    return { id: post.id, channel: place.id, heard: events.created(post) };
  }

  return {
    say,
    /** The bot writes without the app's doing (another process of it). The app hears it as its own. */
    sayAsBot: (channel: string, text: string, options: SayOptions = {}) => say(ws.bot.id, channel, text, options),
    edit(channel: string, id: string, text: string): boolean {
      const post = postOf(channel, id);
      const answered = post.reference ? post.channel.byId.get(post.reference.message_id) : undefined;
      const { pings: _pings, ...mentioned } = mentionsOf(text, post.channel, post.author, answered);
      Object.assign(post, { content: text, editedAt: Date.now() }, mentioned);
      watch.changed(post);
      return events.updated(post);
    },
    /** As if it had been written so many ms earlier; gives its id, which tells the time. */
    backdate(channel: string, id: string, ms: number): string {
      const post = postOf(channel, id);
      const { posts, byId } = post.channel;
      byId.delete(id);
      post.id = String(BigInt(id) - (BigInt(ms) << 22n));
      byId.set(post.id, post);
      posts.sort((a, b) => (isBefore(a.id, b.id) ? -1 : 1));
      return post.id;
    },
    /** Discord adds the preview of a link: an update in which the person changed nothing. */
    unfurl(channel: string, id: string): boolean {
      const post = postOf(channel, id);
      post.embeds = [{ type: 'link', url: 'https://example.com', title: 'Example' }];
      return events.updated(post);
    },
    remove: (channel: string, id: string) => removePost(context, postOf(channel, id)),
    /** A moderator deletes many at once. */
    removeMany(channel: string, ids: string[]): boolean {
      for (const id of ids) {
        const post = postOf(channel, id);
        post.deleted = true;
        watch.changed(post);
      }
      return events.bulkDeleted(placeOf(channel), ids);
    },
    /** Adds a reaction: `👍`, or `name:id` of a custom emoji. */
    react(user: string, channel: string, id: string, name: string): boolean {
      const post = postOf(channel, id);
      const [word = name, custom] = name.split(':');
      const emoji: Reaction['emoji'] = { id: custom ?? null, name: word };
      const reaction = post.reactions.get(custom ?? name) ?? { emoji, users: new Set() };
      post.reactions.set(custom ?? name, reaction);
      reaction.users.add(user);
      watch.changed(post);
      return events.reaction(true, post, user, emoji);
    },
    unreact(user: string, channel: string, id: string, name: string): boolean {
      const post = postOf(channel, id);
      const key = name.split(':')[1] ?? name;
      const reaction = post.reactions.get(key);
      if (!reaction?.users.delete(user)) throw new Error(`${user} did not react with ${name}`);
      if (reaction.users.size === 0) post.reactions.delete(key);
      watch.changed(post);
      return events.reaction(false, post, user, reaction.emoji);
    },
    typing: (user: string, channel: string) => events.typing(placeOf(channel), user),
    /** A person opens a thread, on a message or alone; gives the thread. */
    startThread(
      user: string,
      channel: string,
      options: { name?: string; message?: string; private?: boolean; members?: string[] } = {},
    ): Channel {
      const thread = openThread(context, placeOf(channel), {
        name: options.name ?? 'thread',
        autoArchive: 1440,
        owner: user,
        type: options.private ? ChannelKind.privateThread : ChannelKind.publicThread,
        on: options.message ? postOf(channel, options.message) : undefined,
      });
      for (const member of options.members ?? []) wake(context, thread, member);
      return thread;
    },
    /** A post in a forum: a thread whose first message has its id. */
    startPost(user: string, forum: string, options: { name: string; text: string } & SayOptions): Channel {
      const parent = placeOf(forum);
      if (parent.type !== ChannelKind.forum) throw new Error(`${forum} is no forum`);
      const type = ChannelKind.publicThread;
      const thread = openThread(context, parent, { name: options.name, autoArchive: 1440, owner: user, type });
      parent.newestPost = thread.id;
      say(user, thread.id, options.text, options);
      return thread;
    },
    /** Nobody but moderators writes there any more; it stays open. */
    lock(thread: string): boolean {
      const place = placeOf(thread);
      place.locked = true;
      return events.thread('THREAD_UPDATE', place);
    },
    archive(thread: string, options: { locked?: boolean } = {}): boolean {
      const place = placeOf(thread);
      Object.assign(place, { archived: true, locked: options.locked ?? false });
      return events.thread('THREAD_UPDATE', place);
    },
    removeThread(thread: string): void {
      const place = placeOf(thread);
      events.thread('THREAD_DELETE', place);
      ws.channels.delete(place.id);
    },
    /** A new text channel; the app hears of it. */
    addChannel(fields: { name: string; guild?: Guild }): Channel {
      const guild = fields.guild ?? [...ws.guilds.values()][0];
      const made = ws.makeChannel({ type: ChannelKind.text, name: fields.name, guild });
      events.channel('CHANNEL_CREATE', made);
      return made;
    },
    addForum(fields: { name: string; guild?: Guild }): Channel {
      const guild = fields.guild ?? [...ws.guilds.values()][0];
      const made = ws.makeChannel({ type: ChannelKind.forum, name: fields.name, guild });
      events.channel('CHANNEL_CREATE', made);
      return made;
    },
    removeChannel(channel: string): void {
      const place = placeOf(channel);
      events.channel('CHANNEL_DELETE', place);
      ws.channels.delete(place.id);
    },
    /** Sets what the bot (or `target`: a user or role id) may do in a channel; the app hears of it. */
    permit(channel: string, rights: { allow?: PermissionName[]; deny?: PermissionName[] }, target?: string): void {
      const place = placeOf(channel);
      ws.setOverwrite(place, rights, target);
      events.channel('CHANNEL_UPDATE', place);
    },
    may: (user: string, channel: string, name: PermissionName) => may(user, placeOf(channel), name),
    join(user: string, guild: Guild): boolean {
      ws.join(guild, user);
      return events.member('GUILD_MEMBER_ADD', guild.id, {
        ...wireMember(ws, guild, user, true),
        guild_id: guild.id,
      });
    },
    placeOf,
    postOf,
  };
}
