import {
  ActionRowBuilder,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ButtonBuilder,
  ButtonStyle,
  type ChatInputCommandInteraction,
  type Client,
  type Interaction,
  InteractionContextType,
  MessageFlags,
} from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { loggedIn, refusal } from './sdk.ts';

let discord: DiscordDouble;
let client: Client<true>;

const ASK = {
  name: 'ask',
  description: 'Ask',
  integrationTypes: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  options: [{ name: 'question', description: 'What', type: ApplicationCommandOptionType.String, required: true }],
} as const;

beforeEach(async () => {
  discord = await startDiscordDouble();
  client = await loggedIn(discord);
  await client.application.commands.set([ASK, { name: 'Ask about this', type: ApplicationCommandType.Message }]);
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

/** Lets the app take the next interactions this way. */
function onInteraction(take: (interaction: Interaction) => Promise<unknown>): void {
  client.removeAllListeners('interactionCreate');
  client.on('interactionCreate', (interaction) => {
    // A failure here goes unhandled, and fails the test.
    void take(interaction);
  });
}

const ask = (where = 'general', user = discord.ana.id) => discord.command(user, where, 'ask', { question: 'why?' });

it('keeps commands, with their ids, and checks them', async () => {
  const [first] = discord.commands();
  expect(first).toMatchObject({ name: 'ask', contexts: [0, 1, 2], integration_types: [0, 1], dm_permission: true });
  await client.application.commands.set([ASK]);
  expect(discord.commands().map((c) => [c.id, c.version])).toEqual([[first?.id, first?.version]]);
  await client.application.commands.set([{ ...ASK, description: 'Changed' }]);
  expect(discord.commands()[0]?.version).not.toBe(first?.version);
  expect((await refusal(client.application.commands.set([{ ...ASK, name: 'Ask Me' }]))).code).toBe(50035);
  expect((await client.application.commands.fetch()).map((c) => c.name)).toEqual(['ask']);
});

it('answers a command, and follows up', async () => {
  onInteraction(async (interaction) => {
    const command = interaction as ChatInputCommandInteraction;
    await command.reply(`because ${command.options.getString('question')}`);
    await command.followUp({ content: 'more', flags: MessageFlags.Ephemeral });
  });
  const done = await ask();
  expect(done.outcome).toBe('answered');
  expect(await done.message()).toMatchObject({ text: 'because why?', type: 20, ephemeral: false });
  expect(await done.message((m) => m.text === 'more')).toMatchObject({ ephemeral: true });
  expect(discord.visible('general').map((m) => m.text)).toEqual(['because why?']);
});

it('defers, thinks, and edits the answer in', async () => {
  const { promise: finish, resolve } = Promise.withResolvers<void>();
  onInteraction(async (interaction) => {
    const command = interaction as ChatInputCommandInteraction;
    await command.deferReply();
    await finish;
    await command.editReply('done');
  });
  const done = await ask();
  expect(done.outcome).toBe('deferred');
  expect(discord.visible('general')).toMatchObject([{ loading: true, text: '' }]);
  resolve();
  expect(await done.message()).toMatchObject({ text: 'done', loading: false, edited: false });
});

it('fills the awaited message with the first follow-up, whose flags do not count', async () => {
  onInteraction(async (interaction) => {
    const command = interaction as ChatInputCommandInteraction;
    await command.deferReply();
    await command.followUp({ content: 'filled', flags: MessageFlags.Ephemeral });
  });
  const done = await ask();
  expect(await done.message()).toMatchObject({ text: 'filled', ephemeral: false });
  expect(done.messages).toHaveLength(1);
});

it('knows an interaction no more after its deadline', async () => {
  discord.settings.interactionTimeoutMs = 30;
  const seen = new Promise<ChatInputCommandInteraction>((resolve) =>
    onInteraction(async (interaction) => resolve(interaction as ChatInputCommandInteraction)),
  );
  expect((await ask()).outcome).toBe('no_response');
  const late = await seen;
  expect((await refusal(late.reply('late'))).code).toBe(10062);
  const followUp = client.rest.post(`/webhooks/${discord.applicationId}/${late.token}`, { body: { content: 'x' } });
  expect((await refusal(followUp)).code).toBe(10015);
});

it('takes one first answer only', async () => {
  const second = new Promise<unknown>((resolve) =>
    onInteraction(async (interaction) => {
      const command = interaction as ChatInputCommandInteraction;
      await command.reply('one');
      const again = client.rest.post(`/interactions/${command.id}/${command.token}/callback`, { body: { type: 5 } });
      resolve((await refusal(again)).code);
    }),
  );
  await ask();
  expect(await second).toBe(40060);
});

it('takes a token no longer when it is old', async () => {
  const seen = new Promise<ChatInputCommandInteraction>((resolve) =>
    onInteraction(async (interaction) => {
      const command = interaction as ChatInputCommandInteraction;
      await command.deferReply();
      resolve(command);
    }),
  );
  await ask();
  const command = await seen;
  discord.expireInteractions();
  const refused = await refusal(command.editReply('late'));
  expect([refused.status, refused.code]).toEqual([401, 50027]);
});

it('offers commands where they are allowed and installed', async () => {
  onInteraction(async (interaction) => {
    const command = interaction as ChatInputCommandInteraction;
    await command.reply(`${command.context} ${JSON.stringify(command.authorizingIntegrationOwners)}`);
  });
  expect((await (await ask(discord.dm(discord.ana.id).id)).message()).text).toBe('1 {"0":"0"}');
  const others = discord.privateChannel(discord.ana.id, discord.ben.id);
  await expect(async () => ask(others.id)).rejects.toThrow('not installed');
  discord.installFor(discord.ana.id);
  expect((await (await ask(others.id)).message()).text).toBe(`2 {"1":"${discord.ana.id}"}`);
  const elsewhere = discord.addGuild({ name: 'Elsewhere', bot: false });
  const lobby = discord.addChannel({ name: 'lobby', guild: elsewhere });
  expect((await (await ask(lobby.id)).message()).text).toBe(`0 {"1":"${discord.ana.id}"}`);
  await expect(async () => discord.command(discord.ana.id, 'general', 'ask')).rejects.toThrow('needs the option');
  await expect(async () => discord.command(discord.ana.id, 'general', 'nope')).rejects.toThrow('not registered');
});

it('gives the app that is only user-installed five follow-ups', async () => {
  discord.installFor(discord.ana.id);
  const others = discord.privateChannel(discord.ana.id, discord.ben.id);
  const refused = new Promise<unknown>((resolve) =>
    onInteraction(async (interaction) => {
      const command = interaction as ChatInputCommandInteraction;
      await command.reply('one');
      for (let n = 1; n <= 5; n += 1) await command.followUp(`more ${n}`);
      resolve((await refusal(command.followUp('too many'))).code);
    }),
  );
  const done = await ask(others.id);
  expect(await refused).toBe(40094);
  expect(done.messages).toHaveLength(6);
});

it('brings the message of a menu whole, without the intent', async () => {
  const said = discord.say(discord.ben.id, 'general', 'read this');
  onInteraction(async (interaction) => {
    if (!interaction.isMessageContextMenuCommand()) throw new Error('no menu');
    await interaction.reply({
      content: `${interaction.targetMessage.author.username}: ${interaction.targetMessage.content}`,
      flags: MessageFlags.Ephemeral,
    });
  });
  const done = await discord.messageCommand(discord.ana.id, 'general', said.id, 'Ask about this');
  expect(await done.message()).toMatchObject({ text: 'ben: read this', ephemeral: true, type: 23 });
  expect(discord.visible('general')).toHaveLength(1);
});

it('lets buttons be pressed', async () => {
  const button = new ButtonBuilder().setCustomId('more').setLabel('More').setStyle(ButtonStyle.Primary);
  const row = new ActionRowBuilder<ButtonBuilder>().addComponents(button);
  const channel = client.channels.cache.get(discord.general.id);
  if (!channel?.isSendable()) throw new Error('no channel');
  const message = await channel.send({ content: 'choose', components: [row] });
  onInteraction(async (interaction) => {
    if (!interaction.isButton()) throw new Error('no button');
    await interaction.update({ content: `${interaction.customId} it is`, components: [] });
    await interaction.followUp('after');
  });
  const done = await discord.pressButton(discord.ana.id, 'general', message.id, 'More');
  expect(done.outcome).toBe('updated');
  await done.message((m) => m.text === 'after');
  expect(discord.visible('general').map((m) => [m.text, m.components.length])).toEqual([
    ['more it is', 0],
    ['after', 0],
  ]);
});
