import type { DiscordApi } from './client.ts';

/** Who we are, by the application's own page. */
export interface Identity {
  appId: string;
  /** Our user, as people mention it. */
  botId: string;
  name: string;
  /** The intent "Message Content" is switched on. */
  messageContent: boolean;
  /** It may be installed in guilds, by users. */
  installs: { guild: boolean; user: boolean };
}

export type WhoAmI = () => Promise<Identity>;

/** discord.com/developers, "Application", section "Application flags": GATEWAY_MESSAGE_CONTENT and its _LIMITED form. */
const MESSAGE_CONTENT_FLAGS = (1 << 18) | (1 << 19);

interface Application {
  id: string;
  name: string;
  flags?: number;
  bot?: { id: string };
  integration_types_config?: Record<string, unknown>;
}

/** Asks `GET /applications/@me` once and remembers; a failed call is asked again next time. @throws SendError */
export function createIdentity(api: DiscordApi): WhoAmI {
  let known: Promise<Identity> | undefined;
  return () => {
    known ??= ask(api).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function ask(api: DiscordApi): Promise<Identity> {
  const app = await api.call<Application>('GET', '/applications/@me');
  const types = Object.keys(app.integration_types_config ?? { 0: {} });
  return {
    appId: app.id,
    botId: app.bot?.id ?? app.id,
    name: app.name,
    messageContent: ((app.flags ?? 0) & MESSAGE_CONTENT_FLAGS) !== 0,
    installs: { guild: types.includes('0'), user: types.includes('1') },
  };
}
