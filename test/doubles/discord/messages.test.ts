import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  type Client,
  DMChannel,
  type Message,
  MessageFlags,
  type TextChannel,
} from 'discord.js';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { loggedIn, refusal } from './sdk.ts';

let discord: DiscordDouble;
let client: Client<true>;
let channel: TextChannel;

beforeAll(async () => {
  discord = await startDiscordDouble();
  client = await loggedIn(discord);
});
afterAll(async () => {
  await client.destroy();
  await discord.close();
});
beforeEach(async () => {
  const { id } = discord.addChannel({ name: `c${discord.calls.length}` });
  channel = (await client.channels.fetch(id)) as TextChannel;
});

const heard = () => new Promise<Message>((resolve) => client.once('messageCreate', resolve));

it('hears a person and answers', async () => {
  const waiting = heard();
  const said = discord.say(discord.ana.id, channel.id, 'hello', { mention: true });
  const message = await waiting;
  expect([message.id, message.content, message.author.username, message.mentions.has(client.user.id)]).toEqual([
    said.id,
    `<@${client.user.id}> hello`,
    'ana',
    true,
  ]);
  await message.reply({ content: 'hi there', allowedMentions: { repliedUser: true } });
  const [, answer] = discord.visible(channel.id);
  expect(answer).toMatchObject({ text: 'hi there', reply_to: said.id, pings: [discord.ana.id] });
  const waitingForReply = heard();
  discord.say(discord.ben.id, channel.id, 'and you?', { reply_to: answer?.id });
  expect((await waitingForReply).reference?.messageId).toBe(answer?.id);
});

it('brings DMs to a client that knows the channel only partially', async () => {
  const waiting = heard();
  discord.say(discord.ben.id, discord.dm(discord.ben.id).id, 'psst');
  const message = await waiting;
  expect(message.channel).toBeInstanceOf(DMChannel);
  expect(message.content).toBe('psst');
  await message.author.send('yes?');
  expect(discord.visible(discord.dm(discord.ben.id).id).map((m) => m.text)).toEqual(['psst', 'yes?']);
  discord.ben.dms = 'closed';
  expect((await refusal(message.author.send('hello?'))).code).toBe(50007);
  discord.ben.dms = 'open';
});

it('edits, deletes, and tells of edits and deletions', async () => {
  const message = await channel.send('one');
  await message.edit('two');
  await message.edit({ content: 'three', flags: MessageFlags.SuppressEmbeds });
  expect(discord.visible(channel.id)[0]).toMatchObject({ text: 'three', edited: true, embedsSuppressed: true });
  expect(discord.visible(channel.id)[0]?.versions.map((v) => v.text)).toEqual(['one', 'two', 'three']);
  const said = discord.say(discord.ana.id, channel.id, 'draft');
  expect((await refusal((await channel.messages.fetch(said.id)).edit('mine'))).code).toBe(50005);
  const update = new Promise<Message>((resolve) =>
    client.once('messageUpdate', (_, after) => resolve(after as Message)),
  );
  discord.edit(channel.id, said.id, 'final');
  expect((await update).content).toBe('final');
  const gone = new Promise<string>((resolve) => client.once('messageDelete', ({ id }) => resolve(id)));
  discord.remove(channel.id, said.id);
  expect(await gone).toBe(said.id);
  await message.delete();
  expect(discord.visible(channel.id)).toEqual([]);
  expect((await refusal(channel.messages.edit(message.id, 'late'))).code).toBe(10008);
});

it('returns the first message again for a nonce that is enforced', async () => {
  const first = await channel.send({ content: 'a', nonce: 'turn-1', enforceNonce: true });
  const again = await channel.send({ content: 'b', nonce: 'turn-1', enforceNonce: true });
  expect([again.id, again.content]).toEqual([first.id, 'a']);
  await channel.send({ content: 'c', nonce: 'turn-1' });
  expect(discord.visible(channel.id).map((m) => m.text)).toEqual(['a', 'c']);
  const long = await refusal(channel.send({ content: 'd', nonce: 'x'.repeat(26), enforceNonce: true }));
  expect(long.rawError).toMatchObject({ errors: { nonce: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } });
});

it('refuses what is too long, empty or malformed, and says where', async () => {
  await channel.send('é'.repeat(2000));
  await channel.send('🦙'.repeat(2000));
  const long = await refusal(channel.send('x'.repeat(2001)));
  expect([long.status, long.code]).toEqual([400, 50035]);
  expect(long.message).toContain('content[BASE_TYPE_MAX_LENGTH]: Must be 2000 or fewer in length.');
  expect((await refusal(channel.send({ content: ' \n ' }))).code).toBe(50006);
  const lost = channel.send({ content: 'x', reply: { messageReference: '123456789012345678' } });
  expect((await refusal(lost)).message).toContain('message_reference[MESSAGE_REFERENCE_UNKNOWN_MESSAGE]');
  const kept = await channel.send({
    content: 'kept',
    reply: { messageReference: '123456789012345678', failIfNotExists: false },
  });
  expect(kept.reference).toBeNull();
  const both = channel.send({ content: 'x', allowedMentions: { parse: ['users'], users: [discord.ana.id] } });
  expect((await refusal(both)).message).toContain('MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE');
});

