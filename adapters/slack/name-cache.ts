import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import type { SlackClient } from './client.ts';
import type { WhoAmI } from './identity.ts';

const SHARED_FOR_S = 86_400;
const HERE_FOR_MS = 10 * 60_000;
/** A name that could not be had is asked for again after this; the answer does not wait for it. */
const UNKNOWN_FOR_MS = 60_000;
const MOST_HERE = 5_000;

export type NameCache = ReturnType<typeof createNameCache>;

/** Display names of people and bots: from this process's memory, from what the processes share, else from Slack. */
export function createNameCache(deps: { client: SlackClient; store: Store; whoAmI: WhoAmI; log: Logger }) {
  const { client, store, log } = deps;
  const here = new Map<string, { name: Promise<string | undefined>; until: number }>();

  function nameOf(id: string): Promise<string | undefined> {
    const known = here.get(id);
    if (known && known.until > Date.now()) return known.name;
    if (here.size >= MOST_HERE) here.delete(here.keys().next().value as string);
    const entry = { name: find(id), until: Date.now() + HERE_FOR_MS };
    here.set(id, entry);
    void entry.name.then((name) => {
      if (name === undefined) entry.until = Date.now() + UNKNOWN_FOR_MS;
    });
    return entry.name;
  }

  /** Never rejects: an answer without a name is better than none. */
  async function find(id: string): Promise<string | undefined> {
    try {
      const shared = await store.get(`name:${id}`);
      if (shared) return shared;
      const name = id.startsWith('B') ? await botName(id) : await userName(id);
      if (name) await store.set(`name:${id}`, name, SHARED_FOR_S);
      return name || undefined;
    } catch (error) {
      log.debug({ err: error }, 'a name could not be had');
      return undefined;
    }
  }

  async function userName(user: string): Promise<string | undefined> {
    const { user: found } = await client.call('users.info', (client) => client.users.info({ user }));
    return found?.profile?.display_name || found?.profile?.real_name || found?.real_name || found?.name;
  }

  async function botName(bot: string): Promise<string | undefined> {
    return (await client.call('bots.info', (client) => client.bots.info({ bot }))).bot?.name;
  }

  return {
    /**
     * True for a person, also one who posts by way of an app: such messages carry the app's `bot_id`, and only the user
     * behind them tells (docs.slack.dev, "users.info", `is_bot`; Slackbot's is false). @throws SendError while Slack is away
     */
    async isPerson(id: string): Promise<boolean> {
      if (!/^[UW]/.test(id) || id === 'USLACKBOT') return false;
      const key = `person:${id}`;
      const shared = await store.get(key);
      if (shared) return shared === 'yes';
      const { user } = await client.call('users.info', (client) => client.users.info({ user: id }));
      const person = user?.is_bot === false;
      await store.set(key, person ? 'yes' : 'no', SHARED_FOR_S);
      return person;
    },

    /** Names by id; who cannot be found is left out. */
    async names(ids: Iterable<string>): Promise<Map<string, string>> {
      const names = new Map<string, string>();
      await Promise.all(
        [...new Set(ids)].map(async (id) => {
          const name = await nameOf(id);
          if (name) names.set(id, name);
        }),
      );
      return names;
    },
  };
}
