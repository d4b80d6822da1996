/** Posts, files, people and channels in the shape in which Slack sends them. */
import type { Channel, Post, SlackFile, User, UserGroup } from './types.ts';
import type { Workspace } from './workspace.ts';

type Wire = Record<string, unknown>;

/** A message as history, answers and events carry it. `metadata` only where it is asked for. */
export function wireMessage(ws: Workspace, post: Post, options: { metadata?: boolean; thread?: boolean } = {}): Wire {
  const { ids } = ws;
  if (post.deleted)
    return {
      type: 'message',
      subtype: 'tombstone',
      text: 'This message was deleted.',
      user: 'USLACKBOT',
      hidden: true,
      ts: post.ts,
      ...threadFields(post),
    };
  const wire: Wire = { type: 'message', user: post.user, ts: post.ts, text: post.text, team: ids.team };
  if (post.subtype) wire.subtype = post.subtype;
  else if (post.broadcast) wire.subtype = 'thread_broadcast';
  if (post.client_msg_id) wire.client_msg_id = post.client_msg_id;
  if (post.bot) {
    wire.bot_id = ids.bot;
    wire.app_id = ids.app;
    wire.bot_profile = { id: ids.bot, app_id: ids.app, name: ids.botName, team_id: ids.team, deleted: false };
  }
  if (post.blocks) wire.blocks = post.blocks;
  if (post.files) wire.files = post.files.map((file) => wireFile(ws, file));
  if (post.files) wire.upload = false;
  if (post.edited) wire.edited = post.edited;
  if (post.stream) wire.streaming_state = post.stream.state === 'in_progress' ? 'in_progress' : 'completed';
  if (post.thread_ts !== undefined) {
    wire.thread_ts = post.thread_ts;
    wire.parent_user_id = post.parent_user_id;
  } else if (options.thread ?? true) Object.assign(wire, threadFields(post));
  if (post.reactions?.size)
    wire.reactions = [...post.reactions].map(([name, who]) => ({ name, users: [...who], count: who.size }));
  if (options.metadata && post.metadata) wire.metadata = post.metadata;
  return post.wire ? { ...wire, ...post.wire } : wire;
}

/** What a root carries about its thread (conversations.replies, response). */
function threadFields(root: Post): Wire {
  const replies = root.replies?.filter((reply) => !reply.deleted);
  if (!replies?.length) return {};
  const users = [...new Set(replies.map((reply) => reply.user))];
  return {
    thread_ts: root.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    reply_users: users.slice(0, 5),
    latest_reply: replies.at(-1)?.ts,
    subscribed: false,
    is_locked: false,
  };
}

/** A file object; `full` is what files.info gives even where the event has only the id. */
export function wireFile(ws: Workspace, file: SlackFile, full = false): Wire {
  if (file.access === 'check_file_info' && !full)
    return { id: file.id, created: 0, file_access: 'check_file_info', mode: 'file_access' };
  const url = `${ws.place.origin}/files-pri/${ws.ids.team}-${file.id}/${encodeURIComponent(file.name)}`;
  const ext = file.name.split('.').pop() ?? '';
  return {
    id: file.id,
    created: file.created,
    timestamp: file.created,
    name: file.name,
    title: file.name,
    mimetype: file.mimetype,
    filetype: ext,
    pretty_type: ext.toUpperCase(),
    user: file.user,
    user_team: ws.ids.team,
    editable: false,
    size: file.content.length,
    mode: 'hosted',
    is_external: false,
    external_type: '',
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: url,
    url_private_download: url.replace(`-${file.id}/`, `-${file.id}/download/`),
    permalink: `https://example.slack.com/files/${file.user}/${file.id}/${encodeURIComponent(file.name)}`,
    has_rich_preview: false,
    file_access: 'visible',
  };
}

export function wireUser(ws: Workspace, user: User): Wire {
  return {
    id: user.id,
    team_id: ws.ids.team,
    name: user.name,
    deleted: user.deleted,
    color: '9f69e7',
    real_name: user.real_name,
    tz: user.tz,
    tz_label: user.tz,
    tz_offset: 0,
    profile: {
      real_name: user.real_name,
      real_name_normalized: user.real_name,
      display_name: user.display_name,
      display_name_normalized: user.display_name,
      team: ws.ids.team,
      ...(user.id === ws.ids.botUser ? { bot_id: ws.ids.bot, api_app_id: ws.ids.app } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.is_bot,
    is_app_user: false,
    updated: 1_700_000_000,
  };
}

export function wireChannel(ws: Workspace, channel: Channel): Wire {
  const common: Wire = {
    id: channel.id,
    created: 1_700_000_000,
    is_archived: channel.archived,
    is_im: channel.type === 'im',
    is_mpim: channel.type === 'mpim',
    is_private: channel.type !== 'channel',
    context_team_id: ws.ids.team,
  };
  if (channel.type === 'im')
    return { ...common, user: [...channel.members].find((id) => id !== ws.ids.botUser), is_open: true };
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.type === 'channel',
    is_group: channel.type === 'group',
    is_member: channel.members.has(ws.ids.botUser),
    is_general: false,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  };
}

export function wireUserGroup(
  ws: Workspace,
  group: UserGroup,
  { count, users }: { count: boolean | undefined; users: boolean | undefined },
): Wire {
  return {
    id: group.id,
    team_id: ws.ids.team,
    is_usergroup: true,
    is_subteam: true,
    name: group.handle,
    description: '',
    handle: group.handle,
    is_external: false,
    date_create: 1446598059,
    date_update: 1446670362,
    date_delete: group.date_delete,
    auto_type: null,
    auto_provision: false,
    enterprise_subteam_id: '',
    created_by: 'USLACKBOT',
    updated_by: 'USLACKBOT',
    deleted_by: group.date_delete ? 'USLACKBOT' : null,
    prefs: { channels: [], groups: [] },
    ...(users ? { users: [...group.users] } : {}),
    ...(count ? { user_count: group.users.size } : {}),
  };
}
