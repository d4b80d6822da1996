import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import { createNameCache } from '../../kit/name-cache.ts';
import type { DiscordApi } from '../client.ts';
import { type DiscordUser, nameOf } from '../receive/normalize.ts';
import { mentionedIn, nameCalls } from '../render/render.ts';
import type { DiscordRoute } from '../route.ts';

/** More than a text of people names; each costs a call the first time. */
const MAX_ASKED = 20;

export type Names = ReturnType<typeof createNames>;

/** Names of people, roles and channels that a text mentions and nobody told: from memory, the shared store, else Discord. */
export function createNames(deps: { api: DiscordApi; store: Store; log: Logger }) {
  const { api } = deps;
  const cache = createNameCache(deps);

  const user = (id: string) => async () => nameOf(await api.call<DiscordUser>('GET', `/users/${id}`));
  const channel = (id: string) => async () => (await api.call<{ name?: string }>('GET', `/channels/${id}`)).name;

  async function role(guild: string, id: string): Promise<string | undefined> {
    const { roles } = await api.call<{ roles?: { id: string; name: string }[] }>('GET', `/guilds/${guild}`);
    return roles?.find((each) => each.id === id)?.name;
  }

  return {
    /** Names by id of what these texts mention, but for those that are known already. */
    async of(texts: string[], guild: string | null, known: Record<string, string>): Promise<Record<string, string>> {
      const { users, roles, channels } = mentionedIn(texts.join('\n'));
      const wanted = [
        ...users.filter((id) => !known[id]).map((id) => ({ id, name: () => cache.nameOf(id, user(id)) })),
        ...roles.map((id) => ({ id, name: async () => (guild ? cache.nameOf(id, () => role(guild, id)) : undefined) })),
        ...channels.map((id) => ({ id, name: () => cache.nameOf(id, channel(id)) })),
      ].slice(0, MAX_ASKED);
      const names: Record<string, string> = { ...known };
      await Promise.all(
        wanted.map(async ({ id, name }) => {
          const found = await name();
          if (found) names[id] = found;
        }),
      );
      return names;
    },
  };
}

/** Whoever a model writes by id, as `@name`: our messages ping nobody, so that Discord would show the number. Code stays. */
export async function withNames(
  names: Names,
  markdown: string,
  place: Pick<DiscordRoute, 'guild' | 'names'>,
): Promise<string> {
  const { users, roles } = mentionedIn(markdown);
  if (users.length + roles.length === 0) return markdown;
  // Channels are left to Discord, which names them by itself.
  const wanted = [...users.map((id) => `<@${id}>`), ...roles.map((id) => `<@&${id}>`)];
  const found = await names.of(wanted, place.guild, place.names);
  return nameCalls(markdown, {
    user: (id) => escapeName(found[id] ?? 'unknown-user'),
    role: (id) => escapeName(found[id] ?? 'unknown-role'),
  });
}

function escapeName(name: string): string {
  return name.replace(/[\\`*_~|[\]<>#]/g, '\\$&');
}
