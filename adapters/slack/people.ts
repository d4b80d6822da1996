import type { Store } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { createNameCache } from '../kit/name-cache.ts';
import type { SlackClient } from './client.ts';

const SHARED_FOR_S = 86_400;

export type People = ReturnType<typeof createPeople>;

/** Display names of people and bots, and which of them are people. */
export function createPeople(deps: { client: SlackClient; store: Store; log: Logger }) {
  const { client, store } = deps;
  const cache = createNameCache(deps);

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
          const name = await cache.nameOf(id, () => (id.startsWith('B') ? botName(id) : userName(id)));
          if (name) names.set(id, name);
        }),
      );
      return names;
    },
  };
}
