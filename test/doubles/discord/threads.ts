/** How a thread begins (Threads; Channel: start thread from message, start thread without message). */
import type { Context } from './context.ts';
import { type Channel, ChannelKind, type Post } from './types.ts';

export interface ThreadFields {
  name: string;
  autoArchive: number;
  owner: string;
  type: typeof ChannelKind.publicThread | typeof ChannelKind.privateThread;
  /** The message it hangs on; the thread gets its id. */
  on?: Post;
}

/** Opens a thread; the app hears of it, of the message that carries it, and of the system messages. */
export function openThread(context: Context, parent: Channel, fields: ThreadFields): Channel {
  const { ws, events, watch } = context;
  const { on, owner } = fields;
  const thread = ws.makeChannel({
    ...(on ? { id: on.id } : {}),
    type: fields.type,
    name: fields.name,
    guild: parent.guild,
    parent,
    owner,
    autoArchive: fields.autoArchive,
    people: new Set([owner]),
  });
  events.thread('THREAD_CREATE', thread);
  events.threadMembers(thread, [owner], []);
  if (on) {
    on.thread = thread;
    on.flags |= 32;
    events.updated(on);
    const starter = ws.post({
      channel: thread,
      author: on.author,
      type: 21,
      reference: { message_id: on.id, channel_id: parent.id, guild_id: parent.guild?.id },
    });
    watch.changed(starter);
    events.created(starter);
  } else if (fields.type === ChannelKind.publicThread && parent.type !== ChannelKind.forum) {
    const notice = ws.post({
      channel: parent,
      author: owner,
      type: 18,
      content: fields.name,
      reference: { message_id: thread.id, channel_id: thread.id, guild_id: parent.guild?.id },
    });
    watch.changed(notice);
    events.created(notice);
  }
  watch.stirred();
  return thread;
}
