import type { Check } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import type { DiscordApi } from './client.ts';
import type { Identity, WhoAmI } from './identity.ts';
import { missingCommands } from './receive/commands.ts';

const PORTAL = 'https://discord.com/developers/applications';

/** `npm run doctor`: does Discord accept the token, may messages be read, are the commands there? */
export async function checkDiscord(deps: { api: DiscordApi; whoAmI: WhoAmI }): Promise<Check[]> {
  const token = 'Discord token';
  try {
    const me = await deps.whoAmI();
    const invite = `https://discord.com/oauth2/authorize?client_id=${me.appId}`;
    return [
      { name: token, ok: true, detail: `${me.name}, application ${me.appId}; invite it with ${invite}` },
      messageContent(me),
      await commands(deps.api, me),
    ];
  } catch (error) {
    return [{ name: token, ok: false, detail: explain(error) }];
  }
}

function messageContent({ messageContent, appId }: Identity): Check {
  return {
    name: 'Discord message content',
    ok: messageContent,
    detail: messageContent
      ? 'the intent is on'
      : `the intent “Message Content” is off, so only direct messages and mentions can be read: switch it on under ${PORTAL}/${appId}/bot`,
  };
}

async function commands(api: DiscordApi, me: Identity): Promise<Check> {
  const name = 'Discord commands';
  try {
    const missing = await missingCommands(api, me);
    if (missing.length === 0) return { name, ok: true, detail: 'registered' };
    // They come by themselves, so this is no fault.
    return { name, ok: true, detail: `${missing.join(', ')}: registered at the next start` };
  } catch (error) {
    return { name, ok: false, detail: explain(error) };
  }
}

function explain(error: unknown): string {
  if (!(error instanceof SendError)) return String(error);
  if (error.kind === 'auth')
    return `Discord refuses DISCORD_TOKEN (${error.code}): reset it under ${PORTAL} → your app → Bot, and set it anew`;
  return error.message;
}
