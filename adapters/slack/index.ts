import type { Config } from '../../config/schema.ts';
import type { Adapter, AdapterContext } from '../../src/contract/index.ts';
import type { AccessLists } from '../../src/persona/personas.ts';
import { createLastConversation } from '../kit/last-conversation.ts';
import { createSentMessages } from '../kit/sent-messages.ts';
import { createSlackApi } from './api.ts';
import { CATCH_UP, type CatchUpSettings } from './catch-up/catch-up.ts';
import { checkSlack } from './check.ts';
import { clientOptions, createSlackClient } from './client.ts';
import { createIdentity } from './identity.ts';
import { createPeople } from './people.ts';
import { createClassifier } from './receive/classify.ts';
import { createSlackReceiver } from './receive/receiver.ts';
import { createEnrich } from './send/enrich.ts';
import { createFiles } from './send/files.ts';
import { createOverflow } from './send/overflow.ts';
import { createSessionStatus } from './send/session-status.ts';
import { createThreadReader } from './send/thread.ts';
import { createSlackSender } from './sender.ts';
import { createGroupsOf, userGroupsIn } from './user-groups.ts';

/** No answer is written for longer. */
const ANSWER_KEPT_S = 3_600;

/** Slack, by Socket Mode or HTTP. The tokens are there: config/load.ts has checked them. */
export function createSlackAdapter(
  context: AdapterContext & {
    config: Config;
    modelLabel: string;
    catchUp?: Partial<CatchUpSettings>;
    /** Whom the places on Slack let in or keep out, as of now. */
    accessLists?(): AccessLists;
  },
): Adapter {
  const { config, limits, store, log } = context;
  const { env, slack, conversation, assistant } = config;
  const botToken = env.SLACK_BOT_TOKEN as string;
  const apiUrl = env.SLACK_API_URL;
  const onError = context.onPlatformError;
  const surface = slack.surface;

  const client = createSlackClient({ token: botToken, apiUrl, log, onError });
  const whoAmI = createIdentity(client);
  const api = createSlackApi({ client, limits });
  const status = createSessionStatus({ client, api, surface, log });
  const sentMessages = createSentMessages(store, ANSWER_KEPT_S);
  const people = createPeople({ client, store, log });
  const accessLists = context.accessLists ?? (() => ({ allow: [], deny: [] }));
  const groupsOf = createGroupsOf({ client, accessLists, log });
  const classifier = createClassifier({
    whoAmI,
    people,
    groupsOf,
    settings: { surface, threadReplies: slack.thread_replies, answerBots: conversation.answer_bots },
    log,
  });

  return {
    platform: 'slack',
    receiver: (host) =>
      createSlackReceiver(
        {
          client,
          clientOptions: clientOptions(apiUrl, log),
          botToken,
          appToken: env.SLACK_APP_TOKEN,
          signingSecret: env.SLACK_SIGNING_SECRET,
          whoAmI,
          status,
          lastConversation: createLastConversation(store, log),
          sentMessages,
          limits,
          catchUp: { ...CATCH_UP, ...context.catchUp },
          classifier,
          groupsOf,
          store,
          surface,
          assistant,
          modelLabel: context.modelLabel,
          onError,
          log,
        },
        host,
      ),
    sender() {
      const files = createFiles({ client, apiUrl });
      return createSlackSender({
        api,
        status,
        sentMessages,
        whoAmI,
        overflow: createOverflow({ client, scopes: async () => (await whoAmI()).scopes, log }),
        enrich: createEnrich({
          files,
          people,
          before: createThreadReader({ client, whoAmI, classifier, log }),
          maxFileChars: conversation.max_file_chars,
          log,
        }),
        download: files.download,
        settings: {
          streaming: slack.streaming,
          feedback: slack.feedback_buttons,
          most: context.maxReplyMessages,
        },
        log,
      });
    },
    check: () =>
      checkSlack({
        whoAmI,
        apiUrl,
        namesGroups: Object.values(userGroupsIn(accessLists())).flat().length > 0,
        appApi: env.SLACK_APP_TOKEN ? createSlackClient({ token: env.SLACK_APP_TOKEN, apiUrl, log, onError }) : null,
      }),
  };
}
