/** Slack: events by sockets and by HTTP at once, conversations in direct messages and in channels' threads. */
import { type Fault, startSlackDouble } from '../../test/doubles/slack/index.ts';
import type { Chance } from '../prng.ts';
import { type CallFault, callFaults, type Weather } from '../weather.ts';
import { createPatience, LONG_WAIT_S } from './patience.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

/** Real ones are a minute and five minutes; a process that starts anew takes as long here as it does there. */
const RETRY_DELAYS_MS = [50, 400, 1_000, 2_000, 3_000, 4_000, ...Array(20).fill(5_000)];
const PEOPLE_IN_A_CHANNEL = 10;
const SWITCH_EVERY_MS = 300;
/** As late as Slack's first redelivery often comes. */
const LATE_FIRST_MS = [1_000, 2_000] as const;

const FAULTS: Record<CallFault, Fault> = {
  busy: { ratelimited: 1 },
  'long-busy': { ratelimited: LONG_WAIT_S },
  'error-500': { status: 500 },
  'error-503': { status: 503 },
  hang: { hang: true },
  cut: { cut: true },
  'lost-answer': { applyThenCut: true },
  'false-error': { applyThenStatus: 500 },
};

export async function startSlackStage(weather: Weather, chance: Chance): Promise<Stage> {
  let lateMs = 0;
  const slack = await startSlackDouble({
    retryDelaysMs: RETRY_DELAYS_MS,
    eventDelayMs: () => lateMs || (weather.strikes('delay', 'slack') ? chance.between(100, 2_000) : 0),
  });
  const patience = createPatience();
  let channel = slack.general;
  let switching: NodeJS.Timeout | undefined;

  function place(index: number, user: string, direct: boolean): string {
    if (direct) return slack.dm(user).id;
    if (index % PEOPLE_IN_A_CHANNEL === 0 || channel === slack.general)
      channel = slack.addChannel({ name: `room-${index}`, members: [] });
    channel.members.add(user);
    return channel.id;
  }

  function talk(index: number, direct: boolean): Talk {
    const user = slack.addUser({ name: `person-${index}` }).id;
    const where = place(index, user, direct);
    let root: string | undefined;
    return {
      async say(text) {
        if (weather.strikes('lost-ack', 'slack')) slack.ignoreAcks(1);
        if (!root && weather.strikes('late-first', 'slack')) lateMs = chance.between(...LATE_FIRST_MS);
        const said = slack.say(user, where, text, { mention: !direct, ...(root ? { thread_ts: root } : {}) });
        lateMs = 0;
        root ??= said.ts;
        const delivered = said.delivered.then(({ outcome, eventId }) => {
          if (weather.strikes('redeliver', 'slack')) void slack.redeliver(eventId);
          return outcome === 'acked';
        });
        return { id: said.ts, delivered };
      },
      edit(id, text) {
        void slack.edit(where, id, direct ? text : `<@${slack.ids.botUser}> ${text}`);
      },
      remove: (id) => void slack.remove(where, id),
      name: () => root && `slack:${slack.ids.team}:${where}:${root}`,
      async look() {
        const shown = slack
          .visible(where, { thread_ts: root as string })
          .filter((message) => message.user === slack.ids.botUser && !message.deleted);
        const working = slack.session(where, root as string)?.status === 'processing';
        return {
          texts: shown.map(({ text }) => text),
          unfinished: shown.filter(({ streaming }) => streaming).length,
          noticed: working ? ['the session still says that it is being worked on'] : [],
        };
      },
    };
  }

  const stage: Stage = {
    platform: 'slack',
    mayDouble: false,
    env: { SLACK_API_URL: slack.apiUrl, SLACK_BOT_TOKEN: slack.botToken },
    receivers: [
      { role: 'slack', env: { SLACK_APP_TOKEN: slack.appToken } },
      { role: 'slack', env: { SLACK_SIGNING_SECRET: slack.signingSecret } },
    ],
    async connect([bySocket, byHttp]) {
      const target = { url: `${byHttp}/slack/events`, verify: false };
      await slack.deliverTo(target);
      if (!bySocket) return;
      switching = setInterval(() => {
        void slack.deliverTo(chance.happens(0.6) ? 'socket' : target);
      }, SWITCH_EVERY_MS);
    },
    talk,
    dropSockets() {
      if (chance.happens(0.5)) slack.socket.drop();
      else slack.socket.disconnect('refresh_requested', { close: true });
    },
    complaints: patience.complaints,
    diary: () => slack.calls.map(({ at, method, args, ok, error }) => lineOf(at, method, args, ok ? 'ok' : error)),
    async close() {
      clearInterval(switching);
      await slack.close();
    },
  };
  const noCall = (): boolean => {
    stage.onCall?.();
    return false;
  };
  // Strikes never, but sees every call.
  slack.fault('*', { cut: true }, { times: Infinity, when: noCall });
  const callOf = (args: Record<string, unknown>, method: string): string =>
    ['slack', method, args.channel, args.thread_ts ?? args.ts].join(' ');
  slack.fault('*', { cut: true }, { times: Infinity, when: (args, method) => patience.sees(callOf(args, method)) });
  for (const method of ['conversations.history', 'conversations.replies'])
    slack.fault(
      method,
      { applyThenCut: true },
      { times: Infinity, when: () => weather.strikes('lost-catch-up', 'slack') },
    );
  for (const kind of callFaults)
    slack.fault('*', FAULTS[kind], {
      times: Infinity,
      when(args, method) {
        const strikes = weather.strikes(kind, 'slack');
        if (strikes && kind === 'long-busy' && method.startsWith('chat.')) patience.asked(callOf(args, method));
        return strikes;
      },
    });
  return stage;
}
