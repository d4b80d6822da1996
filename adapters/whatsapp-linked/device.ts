/** The RPC's calls, made with the library. Each is bounded in time: a page may hang, or reload under a call. */
import type WAWebJS from 'whatsapp-web.js';
import { SendError } from '../../src/contract/index.ts';
import type { Logger } from '../../src/log/logger.ts';
import { readAgain } from '../kit/download.ts';
import { within } from './browser/within.ts';
import type { LinkedMessage } from './message.ts';
import type { PostRequest, RpcCalls } from './rpc/rpc.ts';

/** How many of the chat's own messages are asked for when one is looked for: the library counts loosely. */
const LOOK_AMONG = 60;
/** Clocks of the phone and of this machine differ; messages are dated in whole seconds. */
const CLOCK_SLACK_MS = 120_000;

/** The library's words and the page's. */
const UPLOAD_FAILED = /upload failed|media-fault/;

export interface Found {
  id: string;
  text: string;
}

export type Device = ReturnType<typeof createDevice>;

export function createDevice(deps: { client: WAWebJS.Client; callTimeoutMs: number; log: Logger }) {
  const { client, callTimeoutMs, log } = deps;

  /** @throws SendError `unknown-outcome`: nobody knows how far the page came */
  async function inPage<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      return await within(callTimeoutMs, call());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SendError('unknown-outcome', 'page', `WhatsApp Web did not answer ${name}: ${reason}`, {
        cause: error,
      });
    }
  }

  return {
    /** @returns the message's id. It may still be refused; its acks tell. */
    async send({ chat, text, quotes, file }: Pick<PostRequest, 'chat' | 'text' | 'quotes' | 'file'>): Promise<string> {
      const content = file ? await mediaOf(file) : text;
      const sent = await inPage('a message', () =>
        client.sendMessage(chat, content, {
          // Both have failed whole sends before (the outage of January 2026; a link without a preview).
          sendSeen: false,
          linkPreview: false,
          ...(file ? { caption: text, sendMediaAsDocument: true } : {}),
          ...(quotes ? { quotedMessageId: quotes } : {}),
        }),
      ).catch((error: unknown) => {
        // The upload comes first, so nothing was sent.
        if (file && UPLOAD_FAILED.test((error as Error).message))
          throw new SendError('invalid', 'upload', 'WhatsApp takes no file now', { cause: error });
        throw error;
      });
      // The library resolves with nothing when there is no such chat.
      if (!sent) throw new SendError('gone', 'no_chat', `WhatsApp has no chat ${chat}`);
      return sent.id._serialized;
    },

    /** What the page knows of a message's way; undefined: it does not know the message. */
    ackOf: async (id: string): Promise<number | undefined> =>
      inPage('an ack', async () => (await client.getMessageById(id))?.ack),

    edit: async (id: string, text: string): Promise<boolean> =>
      inPage('an edit', async () => {
        const message = await client.getMessageById(id);
        if (!message) return false;
        return (await message.edit(text, { linkPreview: false })) !== null;
      }),

    /** Our own messages in a chat since a time, oldest first; those that were refused are left out. */
    ownSince: async (chat: string, since: number): Promise<Found[]> =>
      inPage('own messages', async () => {
        const place = await client.getChatById(chat);
        const messages = (await place.fetchMessages({ limit: LOOK_AMONG, fromMe: true })) as LinkedMessage[];
        return messages
          .filter(
            ({ id, ack, timestamp = 0 }) => id.fromMe && ack !== -1 && timestamp * 1_000 >= since - CLOCK_SLACK_MS,
          )
          .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
          .map(({ id, body = '' }) => ({ id: id._serialized as string, text: body }));
      }),

    type: async ({ chat, on }: Parameters<RpcCalls['type']>[0]): Promise<void> =>
      inPage('“typing…”', async () => {
        const place = await client.getChatById(chat);
        if (!on) {
          await place.clearState();
          return;
        }
        // Broken in some versions of the page; the answer does not hang on it.
        await place.sendSeen().catch((error: unknown) => log.debug({ err: error }, 'not marked as read'));
        await place.sendStateTyping();
      }),

    /** @throws SendError `too-large`, `gone`, `unavailable` */
    download: async (id: string, limit: number): Promise<string> => {
      const message = await inPage('a message', () => client.getMessageById(id));
      if (!message) throw new SendError('gone', 'no_message', 'the message with the file is not there any more');
      const { size } = (message.rawData ?? {}) as { size?: number };
      if (size !== undefined && size > limit) throw tooLarge(limit);
      const media = await readAgain(async () => {
        const file = await inPage('a file', () => message.downloadMedia());
        // The library does not tell a file that has expired from one that failed for the moment.
        if (!file) throw new SendError('unavailable', 'no_file', 'the file cannot be fetched');
        return file;
      });
      if (Buffer.byteLength(media.data, 'base64') > limit) throw tooLarge(limit);
      return media.data;
    },
  };
}

/** The library is loaded already where there is a device. */
async function mediaOf({ type, data, name }: NonNullable<PostRequest['file']>): Promise<WAWebJS.MessageMedia> {
  const { default: library } = await import('whatsapp-web.js');
  return new library.MessageMedia(type, data, name);
}

function tooLarge(limit: number): SendError {
  return new SendError('too-large', 'file_too_large', `the file has more than ${limit} bytes`);
}
