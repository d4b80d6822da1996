/**
 * A strict stand-in for Slack, for tests and the bench: one HTTP port on 127.0.0.1 with the Web API, Socket Mode, file
 * downloads and response_urls; signed events by HTTP; people who write and press; and what they see.
 *
 * Modelled, with the page of docs.slack.dev that says so (each file's header names its own):
 * - Web API calls, their arguments, limits and error codes: the method reference; `missing_scope` with needed/provided.
 * - Rate limits by tier, 429 with Retry-After: "Rate limits" (switch `limits`, off by default).
 * - History by time and cursor, and how little of it some apps get: "conversations.history", "conversations.replies".
 * - Streams: "chat.startStream", "chat.appendStream", "chat.stopStream"; they close when idle.
 * - Agent sessions, the stop button, suggested prompts: "Agent sessions", "Migrating to the Agent messaging experience".
 * - Events, acknowledgement, retries: "The Events API", "Using Socket Mode"; signatures: "Verifying requests from Slack".
 * - Commands and buttons: "Slash commands", "Handling user interaction".
 * - Block Kit: the reference of each block.
 * Assumed, where no page says it (also marked in the files): the code for a thread that is not there (`thread_not_found`)
 * and for over-long markdown (`msg_too_long`, `msg_blocks_too_long`); text over 40,000 characters is refused, where
 * Slack cuts it; a reply's `thread_ts` must name the root; an app that is no agent gets `feature_disabled`; appends raise
 * no events; an event without an open socket is tried again like one that nobody acknowledged.
 * Not modelled: user tokens, several workspaces, Enterprise Grid, Slack Connect, modals, scheduled messages, canvases.
 */

import type { Context } from './context.ts';
import { createDelivery } from './delivery.ts';
import { createEvents, DEFAULT_EVENTS } from './events.ts';
import { createFaults } from './faults.ts';
import { createInteractions } from './interact.ts';
import { createLimits } from './limits.ts';
import { agentMethods } from './methods/agents.ts';
import { chatMethods } from './methods/chat.ts';
import { listMethods } from './methods/lists.ts';
import { readMethods } from './methods/read.ts';
import { streamMethods } from './methods/stream.ts';
import { uploadMethods } from './methods/upload.ts';
import { createPeople } from './people.ts';
import { createSlackServer } from './server.ts';
import { createSocketMode } from './socket.ts';
import { createSurfaces } from './surfaces.ts';
import type { Settings, SlackDoubleOptions } from './types.ts';
import { createWatch } from './watch.ts';
import { createWebhook, type Urls } from './webhook.ts';
import { createWorkspace, type Ids, newId } from './workspace.ts';

export type { SentEvent } from './delivery.ts';
export type { Fault, FaultHandle } from './faults.ts';
export type { Answered } from './interact.ts';
export type { Said, SayOptions } from './people.ts';
export type * from './types.ts';

/** The scopes of a well-made manifest. */
export const DEFAULT_SCOPES = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'reactions:read',
  'reactions:write',
  'usergroups:read',
  'users:read',
];

export type SlackDouble = Awaited<ReturnType<typeof startSlackDouble>>;

/**
 * Starts Slack on a free port of 127.0.0.1, with two people (ana, ben), the channel `general` with both and the bot in
 * it, and DMs that open when asked for. Events go to Socket Mode until `deliverTo` says otherwise.
 */
