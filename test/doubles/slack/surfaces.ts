/**
 * What people do around the messages: they open the app's home, an assistant thread, press the stop button. And the
 * raw ways in: any event, an event once more, idle streams ended. Rules: docs.slack.dev "app_home_opened",
 * "assistant_thread_started", "agent_session_stopped" (the button is there while the session is processing and the app
 * is subscribed; Slack stops the streams, the app sets the status).
 */
import type { Context } from './context.ts';
import type { Delivery } from './delivery.ts';
import type { createPeople } from './people.ts';
import type { Delivered } from './types.ts';

/** Builds them. */
export function createSurfaces(context: Context, delivery: Delivery, people: ReturnType<typeof createPeople>) {
  const { ws, settings, events, watch } = context;
  const { placeOf } = people;
  return {
    /** Opens the app's home: `messages` is the DM, `home` the Home tab. */
    openHome(user: string, tab: 'home' | 'messages' = 'messages', appContext?: object): Promise<Delivered> {
      const view = tab === 'home' ? context.homes.get(user) : undefined;
      return events.send('app_home_opened', {
        type: 'app_home_opened',
        user,
        channel: ws.dm(user).id,
        tab,
        ...(view ? { view } : {}),
        ...(appContext ? { context: appContext } : {}),
        event_ts: ws.nextTs(),
      });
    },
    /** Opens a new assistant thread (assistant_view apps): Slack posts its root, then tells the app. */
    openAssistantThread(
      user: string,
      about: object = {},
    ): { channel: string; thread_ts: string; delivered: Promise<Delivered> } {
      if (settings.surface !== 'assistant') throw new Error('assistant threads need surface: assistant');
      const channel = ws.dm(user);
      const root = ws.post({
        channel,
        user: ws.ids.botUser,
        bot: true,
        text: 'New Assistant Thread',
        subtype: 'assistant_app_thread',
      });
      const event = {
        type: 'assistant_thread_started',
        assistant_thread: { user_id: user, context: about, channel_id: channel.id, thread_ts: root.ts },
        event_ts: ws.nextTs(),
      };
      return { channel: channel.id, thread_ts: root.ts, delivered: events.send('assistant_thread_started', event) };
    },
    changeAssistantContext(user: string, thread_ts: string, about: object): Promise<Delivered> {
      return events.send('assistant_thread_context_changed', {
        type: 'assistant_thread_context_changed',
        assistant_thread: { user_id: user, context: about, channel_id: ws.dm(user).id, thread_ts },
        event_ts: ws.nextTs(),
      });
    },
    /**
     * Presses the stop button of a session. It is there only while the session is `processing` and the app subscribed
     * to `agent_session_stopped`. Streams in the thread are stopped by Slack; the status is left to the app.
     */
    pressStop(user: string, channel: string, thread_ts: string): Promise<Delivered> {
      const place = placeOf(channel);
      const session = ws.sessions.get(ws.sessionKey(place.id, thread_ts));
      if (session?.status !== 'processing' || !settings.events.has('agent_session_stopped'))
        throw new Error(`no stop button is shown: session is ${session?.status ?? 'not there'}`);
      const stopped: string[] = [];
      for (const post of place.byTs.get(thread_ts)?.replies ?? []) {
        if (!post.stream || !ws.isStreaming(post)) continue;
        post.stream.state = 'stopped_by_user';
        stopped.push(post.ts);
        watch.changed(post);
      }
      const event = {
        type: 'agent_session_stopped',
        channel: place.id,
        user,
        thread_ts,
        streaming_message_ts: stopped,
        event_ts: ws.nextTs(),
      };
      return events.send('agent_session_stopped', event, place);
    },
    /** Any event, as it is. */
    event(raw: { type: string; [field: string]: unknown }): Promise<Delivered> {
      return delivery.event({ event_ts: ws.nextTs(), ...raw });
    },
    redeliver(eventId: string): Promise<Delivered> {
      return delivery.again(eventId);
    },
    /** Ends every idle stream now, as five minutes without an append would. */
    expireStreams(): void {
      for (const channel of ws.channels.values())
        for (const post of channel.byTs.values())
          if (post.stream?.state === 'in_progress') {
            post.stream.state = 'expired';
            watch.changed(post);
          }
    },
  };
}
