import type { SlackClient } from './client.ts';

/** Who we are in the workspace. */
export interface Identity {
  teamId: string;
  /** Our user, as people mention it. */
  userId: string;
  botId: string;
  name: string;
  /** Scopes of the bot token. */
  scopes: string[];
}

export type WhoAmI = () => Promise<Identity>;

/** Asks `auth.test` once and remembers; a failed call is asked again next time. @throws SendError */
export function createIdentity(client: SlackClient): WhoAmI {
  let known: Promise<Identity> | undefined;
  return () => {
    known ??= ask(client).catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

async function ask(client: SlackClient): Promise<Identity> {
  const answer = await client.call('auth.test', (client) => client.auth.test());
  return {
    teamId: answer.team_id as string,
    userId: answer.user_id as string,
    botId: answer.bot_id as string,
    name: answer.user ?? 'assistant',
    scopes: answer.response_metadata?.scopes ?? [],
  };
}