export async function startSlackDouble(options: SlackDoubleOptions = {}) {
  const tokens = {
    bot: options.botToken ?? 'xoxb-1111111111-2222222222-doubleDoubleDouble',
    app: options.appToken ?? 'xapp-1-A0DOUBLE-3333333333-doubleDoubleDouble',
  };
  const signingSecret = options.signingSecret ?? 'b1946ac92492d2347c6235b4d2611184';
  const ids: Ids = {
    team: newId('T'),
    teamName: options.teamName ?? 'Example',
    app: newId('A'),
    botUser: newId('U'),
    bot: newId('B'),
    botName: options.botName ?? 'chasqui',
  };
  const surface = options.surface ?? 'agent';
  const settings: Settings = {
    limits: options.limits ?? 'off',
    echo: options.echo ?? true,
    honoursClientMsgId: options.honoursClientMsgId ?? false,
    ackTimeoutMs: options.ackTimeoutMs ?? 3_000,
    retryDelaysMs: options.retryDelaysMs ?? [100, 60_000, 300_000],
    eventDelayMs: options.eventDelayMs ?? (() => 0),
    streamIdleMs: options.streamIdleMs ?? 300_000,
    editWindowMs: options.editWindowMs,
    mentionOrder: options.mentionOrder ?? 'app_mention_first',
    topLevelStreams: options.topLevelStreams ?? false,
    surface,
    scopes: options.scopes ?? DEFAULT_SCOPES.filter((scope) => surface !== 'plain' || scope !== 'assistant:write'),
    events: new Set(options.events ?? DEFAULT_EVENTS),
    revoked: options.revoked ?? false,
    historyTier: options.historyTier ?? 'internal',
    pingEveryMs: options.pingEveryMs ?? 10_000,
    otherConnections: options.otherConnections ?? 0,
    clockAheadMs: options.clockAheadMs ?? 0,
  };
  const keep = options.keepLog ?? true;
  const verificationToken = newId('v');

  const ws = createWorkspace(ids, settings, keep);
  const watch = createWatch(ws, keep, options.maxLog ?? 10_000);
  const socket = createSocketMode({ settings, appId: ids.app, onChange: watch.stirred });
  const webhook = createWebhook({ settings, signingSecret, token: verificationToken });
  let transport = socket.transport;
  const delivery = createDelivery({ ids, settings, verificationToken, keep, transport: () => transport });
  const events = createEvents(ws, settings, delivery);
  const context: Context = {
    ws,
    settings,
    events,
    watch,
    socket,
    prompts: new Map(),
    threadStatus: new Map(),
    threadTitle: new Map(),
    homes: new Map(),
  };
  const faults = createFaults();
  const people = createPeople(context);
  const surfaces = createSurfaces(context, delivery, people);
  const interactions = createInteractions(context, delivery, people, verificationToken);
  const server = createSlackServer({
    context,
    methods: { ...chatMethods, ...streamMethods, ...agentMethods, ...readMethods, ...listMethods, ...uploadMethods },
    faults,
    limits: createLimits(settings),
    tokens,
    respond: interactions.respond,
  });

  const port = await server.listen(options.port ?? 0);
  ws.place.origin = `http://127.0.0.1:${port}`;
  const ana = ws.addUser({ name: 'ana', real_name: 'Ana Quispe', display_name: 'Ana' });
  const ben = ws.addUser({ name: 'ben', real_name: 'Ben Huanca', display_name: 'Ben' });
  const general = ws.addChannel({ name: 'general' });

  return {
    apiUrl: `${ws.place.origin}/api`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    ids,
    ana,
    ben,
    general,
    settings,
    addUser: ws.addUser,
    addChannel: ws.addChannel,
    addUserGroup: ws.addUserGroup,
    /** The DM of the app with this person. */
    dm: (user: string) => ws.dm(user),
    users: () => [...ws.users.values()].filter((user) => !user.is_bot),
    channel: people.placeOf,

    say: people.say,
    sayAsBot: people.sayAsBot,
    edit: people.edit,
    unfurl: people.unfurl,
    remove: people.remove,
    join: people.join,
    react: people.react,
    openHome: surfaces.openHome,
    openAssistantThread: surfaces.openAssistantThread,
    changeAssistantContext: surfaces.changeAssistantContext,
    pressStop: surfaces.pressStop,
    event: surfaces.event,
    /** Redelivers at once whatever waits for its next attempt (real Slack: a minute, five minutes). */
    retryNow: delivery.retryNow,
    redeliver: surfaces.redeliver,
    expireStreams: surfaces.expireStreams,
    command: interactions.command,
    pressButton: interactions.pressButton,

    /** Events sent to the app, oldest first, with their ids. */
    sent: delivery.sent,
    calls: watch.calls,
    ephemerals: watch.ephemerals,
    visible: watch.visible,
    versions: watch.versions,
    waitForCall: watch.waitForCall,
    waitForMessage: watch.waitForMessage,
    waitForEphemeral: watch.waitForEphemeral,
    waitUntil: watch.waitUntil,
    /** The agent session of a thread, if there is one. */
    session: (channel: string, thread_ts: string) =>
      ws.sessions.get(ws.sessionKey(people.placeOf(channel).id, thread_ts)),
    /** Suggested prompts shown in a DM (agent) or an assistant thread. */
    prompts: (channel: string, thread_ts?: string) =>
      context.prompts.get(thread_ts ? `${channel}:${thread_ts}` : channel),
    /** The loading status and title that assistant.threads.* set. */
    threadStatus: (channel: string, thread_ts: string) => context.threadStatus.get(`${channel}:${thread_ts}`),
    threadTitle: (channel: string, thread_ts: string) => context.threadTitle.get(`${channel}:${thread_ts}`),

    /** Makes a Web API method fail; see faults.ts. `files.download` and `response_url` count as methods. */
    fault: faults.add,
    clearFaults: faults.clear,
    socket,
    /** The next `count` acknowledgements are lost on their way, whichever the transport. */
    ignoreAcks(count = 1): void {
      if (transport === socket.transport) socket.ignoreAcks(count);
      else webhook.ignoreAcks(count);
    },
    /** Signs a body as Slack does; for requests that a test forges itself. */
    sign: webhook.sign,
    /** Where events go. With a URL, its challenge is asked first unless `verify` is false. */
    async deliverTo(target: 'socket' | (Urls & { verify?: boolean })): Promise<void> {
      if (target === 'socket') {
        transport = socket.transport;
        return;
      }
      await webhook.use(target, target.verify ?? true);
      transport = webhook.transport;
    },
    /** Nobody reaches Slack by new HTTP requests until `acceptConnections`; WebSockets stay. */
    refuseConnections: server.stop,
    acceptConnections: async (): Promise<void> => {
      await server.listen(port);
    },
    async close(): Promise<void> {
      delivery.close();
      socket.close();
      webhook.close();
      await server.close();
    },
  };
}
