/** Slack: events by sockets and by HTTP at once, conversations in direct messages and in channels' threads. */
import { type Fault, startSlackDouble } from '../../test/doubles/slack/index.ts';
import type { Chance } from '../prng.ts';
import { type CallFault, callFaults, type Weather } from '../weather.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

/** Real ones are a minute and five minutes; a process that starts anew takes as long here as it does there. */
const RETRY_DELAYS_MS = [50, 400, 1_000, 2_000, 3_000, 4_000, ...Array(20).fill(5_000)];
const PEOPLE_IN_A_CHANNEL = 10;
const SWITCH_EVERY_MS = 300;

const FAULTS: Record<CallFault, Fault> = {
  busy: { ratelimited: 1 },
  'error-500': { status: 500 },
  'error-503': { status: 503 },
  hang: { hang: true },
  cut: { cut: true },
  'lost-answer': { applyThenCut: true },
  'false-error': { applyThenStatus: 500 },
};

export async function startSlackStage(weather: Weather, chance: Chance): Promise<Stage> {
  const slack = await startSlackDouble({
    retryDelaysMs: RETRY_DELAYS_MS,
    eventDelayMs: () => (weather.strikes('delay', 'slack') ? chance.between(100, 2_000) : 0),
  });
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
        const said = slack.say(user, where, text, { mention: !direct, ...(root ? { thread_ts: root } : {}) });
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
  for (const kind of callFaults)
    slack.fault('*', FAULTS[kind], { times: Infinity, when: () => weather.strikes(kind, 'slack') });
  return stage;
}
