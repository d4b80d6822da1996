/**
 * Slash commands and the message menu. Discord takes the first answer for 3 s only, and the token for 15 minutes
 * (discord.com/developers, "Receiving and Responding"): so the answer is deferred at once, before anything is stored.
 */

import { type Address, type InboundMessage, type Ingest, SendError } from '../../../src/contract/index.ts';
import type { Logger } from '../../../src/log/logger.ts';
import type { LastConversation } from '../../kit/last-conversation.ts';
import type { DiscordApi } from '../client.ts';
import { renderDiscord } from '../render/render.ts';
import { conversationId, type DiscordRoute, type InteractionRoute, timeOf, toAddress } from '../route.ts';
import { MENU } from './commands.ts';
import { attachmentsOf, textOf, toAttachment } from './content.ts';
import { type DiscordAttachment, type DiscordMessage, type DiscordUser, nameOf } from './normalize.ts';

/** The token's 15 minutes, less a moment for the last call. */
const TOKEN_GOOD_FOR_MS = 15 * 60_000 - 20_000;
const APPLICATION_COMMAND = 2;
const DEFERRED = 5;
const EPHEMERAL = 64;
/** "Interaction has already been acknowledged". */
const ALREADY_ACKNOWLEDGED = '40060';
const NO_CONVERSATION =
  'You have no conversation here yet. Mention me first, or use `/ask`; inside a thread or a direct message this command speaks of that place.';
const FAILED = 'That did not work just now. Please try again in a moment.';

/** The parts of an interaction that matter here. */
export interface Interaction {
  id: string;
  token: string;
  type: number;
  application_id: string;
  guild_id?: string;
  channel_id?: string;
  channel?: { id: string; type?: number };
  /** 0 a guild, 1 our direct messages, 2 other people's direct messages and groups. */
  context?: number;
  /** `0`: installed in this guild (or DM with us), `1`: by this user. */
  authorizing_integration_owners?: Record<string, string>;
  member?: { nick?: string | null; roles?: string[]; user: DiscordUser };
  user?: DiscordUser;
  data?: {
    type?: number;
    name: string;
    options?: { name: string; value?: string }[];
    target_id?: string;
    resolved?: { messages?: Record<string, DiscordMessage>; attachments?: Record<string, DiscordAttachment> };
  };
}

