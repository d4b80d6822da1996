/** The receiving half: Bolt's listeners, fed by sockets or by HTTP, and what was missed without them. */
import { App, type Receiver as BoltReceiver } from '@slack/bolt';
import type { WebClientOptions } from '@slack/web-api';
import type { Limits, Receiver, ReceiverHost } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { LastConversation } from '../../kit/last-conversation.ts';
import { reach } from '../../kit/retry.ts';
import type { SentMessages } from '../../kit/sent-messages.ts';
import { type CatchUpSettings, createCatchUp } from '../catch-up/catch-up.ts';
import { createCheckpoint } from '../catch-up/checkpoint.ts';
import type { SlackClient } from '../client.ts';
import { createSlackEvents } from '../events.ts';
import type { WhoAmI } from '../identity.ts';
import { toAddress } from '../route.ts';
import { FEEDBACK_ACTION } from '../send/feedback.ts';
import type { SessionStatus } from '../send/session-status.ts';
import type { GroupsOf } from '../user-groups.ts';
import type { Classifier } from './classify.ts';
import { listenToCommands } from './commands.ts';
import { createDispatch } from './dispatch.ts';
import { listenToOpenings } from './home.ts';
import { createHttpSource } from './http.ts';
import type { SlackMessage } from './normalize.ts';
import { stopByReaction } from './reactions.ts';
import { quietLogger } from './sdk-logger.ts';
import { createSocketSource } from './socket.ts';

export interface ReceiverDeps extends Omit<Parameters<typeof listenToOpenings>[1], 'log' | 'api'> {
  client: SlackClient;
  clientOptions: WebClientOptions;
  botToken: string;
  /** Socket Mode when it is there, else HTTP. */
  appToken: string | undefined;
  signingSecret: string | undefined;
  whoAmI: WhoAmI;
  status: SessionStatus;
  lastConversation: LastConversation;
  sentMessages: SentMessages;
  classifier: Classifier;
  groupsOf: GroupsOf;
  limits: Limits;
  catchUp: CatchUpSettings;
  onError(method: string, code: string): void;
  log: Logger;
}

export function createSlackReceiver(deps: ReceiverDeps, { ingest, http }: ReceiverHost): Receiver {
  const { whoAmI, log } = deps;
  let app: App;
  let problem: string | undefined = 'starting';
  const stopping = new AbortController();
  const { dispatch, settle } = createDispatch(() => app);
  const checkpoint = createCheckpoint({ store: deps.store, log });
  const events = createSlackEvents({
    ...deps,
    ingest,
    checkpoint,
    onMissed: () => catchUp.followMissed(),
    before: (route) => catchUp.before(route),
  });
  const catchUp = createCatchUp({ ...deps, checkpoint, events, settings: deps.catchUp });
  const source = deps.appToken
    ? createSocketSource({
        appToken: deps.appToken,
        clientOptions: deps.clientOptions,
        dispatch,
        log,
        onError: deps.onError,
        onReopened: () => catchUp.follow(checkpoint.until()),
        store: deps.store,
      })
    : createHttpSource({ signingSecret: deps.signingSecret as string, http, dispatch, log });

  function createApp(receiver: BoltReceiver): App {
    const bolt = new App({
      receiver,
      // Asked once and remembered; while Slack is away the event is not acknowledged and comes again.
      authorize: async () => {
        const me = await whoAmI();
        return { botToken: deps.botToken, botId: me.botId, botUserId: me.userId, teamId: me.teamId };
      },
      // Our own rule is in normalize(); Bolt's lets the echo of our own edits through.
      ignoreSelf: false,
      // Bolt would keep an entry for every channel, and read it at every event.
      convoStore: false,
      clientOptions: deps.clientOptions,
      logger: quietLogger(log),
      tokenVerificationEnabled: false,
    });
    // Bolt would log and go on; the source must know, so as not to acknowledge.
    bolt.error(async (error) => {
      throw error;
    });
    return bolt;
  }

  function listen(): void {
    app.event('message', ({ event }) => events.onMessage(event as SlackMessage));
    app.event('app_mention', ({ event }) => events.onMessage(event as unknown as SlackMessage));
    app.event('reaction_added', ({ event }) => stopByReaction(event, { ...deps, ingest }));
    app.event('agent_session_stopped', async ({ event }) => {
      const { channel, thread_ts: thread, user } = event;
      const route = { team: (await whoAmI()).teamId, channel, thread, user, asked: thread };
      if (!(await ingest.stop(toAddress(route).conversation))) await deps.status.idle(route);
    });
    app.action(FEEDBACK_ACTION, async ({ ack, body, action }) => {
      await ack();
      const { channel, message, user } = body as {
        channel?: { id: string };
        message?: { ts: string; thread_ts?: string };
        user: { id: string };
      };
      const value = (action as { value?: string }).value;
      if (!channel || !message || (value !== 'good' && value !== 'bad')) return;
      const thread = message.thread_ts ?? null;
      const route = { team: (await whoAmI()).teamId, channel: channel.id, thread, user: user.id, asked: message.ts };
      await ingest.feedback(toAddress(route), { message: message.ts, author: user.id, value });
    });
    listenToCommands(app, { ...deps, ingest });
    listenToOpenings(app, deps);
  }

  return {
    async start() {
      const startedAt = Date.now();
      app = createApp(source);
      listen();
      const me = await reach('Slack', whoAmI, {
        signal: stopping.signal,
        log,
        onProblem: (detail) => {
          problem = detail;
        },
      });
      if (!me || stopping.signal.aborted) return;
      await app.start();
      problem = undefined;
      catchUp.begin(me.teamId, startedAt);
    },
    async stop() {
      stopping.abort();
      await source.stop();
      // First, since what is in hand may wait for it.
      await catchUp.stop();
      await settle();
      await checkpoint.close();
    },
    status: () => (problem ? { connected: false, detail: problem } : source.status()),
  };
}
