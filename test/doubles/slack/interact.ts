/**
 * Slash commands and buttons. Rules: docs.slack.dev "Slash commands" (fields, response_url: five answers in 30 minutes,
 * ephemeral unless `in_channel`), "Handling user interaction" and "block_actions payload", "Feedback buttons element".
 */
import { randomUUID } from 'node:crypto';
import { readBlocks } from './blocks.ts';
import type { Context } from './context.ts';
import type { Delivery } from './delivery.ts';
import type { createPeople } from './people.ts';
import type { Args, Channel, Delivered } from './types.ts';
import { SlackRefusal } from './types.ts';
import { wireMessage } from './wire.ts';
import { newId } from './workspace.ts';

/** What came back for a command or a button. */
export interface Answered extends Delivered {
  /** Posts to the response_url so far, in order; grows as they come. */
  posts: Args[];
  /** The n-th post to the response_url (1 is the first), as soon as it is there. */
  post(n?: number, timeoutMs?: number): Promise<Args>;
}

interface ResponseUrl {
  channel: Channel;
  user: string;
  posts: Args[];
  left: number;
  until: number;
}

/** Builds commands, buttons and the response_urls they hand out. */
export function createInteractions(
  context: Context,
  delivery: Delivery,
  people: ReturnType<typeof createPeople>,
  verificationToken: string,
) {
  const { ws, watch } = context;
  const urls = new Map<string, ResponseUrl>();

  /** Shows an answer: to everybody in the channel, or to the one person. */
  function show(channel: Channel, user: string, answer: Args): void {
    const text = typeof answer.text === 'string' ? answer.text : '';
    const blocks = answer.blocks === undefined ? undefined : readBlocks(answer.blocks);
    if (text === '' && !blocks?.length) return;
    if (answer.response_type === 'in_channel') {
      watch.changed(ws.post({ channel, user: ws.ids.botUser, bot: true, text, blocks }));
      return;
    }
    watch.whispered({ ts: ws.nextTs(), channel: channel.id, user, thread_ts: undefined, text, blocks });
  }

  function open(channel: Channel, user: string): { url: string; entry: ResponseUrl } {
    const id = randomUUID();
    const entry = { channel, user, posts: [] as Args[], left: 5, until: Date.now() + 30 * 60_000 };
    urls.set(id, entry);
    return { url: `${ws.place.origin}/response/${id}`, entry };
  }

  async function ask(kind: 'slash_commands' | 'interactive', payload: object, entry: ResponseUrl): Promise<Answered> {
    const delivered = await delivery.interaction(kind, payload);
    if (delivered.acked && delivered.body && typeof delivered.body === 'object')
      show(entry.channel, entry.user, delivered.body as Args);
    const { posts } = entry;
    return {
      ...delivered,
      posts,
      async post(n = 1, timeoutMs = 5_000) {
        await watch.waitUntil(() => posts.length >= n, timeoutMs);
        return posts[n - 1] as Args;
      },
    };
  }

  return {
    /** Runs a slash command. Resolves when the app acknowledged (`acked`, `body`) or the 3 s ran out. */
    command(user: string, channel: string, command: string, text = ''): Promise<Answered> {
      const place = people.placeOf(channel);
      const { url, entry } = open(place, user);
      const payload = {
        token: verificationToken,
        team_id: ws.ids.team,
        team_domain: 'example',
        channel_id: place.id,
        channel_name: place.type === 'im' ? 'directmessage' : place.name,
        user_id: user,
        user_name: ws.users.get(user)?.name ?? '',
        command,
        text,
        api_app_id: ws.ids.app,
        is_enterprise_install: 'false',
        response_url: url,
        trigger_id: `${Date.now()}.${newId('')}`,
      };
      return ask('slash_commands', payload, entry);
    },
    /** Presses a button of a message. @throws when no such button is shown there. */
    pressButton(user: string, channel: string, ts: string, actionId: string, value?: string): Promise<Answered> {
      const post = people.postOf(channel, ts);
      const place = post.channel;
      const action = findAction(post.blocks ?? [], actionId, value);
      if (!action) throw new Error(`no button ${actionId}${value ? ` with ${value}` : ''} on message ${ts}`);
      const { url, entry } = open(place, user);
      const payload = {
        type: 'block_actions',
        user: { id: user, username: ws.users.get(user)?.name, name: ws.users.get(user)?.name, team_id: ws.ids.team },
        api_app_id: ws.ids.app,
        token: verificationToken,
        container: {
          type: 'message',
          message_ts: ts,
          channel_id: place.id,
          is_ephemeral: false,
          ...(post.thread_ts ? { thread_ts: post.thread_ts } : {}),
        },
        trigger_id: `${Date.now()}.${newId('')}`,
        team: { id: ws.ids.team, domain: 'example' },
        enterprise: null,
        is_enterprise_install: false,
        channel: { id: place.id, name: place.type === 'im' ? 'directmessage' : place.name },
        message: wireMessage(ws, post),
        state: { values: {} },
        response_url: url,
        actions: [{ ...action, action_ts: ws.nextTs() }],
      };
      return ask('interactive', payload, entry);
    },
    /** A POST to a response_url. False: unknown, used up or too late. */
    respond(id: string, answer: Args): boolean {
      const entry = urls.get(id);
      if (!entry || entry.left <= 0 || Date.now() > entry.until) return false;
      entry.left -= 1;
      try {
        show(entry.channel, entry.user, answer);
      } catch (error) {
        if (error instanceof SlackRefusal) return false;
        throw error;
      }
      entry.posts.push(answer);
      watch.stirred();
      return true;
    },
  };
}

type Fields = Record<string, unknown>;

/** The action that a press on this element sends, or undefined when no such element is there. */
function findAction(blocks: Fields[], actionId: string, value: string | undefined): Fields | undefined {
  for (const block of blocks) {
    const elements = [...((block.elements as Fields[] | undefined) ?? []), block.accessory as Fields].filter(Boolean);
    for (const element of elements) {
      if (element.action_id !== actionId) continue;
      const common = { type: element.type, action_id: actionId, block_id: block.block_id };
      if (element.type !== 'feedback_buttons') {
        if (value !== undefined && element.value !== value) continue;
        return { ...common, text: element.text, value: element.value };
      }
      const sides = [element.positive_button, element.negative_button] as Fields[];
      const side = value === undefined ? sides[0] : sides.find((button) => button.value === value);
      if (side) return { ...common, text: side.text, value: side.value };
    }
  }
  return undefined;
}
