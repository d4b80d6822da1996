/** The real discord.js, set up against a double. For the double's own tests. */
import { Client, type ClientOptions, DiscordAPIError, GatewayIntentBits, Partials } from 'discord.js';
import type { DiscordDouble } from './index.ts';

export const INTENTS = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMessages,
  GatewayIntentBits.GuildMessageReactions,
  GatewayIntentBits.DirectMessages,
  GatewayIntentBits.DirectMessageReactions,
  GatewayIntentBits.MessageContent,
];

/** A client that is not logged in yet; it identifies without the pause between two identifies. */
export function newClient(discord: DiscordDouble, options: Partial<ClientOptions> = {}): Client {
  return new Client({
    intents: INTENTS,
    partials: [Partials.Channel, Partials.Message, Partials.Reaction, Partials.User],
    rest: { api: discord.apiUrl, ...options.rest },
    ws: { buildIdentifyThrottler: () => ({ waitForIdentify: async () => {} }) },
    ...options,
  });
}

/** A client that is ready. */
export async function loggedIn(discord: DiscordDouble, options: Partial<ClientOptions> = {}): Promise<Client<true>> {
  const client = newClient(discord, options);
  const ready = new Promise((resolve) => client.once('clientReady', resolve));
  await client.login(discord.token);
  await ready;
  return client as Client<true>;
}

/** What Discord said no with; fails when the call went through. */
export async function refusal(call: Promise<unknown>): Promise<DiscordAPIError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof DiscordAPIError) return error;
    throw error;
  }
  throw new Error('the call went through');
}
