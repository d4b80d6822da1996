import type { Config } from '../../config/schema.ts';
import type { Adapter, AdapterContext } from '../../src/contract/index.ts';
import type { AccessLists } from '../../src/persona/personas.ts';
import { LEASE_TIMING, type LeaseTiming } from '../../src/redis/lease.ts';
import { createLastConversation } from '../kit/last-conversation.ts';
import { createSentMessages } from '../kit/sent-messages.ts';
import { createApi } from './api.ts';
import { CATCH_UP, type CatchUpSettings, LONGEST_AGE_MS } from './catch-up/catch-up.ts';
import { checkDiscord } from './check.ts';
import { createDiscordApi } from './client.ts';
import { createIdentity } from './identity.ts';
import { createDiscordReceiver } from './receive/receiver.ts';
import { createWithRoles } from './receive/roles.ts';
import { createDelivery } from './send/delivery.ts';
import { createEnrich } from './send/enrich.ts';
import { createDownload } from './send/files.ts';
import { createFindMissed } from './send/missed.ts';
import { createNames } from './send/names.ts';
import { createFindQuote } from './send/quote.ts';
import { createRefusedNote } from './send/refused.ts';
import { createDiscordTyping } from './send/typing.ts';
import { createWaiting } from './send/waiting.ts';
import { createDiscordSender } from './sender.ts';

/** Discord, by its gateway and its REST API. The token is there: config/load.ts has checked it. */
export function createDiscordAdapter(
  context: AdapterContext & {
    config: Config;
    modelLabel: string;
    catchUp?: Partial<CatchUpSettings>;
    leaseTiming?: LeaseTiming;
    /** Whom the places on Discord let in or keep out, as of now. */
    accessLists?(): AccessLists;
  },
): Adapter {
  const { config, limits, store, log } = context;
  const { env, discord, conversation } = config;
  const token = env.DISCORD_TOKEN as string;
  const apiUrl = env.DISCORD_API_URL;
  const onError = context.onPlatformError;

  const api = createDiscordApi({ token, apiUrl, onError });
  const whoAmI = createIdentity(api);
  const posted = createSentMessages(store, Math.ceil(conversation.keep / 1_000));
  const download = createDownload({ api, apiUrl });
  const withRoles = createWithRoles({ api, accessLists: context.accessLists ?? (() => ({ allow: [], deny: [] })) });
  const catchUp = { ...CATCH_UP, ...context.catchUp };
  const settings = {
    threadReplies: discord.thread_replies,
    openThreads: discord.open_threads,
    answerBots: conversation.answer_bots,
  };

  return {
    platform: 'discord',
    receiver: (host) =>
      createDiscordReceiver(
        {
          api,
          token,
          apiUrl,
          whoAmI,
          posted,
          recent: createLastConversation(store, log),
          store,
          settings,
          withRoles,
          catchUp,
          leaseTiming: context.leaseTiming ?? LEASE_TIMING,
          onError,
          log,
        },
        host,
      ),
    sender: () => {
      const posts = createApi({ api, limits });
      const names = createNames({ api, store, log });
      return createDiscordSender({
        posts,
        names,
        delivery: createDelivery({
          posts,
          posted,
          whoAmI,
          note: createRefusedNote({ api, log }),
          most: context.maxReplyMessages,
          log,
        }),
        typing: createDiscordTyping({ api, log }),
        waiting: createWaiting({ api, store, log }),
        enrich: createEnrich({
          api,
          whoAmI,
          names,
          findMissed: createFindMissed({
            ...{ api, whoAmI, store, posted, settings, withRoles },
            maxAgeMs: Math.min(catchUp.maxAgeMs, LONGEST_AGE_MS),
          }),
          findQuote: createFindQuote({ api, whoAmI, posted, log }),
          download,
          maxFileChars: conversation.max_file_chars,
          log,
        }),
        download,
        settings: { streaming: discord.streaming },
      });
    },
    check: () => checkDiscord({ api, whoAmI }),
  };
}
