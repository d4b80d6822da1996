/**
 * Commands, menus and buttons (pages "Receiving and Responding", "Application Commands": contexts and installation,
 * "Using Message Components"): what a person may use where, the interaction that the app gets, and what comes back.
 */
import { randomBytes } from 'node:crypto';
import { allComponents } from './components.ts';
import type { CommandDefinition, Context } from './context.ts';
import { optionData } from './option-data.ts';
import { canSee, permissionsOf } from './permissions.ts';
import {
  type Channel,
  ChannelKind,
  type Component,
  type Interaction,
  type Post,
  type User,
  type Visible,
} from './types.ts';
import { toVisible } from './watch.ts';
import { wireChannel, wireMember, wireMessage, wireUser } from './wire.ts';

/** What came of a command, a menu or a button. Its fields are read live. */
export interface Answered {
  readonly interaction: Interaction;
  /** `answered`, `deferred`, `updated` (types 6 and 7), `modal`, or `no_response` within Discord's 3 s. */
  readonly outcome: 'answered' | 'deferred' | 'updated' | 'modal' | 'no_response';
  readonly ephemeral: boolean;
  /** ms from the use to the first answer. */
  readonly afterMs: number | undefined;
  /** All messages of the app by this interaction, oldest first. */
  readonly messages: Visible[];
  /** The first message that pleases, there already or to come; by default the first that shows something. */
  message(want?: (message: Visible) => boolean, timeoutMs?: number): Promise<Visible>;
}

const OUTCOMES: Record<number, Answered['outcome']> = {
  4: 'answered',
  5: 'deferred',
  6: 'updated',
  7: 'updated',
  9: 'modal',
};

/** 0: in a guild, 1: in the app's own DM, 2: in other DMs and group DMs (interaction context types). */
function contextOf(context: Context, channel: Channel): 0 | 1 | 2 {
  if (channel.guild) return 0;
  return channel.type === ChannelKind.dm && channel.people.has(context.ws.bot.id) ? 1 : 2;
}

/** By which installations the app is there: `0` the guild, `1` the user (authorizing_integration_owners). */
function ownersOf(context: Context, user: string, channel: Channel): Record<string, string> {
  const { ws } = context;
  const owners: Record<string, string> = {};
  if (channel.guild?.members.has(ws.bot.id)) owners[0] = channel.guild.id;
  // In the app's own DM the guild install counts too, as '0'.
  if (
    contextOf(context, channel) === 1 &&
    [...ws.guilds.values()].some((g) => g.members.has(user) && g.members.has(ws.bot.id))
  )
    owners[0] = '0';
  if (ws.installs.has(user)) owners[1] = user;
  return owners;
}

