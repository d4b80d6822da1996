import type { Config } from '../../config/schema.ts';
import type { Adapter, AdapterContext } from '../../src/contract/index.ts';
import type { Conversations } from '../../src/conversation/conversations.ts';
import { createTextFiles } from '../../src/text/attachments.ts';
import { createTyping } from '../kit/typing.ts';
import { TYPING_EVERY_MS } from '../whatsapp/typing.ts';
import { createCloudApi } from './api.ts';
import { checkWhatsApp } from './check.ts';
import { createGraph } from './client.ts';
import { createPersonIds } from './person-ids.ts';
import { createWhatsAppReceiver } from './receive/receiver.ts';
import { downloadMedia } from './send/files.ts';
import { createQuotes } from './send/quotes.ts';
import { createWhatsAppSender, STATUS_PATIENCE_MS } from './sender.ts';
import { createCloudSentMessages } from './sent-messages.ts';

/**
 * WhatsApp by the official Cloud API. The settings are there: config/load.ts has checked them.
 * @param options.statusPatienceMs how long a retry waits for word of what an earlier attempt sent
 */
export function createWhatsAppAdapter(
  context: AdapterContext & { config: Config; conversations: Pick<Conversations, 'history'> },
  options: { statusPatienceMs?: number } = {},
): Adapter {
  const { config, limits, store, log } = context;
  const { env, conversation } = config;
  const phone = env.WHATSAPP_PHONE_NUMBER_ID as string;
  const onError = context.onPlatformError;
  const keepSeconds = Math.ceil(conversation.keep / 1_000);

  const graph = createGraph({ apiUrl: env.WHATSAPP_API_URL, token: env.WHATSAPP_ACCESS_TOKEN as string, onError });
  const api = createCloudApi({ graph, limits });
  const sentMessages = createCloudSentMessages({ store, keepSeconds, log });

  return {
    platform: 'whatsapp',
    receiver: (host) =>
      createWhatsAppReceiver(
        {
          graph,
          phone,
          appSecret: env.WHATSAPP_APP_SECRET as string,
          verifyToken: env.WHATSAPP_VERIFY_TOKEN as string,
          personIds: createPersonIds({ store, keepSeconds, log }),
          sentMessages,
          api,
          onError,
          log,
        },
        host,
      ),
    sender() {
      const download: ReturnType<Adapter['sender']>['download'] = (file, limit) =>
        downloadMedia(file, limit, { graph, phone });
      const fileTexts = createTextFiles({ download, maxFileChars: conversation.max_file_chars, log });
      const history: Conversations['history'] = (id) => context.conversations.history(id);
      return createWhatsAppSender({
        api,
        typing: createTyping({ show: api.readAndType, everyMs: TYPING_EVERY_MS, log }),
        sentMessages,
        fileTexts,
        withQuote: createQuotes({ sentMessages, history, fileTexts, log }),
        download,
        most: context.maxReplyMessages,
        messageUsd: config.whatsapp.message_price,
        log,
        statusPatienceMs: options.statusPatienceMs ?? STATUS_PATIENCE_MS,
      });
    },
    check: () => checkWhatsApp(graph, phone),
  };
}
