import type { Store } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { DiscordApi } from '../client.ts';
import { type DiscordUser, nameOf } from '../receive/normalize.ts';
import { mentionedIn, nameCalls } from '../render/render.ts';
import type { DiscordRoute } from '../route.ts';

const SHARED_FOR_S = 86_400;
const HERE_FOR_MS = 10 * 60_000;
const MOST_HERE = 5_000;
/** More than a text of people names; each costs a call the first time. */
const MOST_ASKED = 20;

export type Names = ReturnType<typeof createNames>;

/** Names of people, roles and channels that a text mentions and nobody told: from memory, the shared store, else Discord. */
export function createNames(deps: { api: DiscordApi; store: Store; log: Logger }) {
  const { api, store, log } = deps;
  const here = new Map<string, { name: Promise<string | undefined>; until: number }>();

  function lookUp(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    const known = here.get(key);
    if (known && known.until > Date.now()) return known.name;
    if (here.size >= MOST_HERE) here.delete(here.keys().next().value as string);
    const name = find(key, ask);
    here.set(key, { name, until: Date.now() + HERE_FOR_MS });
    return name;
  }

  /** Never rejects: a text with an id in it is better than none. */
  async function find(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    try {
      const shared = await store.get(`name:${key}`);
      if (shared) return shared;
      const name = await ask();
      if (name) await store.set(`name:${key}`, name, SHARED_FOR_S);
      return name;
    } catch (error) {
      log.debug({ err: error }, 'a name could not be had');
      return undefined;
    }
  }

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
        ...users.filter((id) => !known[id]).map((id) => ({ id, name: () => lookUp(id, user(id)) })),
        ...roles.map((id) => ({ id, name: async () => (guild ? lookUp(id, () => role(guild, id)) : undefined) })),
        ...channels.map((id) => ({ id, name: () => lookUp(id, channel(id)) })),
      ].slice(0, MOST_ASKED);
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
