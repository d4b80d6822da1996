/** The calls that make up a reply, inside WhatsApp's limits. */
import type { Limits } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';
import { throttle } from '../kit/throttle.ts';
import type { Graph } from './client.ts';
import { type CloudRoute, recipientOf } from './route.ts';

/** To one person: one message in six seconds; up to 45 at once are borrowed from the time to come ("Messaging limits"). */
const PAIR = { perMinute: 10, burst: 45 };
/** Of one number: 80 messages a second ("Throughput"). */
const THROUGHPUT = { perMinute: 80 * 60, burst: 80 };

interface PostOptions {
  /** Comes back with every status of the message ("Status messages webhook reference"). */
  mark?: string;
  /** The message that it quotes. */
  quotes?: string;
}

export type CloudApi = ReturnType<typeof createCloudApi>;

/** Every call throws a `SendError`; `rate-limited` also when our own budget is spent. */
export function createCloudApi(deps: { graph: Graph; limits: Limits }) {
  const { graph, limits } = deps;

  async function post(route: CloudRoute, content: object, { mark, quotes }: PostOptions): Promise<string> {
    const { phone, to, user } = route;
    await throttle(
      limits,
      { bucket: `pair:${phone}:${to ?? user}`, ...PAIR },
      { bucket: `throughput:${phone}`, ...THROUGHPUT },
    );
    const answer = await graph.call<{ messages?: { id?: string }[] }>('messages', `${phone}/messages`, {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      ...recipientOf(route),
      ...content,
      ...(mark ? { biz_opaque_callback_data: mark } : {}),
      ...(quotes ? { context: { message_id: quotes } } : {}),
    });
    const id = answer.messages?.[0]?.id;
    if (!id) throw new SendError('unknown-outcome', 'no_id', 'WhatsApp accepted a message without telling its id');
    return id;
  }

  return {
    /** Posts a text. @returns the message's id */
    post: (route: CloudRoute, text: string, options: PostOptions): Promise<string> =>
      post(route, { type: 'text', text: { body: text, preview_url: false } }, options),

    /**
     * Posts a file ("Upload media", "Document messages"). An upload shows nothing, so it may be repeated; what nobody sends
     * is deleted after 30 days.
     * @returns the message's id
     */
    async postFile(
      route: CloudRoute,
      { file, caption }: { file: File; caption: string },
      options: PostOptions,
    ): Promise<string> {
      const form = new FormData();
      form.set('messaging_product', 'whatsapp');
      form.set('type', file.type);
      form.set('file', file);
      const { id } = await graph.call<{ id?: string }>('media.upload', `${route.phone}/media`, form);
      if (!id) throw new SendError('unavailable', 'no_id', 'WhatsApp took a file without telling its id');
      const document = { id, caption, filename: file.name };
      return post(route, { type: 'document', document }, options);
    },

    /** Marks the message that is answered, and those before it, as read, and shows “typing…” ("Typing indicators"). */
    async readAndType(route: CloudRoute): Promise<void> {
      if (route.asked === '') return;
      await graph.call('read', `${route.phone}/messages`, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: route.asked,
        typing_indicator: { type: 'text' },
      });
    },
  };
}
