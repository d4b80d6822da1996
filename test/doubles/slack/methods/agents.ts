/**
 * agents.sessions.* and assistant.threads.*. Rules: their reference pages, "Agent sessions", "Migrating to the Agent
 * messaging experience" (suggested prompts by assistant.threads.setSuggestedPrompts *without* thread_ts; with it the
 * call fails silently for an agent app), "Set status method scope update" (chat:write or assistant:write).
 * Assumed: an app that is not declared an agent gets `feature_disabled` from agents.sessions.*; that a thread of an
 * app without either view has no title (`invalid_thread_ts`).
 */
import type { Context, Method } from '../context.ts';
import { json, need, text } from '../context.ts';
import type { Args, Channel } from '../types.ts';
import { SlackRefusal } from '../types.ts';

export const STATUSES = new Set(['active', 'processing', 'suspended', 'closed']);

/** Sets a session's status, creating the session; the title counts only then. */
export function setSession(
  context: Context,
  channel: string,
  thread: string,
  status: string,
  title: string | undefined,
) {
  const { ws } = context;
  const key = ws.sessionKey(channel, thread);
  let session = ws.sessions.get(key);
  if (!session) {
    session = { channel, thread_ts: thread, status, title, history: [] };
    ws.sessions.set(key, session);
  }
  session.status = status;
  session.history.push(status);
  context.watch.stirred();
  return session;
}

function place(context: Context, args: Args): { channel: Channel; thread: string } {
  const { ws, settings } = context;
  if (settings.surface !== 'agent') throw new SlackRefusal('feature_disabled');
  const channel = ws.channelFor(need(args, 'channel_id'));
  if (!channel.members.has(ws.ids.botUser)) throw new SlackRefusal('not_authorized');
  const thread = text(args, 'thread_ts');
  if (!thread) throw new SlackRefusal('thread_ts_required');
  return { channel, thread };
}

function title(args: Args): string | undefined {
  const value = text(args, 'title');
  if (value !== undefined && value.length > 200) throw new SlackRefusal('invalid_arguments');
  return value || undefined;
}

const setStatus: Method = {
  scope: ['chat:write'],
  perMinute: 50,
  run(context, args) {
    const { ws, settings } = context;
    const { channel, thread } = place(context, args);
    const status = need(args, 'status');
    if (!STATUSES.has(status)) throw new SlackRefusal('invalid_status');
    ws.threadRoot(channel, thread);
    const initiator = text(args, 'initiator_user_id');
    if (initiator && !channel.members.has(initiator)) throw new SlackRefusal('user_not_found');
    const session = setSession(context, channel.id, thread, status, title(args));
    const warned = status === 'processing' && !settings.events.has('agent_session_stopped');
    return {
      status,
      title: session.title ?? '',
      ...(warned ? { warning: 'missing_agent_session_stopped_event_subscription' } : {}),
    };
  },
};

const rename: Method = {
  scope: ['chat:write'],
  perMinute: 50,
  run(context, args) {
    const { channel, thread } = place(context, args);
    need(args, 'title');
    const session = context.ws.sessions.get(context.ws.sessionKey(channel.id, thread));
    if (!session) throw new SlackRefusal('session_not_found');
    session.title = title(args);
    context.watch.stirred();
    return { title: session.title };
  },
};

/** The thread of assistant.threads.*: its root must be there. */
function assistantThread(context: Context, args: Args): { channel: Channel; thread: string } {
  const channel = context.ws.channelFor(need(args, 'channel_id'));
  const thread = need(args, 'thread_ts');
  const root = channel.byTs.get(thread);
  if (!root || root.thread_ts !== undefined) throw new SlackRefusal('invalid_thread_ts');
  return { channel, thread };
}

const threadStatus: Method = {
  scope: ['chat:write', 'assistant:write'],
  perMinute: 0,
  run(context, args) {
    const { channel, thread } = assistantThread(context, args);
    const status = text(args, 'status');
    if (status === undefined) throw new SlackRefusal('invalid_arguments');
    const loading = json(args, 'loading_messages', 'invalid_arguments');
    if (loading !== undefined && (!Array.isArray(loading) || loading.length > 10))
      throw new SlackRefusal('invalid_arguments');
    const key = `${channel.id}:${thread}`;
    if (status === '') context.threadStatus.delete(key);
    else context.threadStatus.set(key, status);
    context.watch.stirred();
    return {};
  },
};

const threadTitle: Method = {
  scope: ['assistant:write'],
  perMinute: 50,
  run(context, args) {
    const { channel, thread } = assistantThread(context, args);
    if (context.settings.surface === 'plain') throw new SlackRefusal('invalid_thread_ts');
    context.threadTitle.set(`${channel.id}:${thread}`, need(args, 'title'));
    context.watch.stirred();
    return {};
  },
};

const suggestedPrompts: Method = {
  scope: ['assistant:write'],
  perMinute: 100,
  run(context, args) {
    const { ws, settings, watch } = context;
    const channel = ws.channelFor(need(args, 'channel_id'));
    const prompts = json(args, 'prompts', 'invalid_arguments') as { title?: unknown; message?: unknown }[] | undefined;
    if (!Array.isArray(prompts) || prompts.length === 0 || prompts.length > 4)
      throw new SlackRefusal('invalid_arguments');
    for (const prompt of prompts)
      if (typeof prompt.title !== 'string' || typeof prompt.message !== 'string' || !prompt.title || !prompt.message)
        throw new SlackRefusal('invalid_arguments');
    const thread = text(args, 'thread_ts');
    if (settings.surface === 'agent' && thread) return {}; // fails silently, says the reference
    if (settings.surface !== 'agent') assistantThread(context, args);
    context.prompts.set(settings.surface === 'agent' ? channel.id : `${channel.id}:${thread}`, {
      title: text(args, 'title'),
      prompts: prompts as { title: string; message: string }[],
    });
    watch.stirred();
    return {};
  },
};

export const agentMethods: Record<string, Method> = {
  'agents.sessions.setStatus': setStatus,
  'agents.sessions.rename': rename,
  'assistant.threads.setStatus': threadStatus,
  'assistant.threads.setTitle': threadTitle,
  'assistant.threads.setSuggestedPrompts': suggestedPrompts,
};
