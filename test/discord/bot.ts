import { afterEach } from 'vitest';
import type { Model } from '../../src/models/model.ts';
import { type DiscordDouble, type DiscordDoubleOptions, startDiscordDouble } from '../doubles/discord/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createGate } from '../support/gate.ts';

export interface DiscordBotOptions {
  models?: Model[];
  discord?: DiscordDoubleOptions;
  settings?: Partial<TestChasqui['config']['discord']>;
  sections?: Parameters<typeof startTestChasqui>[0]['sections'];
  redisUrl?: string;
}

/** Answers with what it was asked: `re: <the last line of the prompt>`. */
const parrot = (): Model => createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]).model;

const started: { chasqui?: TestChasqui; discord?: DiscordDouble } = {};

afterEach(async () => {
  await started.chasqui?.stop();
  await started.discord?.close();
  started.chasqui = undefined;
  started.discord = undefined;
});

/** A whole Chasqui in this process, connected to a Discord double; both end with the test. */
export async function startDiscordBot(options: DiscordBotOptions = {}) {
  const discord = await startDiscordDouble(options.discord);
  started.discord = discord;
  const boot = async (prefix?: string) => {
    const chasqui = await startTestChasqui({
      models: options.models ?? [parrot()],
      roles: ['discord', 'worker'],
      ...(options.redisUrl ? { redisUrl: options.redisUrl } : {}),
      ...(prefix ? { prefix } : {}),
      env: {
        DISCORD_API_URL: discord.apiUrl,
        DISCORD_TOKEN: discord.token,
        PLATFORM_LIMITS: options.discord?.limits === 'on' ? 'on' : 'off',
      },
      sections: {
        ...options.sections,
        discord: { thread_replies: 'always', open_threads: false, streaming: true, ...options.settings },
      },
    });
    // On a busy machine it starts without waiting for Discord, and hears nothing of what is said by then.
    if (!options.discord?.revoked)
      await discord.waitUntil(() => discord.gateway.ready >= (options.discord?.shards ?? 1), 30_000);
    return chasqui;
  };
  const chasqui = await boot();
  started.chasqui = chasqui;
  return {
    discord,
    chasqui,
    ana: discord.ana.id,
    ben: discord.ben.id,
    general: discord.general.id,
    dm: discord.dm(discord.ana.id).id,
    /** What the bot says in a channel. */
    answers: (channel: string) => discord.visible(channel).filter(({ author }) => author === discord.bot.id),
    /** The first message of the bot that contains this. */
    hears: (channel: string, text: string, timeoutMs?: number) =>
      discord.waitForMessage(channel, (m) => m.author === discord.bot.id && m.text.includes(text), timeoutMs),
    calls: (route: string) => discord.calls.filter((call) => call.route === route),
    stop: async () => {
      await started.chasqui?.stop();
      started.chasqui = undefined;
    },
    /** Another start with the same Redis. */
    restart: async () => {
      started.chasqui = await boot(chasqui.config.queue.prefix);
      return started.chasqui;
    },
  };
}

export const FIRST = 'The first sentence of the answer. ';
export const SECOND = 'The second one, after a while.';
export const WHOLE = FIRST + SECOND;

/** Writes the first half, waits for the door, writes the second. */
export function twoHalves() {
  const gate = createGate();
  const { model, calls } = createTestModel(async function* () {
    yield FIRST;
    await gate.opened;
    yield SECOND;
  });
  return { gate, model, calls };
}