/** Builds commands, menus and buttons. */
export function createInteractions(context: Context) {
  const { ws, settings, events, watch } = context;

  /** The command as this person finds it here. */
  function findCommand(user: string, channel: Channel, name: string, type: 1 | 3): CommandDefinition {
    const where = contextOf(context, channel);
    const owners = ownersOf(context, user, channel);
    const lists = [context.commands.get(channel.guild?.id ?? ' '), context.commands.get('')];
    const command = lists.flatMap((list) => list ?? []).find((c) => c.name === name && c.type === type);
    if (!command) throw new Error(`nobody finds a command ${name}: it is not registered`);
    if (command.contexts && !command.contexts.includes(where))
      throw new Error(`nobody finds ${name} here: its contexts are ${command.contexts}, this is ${where}`);
    if (!command.integration_types.some((kind) => owners[kind] !== undefined))
      throw new Error(`${user} does not find ${name} here: the app is not installed for it`);
    return command;
  }

  function begin(fields: Pick<Interaction, 'type' | 'user' | 'channel' | 'name' | 'menu' | 'target' | 'owners'>) {
    const interaction: Interaction = {
      id: ws.nextId(),
      token: `aW50ZXJhY3Rpb246${randomBytes(48).toString('base64url')}`,
      createdAt: Date.now(),
      callback: undefined,
      answeredAt: undefined,
      ephemeral: false,
      original: undefined,
      posts: [],
      followUps: 0,
      ...fields,
    };
    ws.interactions.set(interaction.token, interaction);
    if (ws.interactions.size > 10_000) ws.interactions.delete(ws.interactions.keys().next().value as string);
    return interaction;
  }

  /** INTERACTION_CREATE, around its `data`. */
  function payload(interaction: Interaction, data: object): Record<string, unknown> {
    const { channel, user } = interaction;
    const { guild } = channel;
    const person = wireUser(ws.users.get(user) as User);
    return {
      id: interaction.id,
      application_id: ws.applicationId,
      type: interaction.type,
      token: interaction.token,
      version: 1,
      data,
      channel_id: channel.id,
      channel: wireChannel(ws, channel, { user }),
      context: contextOf(context, channel),
      authorizing_integration_owners: interaction.owners,
      app_permissions: String(permissionsOf(ws.bot.id, channel)),
      entitlements: [],
      attachment_size_limit: settings.maxFileBytes,
      locale: 'en-US',
      ...(interaction.type === 3 && interaction.target
        ? { message: wireMessage(ws, interaction.target, { content: true }) }
        : {}),
      ...(guild
        ? {
            guild_id: guild.id,
            guild: { id: guild.id, locale: 'en-US', features: [] },
            guild_locale: 'en-US',
            member: { ...wireMember(ws, guild, user, true), permissions: String(permissionsOf(user, channel)) },
          }
        : { user: person }),
    };
  }

  async function ask(interaction: Interaction, data: object): Promise<Answered> {
    const { channel } = interaction;
    events.interaction(channel.guild?.id, payload(interaction, data));
    const answered = () => interaction.callback !== undefined;
    await watch.waitUntil(answered, settings.interactionTimeoutMs).catch(() => {
      // Nobody answered in time: `outcome` says so.
    });
    const mine = (want: (message: Visible) => boolean) => (post: Post) =>
      (post.interaction === interaction || post === interaction.original) && want(toVisible(post));
    return {
      interaction,
      outcome: OUTCOMES[interaction.callback ?? 0] ?? 'no_response',
      get ephemeral() {
        return interaction.ephemeral;
      },
      afterMs: interaction.answeredAt && interaction.answeredAt - interaction.createdAt,
      get messages() {
        return interaction.posts.map(toVisible);
      },
      async message(want = (message) => message.text !== '' || message.attachments.length > 0, timeoutMs = 5_000) {
        const match = mine(want);
        const there = interaction.posts.find(match);
        const seen = () => `messages: ${JSON.stringify(interaction.posts.map((p) => toVisible(p).text.slice(0, 200)))}`;
        return toVisible(there ?? (await watch.waitForPost(match, timeoutMs, seen)));
      },
    };
  }

  function here(user: string, channel: string): Channel {
    const place = ws.placeOf(channel);
    if (!canSee(user, place)) throw new Error(`${user} is not in ${channel}`);
    return place;
  }

  return {
    /** A slash command. Resolves with the first answer, or when Discord's time for it is over. */
    command(
      user: string,
      channel: string,
      name: string,
      options: Record<string, string | number | boolean> = {},
    ): Promise<Answered> {
      const place = here(user, channel);
      const command = findCommand(user, place, name, 1);
      const owners = ownersOf(context, user, place);
      const interaction = begin({ type: 2, user, channel: place, name, menu: false, target: undefined, owners });
      return ask(interaction, { id: command.id, name, type: 1, ...guildOf(command), ...optionData(command, options) });
    },
    /** A command of a message's menu ("Apps"). The message comes whole, whatever the intents. */
    messageCommand(user: string, channel: string, message: string, name: string): Promise<Answered> {
      const place = here(user, channel);
      const command = findCommand(user, place, name, 3);
      const target = place.byId.get(message);
      if (!target || target.deleted) throw new Error(`nobody sees a message ${message} in ${channel}`);
      const owners = ownersOf(context, user, place);
      const interaction = begin({ type: 2, user, channel: place, name, menu: true, target, owners });
      const { reactions: _reactions, ...resolved } = wireMessage(ws, target, { content: true, nested: true });
      return ask(interaction, {
        id: command.id,
        name,
        type: 3,
        target_id: message,
        ...guildOf(command),
        resolved: { messages: { [message]: resolved } },
      });
    },
    /** A button, by its custom_id or its label. */
    pressButton(user: string, channel: string, message: string, button: string): Promise<Answered> {
      const place = here(user, channel);
      const seen = [...ws.interactions.values()].flatMap((i) => (i.user === user ? i.posts : []));
      const target = place.byId.get(message) ?? seen.find((post) => post.id === message);
      if (!target || target.deleted) throw new Error(`${user} sees no message ${message} in ${channel}`);
      const found = allComponents(target.components).find(
        (c: Component) => c.type === 2 && (c.custom_id === button || c.label === button),
      );
      if (!found) throw new Error(`message ${message} has no button ${button}`);
      if (found.disabled || found.style === 5) throw new Error(`button ${button} cannot be pressed`);
      const owners = target.interaction?.owners ?? ownersOf(context, user, place);
      const interaction = begin({ type: 3, user, channel: place, name: '', menu: false, target, owners });
      const data = { id: found.id, component_type: 2, custom_id: found.custom_id };
      return ask(interaction, data);
    },
    /** Every token is as old as one that Discord no longer takes. */
    expireInteractions(): void {
      for (const interaction of ws.interactions.values()) interaction.createdAt -= settings.interactionTokenMs;
    },
  };
}

const guildOf = (command: CommandDefinition) => (command.guild_id ? { guild_id: command.guild_id } : {});