export function createInteractions(deps: {
  api: DiscordApi;
  ingest: Ingest;
  recent: LastConversation;
  isThread(channel: string, type?: number): boolean | undefined;
  /** Stores a question, again and again if need be. */
  keep(message: InboundMessage): void;
  log: Logger;
}) {
  const { api, ingest, recent, log } = deps;

  /**
   * @returns where to answer; null when Discord no longer takes an answer. `taken`: somebody has deferred it before, an
   * earlier delivery or another process
   */
  async function defer(
    interaction: Interaction,
    flags: number,
  ): Promise<{ route: InteractionRoute | null; taken: boolean }> {
    const { id, token, application_id: app } = interaction;
    const route = { app, token, until: timeOf(id) + TOKEN_GOOD_FOR_MS, response: null };
    try {
      const answer = await api.call<{ resource?: { message?: { id: string } } }>(
        'POST',
        `/interactions/${id}/${token}/callback`,
        {
          auth: false,
          query: { with_response: 'true' },
          body: { type: DEFERRED, ...(flags ? { data: { flags } } : {}) },
        },
      );
      return { route: { ...route, response: answer.resource?.message?.id ?? null }, taken: false };
    } catch (error) {
      const taken = error instanceof SendError && error.code === ALREADY_ACKNOWLEDGED;
      if (taken || (error instanceof SendError && error.kind === 'unknown-outcome')) {
        // What this call ends with is told by the first error, below.
        const response = await api
          .call<{ id: string }>('GET', `/webhooks/${app}/${token}/messages/@original`, { auth: false })
          .then((message) => message.id)
          .catch(() => undefined);
        if (response !== undefined) return { route: { ...route, response }, taken };
      }
      log.warn({ err: error }, 'a command could not be answered in time');
      return { route: null, taken };
    }
  }

  function placeOfInteraction(interaction: Interaction, route: InteractionRoute | null): DiscordRoute {
    const { guild_id: guild = null, context, authorizing_integration_owners: owners = {} } = interaction;
    const channel = interaction.channel_id ?? interaction.channel?.id ?? '';
    const away = context === 2 || (guild !== null && owners[0] === undefined && owners[1] !== undefined);
    const thread = deps.isThread(channel, interaction.channel?.type) === true;
    return {
      guild,
      channel,
      kind: away ? 'private' : guild === null ? 'dm' : thread ? 'thread' : 'chain',
      asked: null,
      repliesTo: null,
      user: personOf(interaction).id,
      open: false,
      title: '',
      interaction: route,
      names: {},
    };
  }

  async function ask(interaction: Interaction): Promise<void> {
    const { route } = await defer(interaction, 0);
    const place = placeOfInteraction(interaction, route);
    // Nothing can be said there without the token.
    if (!route && place.kind === 'private') return;
    const conversation = conversationId(place, route?.response ?? interaction.id);
    const person = personOf(interaction);
    const name = nameOf(person, interaction.member);
    deps.keep({
      v: 1,
      id: interaction.id,
      author: { id: person.id, ...(name ? { name } : {}) },
      ...questionOf(interaction),
      sentAt: timeOf(interaction.id),
      to: toAddress(place, conversation),
      ...(place.guild ? { workspace: place.guild, channel: place.channel } : {}),
      ...(interaction.member?.roles ? { groups: interaction.member.roles } : {}),
    });
  }

  /** `reset`, `model`, `about`, `help`: seen only by the person who asked. */
  async function run(interaction: Interaction): Promise<void> {
    const { route, taken } = await defer(interaction, EPHEMERAL);
    if (!route || taken) return;
    const content = await answer(interaction).catch((error) => {
      log.error({ err: error }, 'a slash command failed');
      return FAILED;
    });
    const [first, ...more] = renderDiscord(content);
    const body = (piece: { content: string } | undefined) => ({
      content: piece?.content ?? FAILED,
      flags: EPHEMERAL,
      allowed_mentions: { parse: [] },
    });
    const webhook = `/webhooks/${route.app}/${route.token}` as const;
    await api.call('PATCH', `${webhook}/messages/@original`, {
      auth: false,
      body: { ...body(first), flags: undefined },
    });
    for (const piece of more) await api.call('POST', webhook, { auth: false, body: body(piece) });
  }

  async function answer(interaction: Interaction): Promise<string> {
    const name = interaction.data?.name ?? 'help';
    const argument = optionOf(interaction, 'name') ?? '';
    const place = placeOfInteraction(interaction, null);
    const conversation = place.kind === 'chain' ? await recent.get(place.channel, place.user) : conversationId(place);
    if (conversation === null && (name === 'reset' || ((name === 'model' || name === 'persona') && argument)))
      return NO_CONVERSATION;
    const to: Address = { platform: 'discord', conversation: conversation ?? 'discord:none', route: {} };
    const text = await ingest.command(to, { name, argument, author: personOf(interaction).id });
    return name === 'help' ? `${text}\n\n${HELP}` : text;
  }

  return {
    /** Never throws. */
    async take(interaction: Interaction): Promise<void> {
      if (interaction.type !== APPLICATION_COMMAND) return;
      try {
        await (isQuestion(interaction) ? ask(interaction) : run(interaction));
      } catch (error) {
        log.error({ err: error }, 'an interaction failed');
      }
    },
  };
}

const HELP =
  'Here you write `/reset`, `/model`, `/persona`, `/usage`, `/about` and `/help`, `/ask` asks from anywhere, and “Ask about this” is in the menu of every message, under Apps. React with 👍 or 👎 to tell whether an answer helped, with ⏹️ to stop one.';

function isQuestion({ data }: Interaction): boolean {
  return data?.name === 'ask' || data?.name === MENU;
}

function personOf(interaction: Interaction): DiscordUser {
  return interaction.member?.user ?? interaction.user ?? { id: '' };
}

function optionOf(interaction: Interaction, name: string): string | undefined {
  return interaction.data?.options?.find((option) => option.name === name)?.value;
}

function questionOf(interaction: Interaction): Pick<InboundMessage, 'text' | 'attachments'> {
  const { target_id, resolved } = interaction.data ?? {};
  const target = target_id ? resolved?.messages?.[target_id] : undefined;
  if (target) {
    const author = target.author ? nameOf(target.author) : undefined;
    const quoted = textOf(target).replaceAll('\n', '\n> ');
    const text = `What do you say about this message${author ? ` by ${author}` : ''}? Explain it, or answer what it asks.\n\n> ${quoted}`;
    return { text, attachments: attachmentsOf(target) };
  }
  const file = resolved?.attachments?.[optionOf(interaction, 'file') ?? ''];
  return { text: optionOf(interaction, 'question') ?? '', attachments: file ? [toAttachment(file)] : [] };
}
