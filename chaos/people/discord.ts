/** Discord: the gateway's events, conversations in direct messages and in threads. */
import { type Fault, startDiscordDouble } from '../../test/doubles/discord/index.ts';
import type { Chance } from '../prng.ts';
import { type CallFault, callFaults, type Weather } from '../weather.ts';
import { createPatience, LONG_WAIT_S } from './patience.ts';
import { lineOf, type Stage, type Talk } from './stage.ts';

const PEOPLE_IN_A_CHANNEL = 10;

const FAULTS: Record<CallFault, Fault> = {
  busy: { ratelimited: 0.5 },
  'long-busy': { ratelimited: LONG_WAIT_S },
  'error-500': { status: 500 },
  'error-503': { status: 503 },
  hang: { hang: true },
  cut: { cut: true },
  'lost-answer': { applyThenCut: true },
  'false-error': { applyThenStatus: 500 },
};

export async function startDiscordStage(weather: Weather, chance: Chance): Promise<Stage> {
  const discord = await startDiscordDouble();
  const { gateway, guild } = discord;
  const patience = createPatience();
  let channel = '';

  /** Events are kept back for a moment, and come in their order. */
  function holdBack(): void {
    gateway.hold();
    setTimeout(gateway.release, chance.between(100, 2_000)).unref();
  }

  function place(index: number, user: string, direct: boolean): string {
    // A bot can only be written to by those with whom it shares a guild.
    discord.join(user, guild);
    if (direct) return discord.dm(user).id;
    if (channel === '' || index % PEOPLE_IN_A_CHANNEL === 0)
      channel = discord.addChannel({ name: `room-${index}`, guild }).id;
    return discord.startThread(user, channel, { name: `thread-${index}` }).id;
  }

  function talk(index: number, direct: boolean): Talk {
    const user = discord.addUser({ username: `person${index}`, global_name: `Person ${index}` }).id;
    const where = place(index, user, direct);
    return {
      async say(text) {
        if (weather.strikes('delay', 'discord')) holdBack();
        const { id } = discord.say(user, where, text, { mention: !direct });
        // A session that is lost makes Chasqui ask for what it missed, and hear some of it again.
        if (weather.strikes('redeliver', 'discord')) gateway.invalidate(false);
        return { id, delivered: Promise.resolve(true), acknowledged: false };
      },
      edit: (id, text) => void discord.edit(where, id, direct ? text : `<@${discord.bot.id}> ${text}`),
      remove: (id) => void discord.remove(where, id),
      name: () => `discord:${where}`,
      async look() {
        const shown = discord.visible(where).filter(({ author, type }) => author === discord.bot.id && type !== 21);
        return {
          texts: shown.map(({ text, attachments }) => [text, ...attachments.map((file) => file.text)].join('\n')),
          unfinished: shown.filter(({ loading }) => loading).length,
        };
      },
    };
  }

  const stage: Stage = {
    platform: 'discord',
    mayDouble: false,
    env: { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token },
    receivers: [{ role: 'discord' }],
    // Without a session a direct message is only found where somebody has written before (docs/discord.md).
    greets: () => true,
    talk,
    dropSockets() {
      const ways = [gateway.drop, gateway.reconnect, () => gateway.invalidate(true), () => gateway.invalidate(false)];
      chance.pick(ways)();
    },
    complaints: patience.complaints,
    diary: () =>
      discord.calls.map(({ at, path, route, body, status }) => lineOf(at, `${route} ${path}`, body, String(status))),
    async close() {
      gateway.release();
      await discord.close();
    },
  };
  const noCall = (): boolean => {
    stage.onCall?.();
    return false;
  };
  // Strikes never, but sees every call.
  discord.fault('*', { cut: true }, { times: Infinity, when: noCall });
  const posts = (route: string): boolean => /^(POST|PATCH) .*\/messages/.test(route);
  const callOf = ({ params }: { params: Record<string, string> }, route: string): string =>
    ['discord', route, ...Object.values(params)].join(' ');
  discord.fault(
    '*',
    { cut: true },
    { times: Infinity, when: (request, route) => patience.sees(callOf(request, route)) },
  );
  discord.fault(
    'GET /channels/:channel/messages',
    { applyThenCut: true },
    { times: Infinity, when: () => weather.strikes('lost-catch-up', 'discord') },
  );
  for (const kind of callFaults)
    discord.fault('*', FAULTS[kind], {
      times: Infinity,
      when(request, route) {
        const strikes = weather.strikes(kind, 'discord');
        if (strikes && kind === 'long-busy' && posts(route)) patience.asked(callOf(request, route));
        return strikes;
      },
    });
  return stage;
}