it('checks buttons', async () => {
  const row = (...ids: string[]) =>
    new ActionRowBuilder<ButtonBuilder>().addComponents(
      ids.map((id) => new ButtonBuilder().setCustomId(id).setLabel(id).setStyle(ButtonStyle.Primary)),
    );
  await channel.send({ content: 'x', components: [row('a', 'b')] });
  expect((await refusal(channel.send({ content: 'x', components: [row('a', 'a')] }))).message).toContain('DUPLICATED');
  const wide = await refusal(channel.send({ content: 'x', components: [row('1', '2', '3', '4', '5', '6')] }));
  expect(wide.message).toContain('components[0].components[BASE_TYPE_BAD_LENGTH]');
  const rows = [1, 2, 3, 4, 5, 6].map((n) => row(`r${n}`));
  expect((await refusal(channel.send({ content: 'x', components: rows }))).code).toBe(50035);
});

it('takes files, and gives them back by their link while it is good', async () => {
  const file = new AttachmentBuilder(Buffer.from('print(1)'), { name: 'a b.py', description: 'code' });
  const message = await channel.send({ content: 'see', files: [file] });
  const attachment = message.attachments.first();
  expect([attachment?.name, attachment?.size, attachment?.description]).toEqual(['a_b.py', 8, 'code']);
  expect(discord.visible(channel.id)[0]?.attachments).toMatchObject([{ name: 'a_b.py', text: 'print(1)' }]);
  const url = attachment?.url as string;
  expect(await (await fetch(url)).text()).toBe('print(1)');
  expect((await fetch(url.split('?')[0] as string)).status).toBe(404);
  discord.settings.maxFileBytes = 4;
  expect((await refusal(channel.send({ files: [file] }))).code).toBe(40005);
  discord.settings.maxFileBytes = 10 * 1024 * 1024;
  const waiting = heard();
  discord.say(discord.ana.id, channel.id, '', { files: [{ name: 'p.png', mimetype: 'image/png', content: 'PNG' }] });
  expect((await waiting).attachments.first()).toMatchObject({ name: 'p.png', contentType: 'image/png' });
});

it('records who is notified', async () => {
  const role = discord.addRole(discord.guild, 'staff');
  const text = `@everyone <@${discord.ana.id}> <@&${role.id}> \`<@${discord.ben.id}>\` <@1>`;
  await channel.send(text);
  await channel.send({ content: text, allowedMentions: { parse: [] } });
  await channel.send({ content: text, allowedMentions: { users: [discord.ana.id] } });
  const said = discord.say(discord.ben.id, channel.id, 'x');
  await channel.send({ content: 'y', reply: { messageReference: said.id }, allowedMentions: { parse: [] } });
  expect(discord.visible(channel.id).map((m) => m.pings)).toEqual([
    ['@everyone', role.id, discord.ana.id],
    [],
    [discord.ana.id],
    [],
    [],
  ]);
});

it('lists messages around a place', async () => {
  const ids = Array.from({ length: 6 }, (_, n) => discord.say(discord.ana.id, channel.id, `${n}`).id);
  const texts = async (query: object) => [...(await channel.messages.fetch(query)).values()].map((m) => m.content);
  expect(await texts({ limit: 2 })).toEqual(['5', '4']);
  expect(await texts({ after: ids[1], limit: 2 })).toEqual(['3', '2']);
  expect(await texts({ before: ids[2] })).toEqual(['1', '0']);
  expect(await texts({ around: ids[3], limit: 3 })).toEqual(['4', '3', '2']);
  expect((await refusal(channel.messages.fetch({ limit: 101 }))).code).toBe(50035);
});

it('adds reactions and tells of them', async () => {
  const message = await channel.send('rate me');
  await message.react('👀');
  await message.react('👀');
  const added = new Promise<string>((resolve) => {
    client.on('messageReactionAdd', (reaction, user) => {
      if (user.id === discord.ana.id) resolve(`${reaction.emoji.name} ${reaction.message.id}`);
    });
  });
  discord.react(discord.ana.id, channel.id, message.id, '👍');
  expect(await added).toBe(`👍 ${message.id}`);
  const { reactions } = discord.visible(channel.id)[0] ?? {};
  expect(reactions).toEqual({ '👀': [discord.bot.id], '👍': [discord.ana.id] });
  const removed = new Promise<string | null>((resolve) =>
    client.once('messageReactionRemove', (reaction) => resolve(reaction.emoji.name)),
  );
  discord.unreact(discord.ana.id, channel.id, message.id, '👍');
  expect(await removed).toBe('👍');
  expect((await refusal(message.react('nope'))).code).toBe(10014);
});

it('renews links of attachments, as long as it has the file', async () => {
  discord.settings.attachmentUrlMs = -1_000;
  const files = [{ name: 'a.txt', content: 'the content' }];
  const { id } = discord.say(discord.ana.id, channel.id, 'see', { files });
  const original = (await channel.messages.fetch(id)).attachments.first()?.url ?? '';
  expect((await fetch(original)).status).toBe(404);
  discord.settings.attachmentUrlMs = 60_000;
  const unknown = original.replace(/\/\d+\/a/, '/1/a');
  const body = { attachment_urls: [original, unknown] };
  const { refreshed_urls } = (await client.rest.post('/attachments/refresh-urls', { body })) as {
    refreshed_urls: { original: string; refreshed: string | null }[];
  };
  expect(refreshed_urls.map((each) => each.original)).toEqual([original, unknown]);
  expect(refreshed_urls[1]?.refreshed).toBeNull();
  expect(await (await fetch(refreshed_urls[0]?.refreshed ?? '')).text()).toBe('the content');
  const none = client.rest.post('/attachments/refresh-urls', { body: { attachment_urls: [] } });
  expect((await refusal(none)).code).toBe(50035);
});
