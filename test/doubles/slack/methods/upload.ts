/**
 * files.getUploadURLExternal and files.completeUploadExternal. Rules: the reference page of each. An upload is completed
 * once, and its bytes are as long as was said; nothing is shown before.
 */
import type { Method } from '../context.ts';
import { json, need, text, writable } from '../context.ts';
import { SlackRefusal } from '../types.ts';
import { newId } from '../workspace.ts';

export const uploadMethods: Record<string, Method> = {
  'files.getUploadURLExternal': {
    scope: ['files:write'],
    perMinute: 100,
    run({ ws }, args) {
      const name = need(args, 'filename');
      const length = Number(need(args, 'length'));
      if (!Number.isInteger(length) || length <= 0) throw new SlackRefusal('invalid_arguments');
      const id = newId('F');
      ws.uploads.set(id, { name, length, content: undefined });
      return { upload_url: `${ws.place.origin}/upload/v1/${id}`, file_id: id };
    },
  },
  'files.completeUploadExternal': {
    scope: ['files:write'],
    perMinute: 100,
    run(context, args) {
      const { ws, settings, events, watch } = context;
      const named = json(args, 'files', 'invalid_arguments');
      const [first] = Array.isArray(named) ? (named as { id?: unknown }[]) : [];
      if (!first || (named as unknown[]).length !== 1) throw new SlackRefusal('invalid_arguments');
      const upload = ws.uploads.get(String(first.id));
      if (!upload?.content) throw new SlackRefusal('file_not_found');
      const channel = writable(context, args.channel_id);
      const thread = text(args, 'thread_ts') || undefined;
      if (thread !== undefined) ws.threadRoot(channel, thread);
      ws.uploads.delete(String(first.id));
      const { name, content } = upload;
      const file = ws.addFile({ name, mimetype: 'text/markdown', content }, ws.ids.botUser, channel.id);
      const post = ws.post({ channel, user: ws.ids.botUser, bot: true, thread_ts: thread, files: [file] });
      watch.changed(post);
      if (settings.echo) void events.posted(post);
      return { files: [{ id: file.id, title: name }] };
    },
  },
};
