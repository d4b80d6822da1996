/** Which of the roles that `places` names the author of a message has. */
import { type InboundMessage, SendError } from '../../../src/contract/index.ts';
import type { AccessLists } from '../../../src/persona/personas.ts';
import type { DiscordApi } from '../client.ts';
import { routeOf } from '../route.ts';

export type WithRoles = (message: InboundMessage) => Promise<InboundMessage>;

/**
 * Events carry the author's roles, messages read by REST do not: then "Get Guild Member" tells (discord.com/developers,
 * "Message Create"). Nothing is asked, and nothing noted, while no place on Discord names anybody.
 * @param message `groups`: all roles of its author, where its event told them
 * @returns with the roles that some place names. It throws a `SendError` while Discord does not tell
 */
export function createWithRoles(deps: { api: DiscordApi; accessLists(): AccessLists }): WithRoles {
  async function rolesOf(guild: string, user: string): Promise<string[]> {
    try {
      return (await deps.api.call<{ roles?: string[] }>('GET', `/guilds/${guild}/members/${user}`)).roles ?? [];
    } catch (error) {
      // They have left the server.
      if (error instanceof SendError && error.kind === 'gone') return [];
      throw error;
    }
  }

  return async ({ groups: told, ...message }) => {
    const { allow, deny } = deps.accessLists();
    const named = new Set([...allow, ...deny]);
    const { guild } = routeOf(message.to);
    if (named.size === 0 || guild === null) return message;
    const roles = told ?? (await rolesOf(guild, message.author.id));
    return { ...message, groups: roles.filter((role) => named.has(role)) };
  };
}
