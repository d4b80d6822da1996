import { ChannelType, type Client, type TextChannel, type ThreadChannel } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { loggedIn, refusal } from './sdk.ts';

let discord: DiscordDouble;
let client: Client<true>;
let general: TextChannel;

beforeEach(async () => {
  discord = await startDiscordDouble();
  client = await loggedIn(discord);
  general = (await client.channels.fetch(discord.general.id)) as TextChannel;
});
afterEach(async () => {
  await client.destroy();
  await discord.close();
});

it('opens a thread on a message once', async () => {
  const message = await general.send('start');
  const thread = await message.startThread({ name: 'talk', autoArchiveDuration: 60 });
  expect([thread.id, thread.name, thread.parentId]).toEqual([message.id, 'talk', general.id]);
  await thread.send('in the thread');
  expect(discord.visible(thread.id).map((m) => [m.type, m.text])).toEqual([
    [21, ''],
    [0, 'in the thread'],
  ]);
  expect(discord.visible('general')[0]).toMatchObject({ thread: thread.id, flags: 32 });
  const again = client.rest.post(`/channels/${general.id}/messages/${message.id}/threads`, { body: { name: 'b' } });
  expect((await refusal(again)).code).toBe(160004);
  expect((await refusal(general.threads.create({ name: 'x'.repeat(101) }))).code).toBe(50035);
});

it('hears threads of people, and private ones only from inside', async () => {
  const made = new Promise<ThreadChannel>((resolve) => client.once('threadCreate', resolve));
  const thread = discord.startThread(discord.ana.id, 'general', { name: 'plans' });
  expect((await made).name).toBe('plans');
  expect(discord.say(discord.ana.id, thread.id, 'x').heard).toBe(true);
  const secret = discord.startThread(discord.ana.id, 'general', { private: true });
  expect(discord.say(discord.ana.id, secret.id, 'x').heard).toBe(false);
  expect((await refusal(client.rest.get(`/channels/${secret.id}`))).code).toBe(50001);
  discord.say(discord.ana.id, secret.id, 'come in', { mention: true });
  expect((await client.channels.fetch(secret.id))?.type).toBe(ChannelType.PrivateThread);
});

it('wakes an archived thread by a message, unless it is locked', async () => {
  const thread = discord.startThread(discord.ana.id, 'general');
  discord.archive(thread.id);
  const channel = (await client.channels.fetch(thread.id)) as ThreadChannel;
  await channel.send('hello');
  expect(thread.archived).toBe(false);
  discord.archive(thread.id, { locked: true });
  expect((await refusal(client.rest.post(`/channels/${thread.id}/messages`, { body: { content: 'x' } }))).code).toBe(
    160005,
  );
});

it('refuses what the permissions of a channel deny', async () => {
  const said = discord.say(discord.ana.id, 'general', 'x');
  const message = await general.messages.fetch(said.id);
  const thread = discord.startThread(discord.ana.id, 'general');
  const denied = async (name: import('./index.ts').PermissionName, call: () => Promise<unknown>) => {
    discord.permit('general', { deny: [name] });
    return (await refusal(call())).code;
  };
  const post = (channel: string, body: object) => client.rest.post(`/channels/${channel}/messages`, { body });
  expect(await denied('sendMessages', () => post(general.id, { content: 'x' }))).toBe(50013);
  await post(thread.id, { content: 'threads have their own' });
  expect(await denied('sendMessagesInThreads', () => post(thread.id, { content: 'x' }))).toBe(50013);
  expect(await denied('createPublicThreads', () => message.startThread({ name: 'x' }))).toBe(50013);
  expect(await denied('attachFiles', () => general.send({ files: [Buffer.from('x')] }))).toBe(50013);
  expect(await denied('addReactions', () => message.react('👍'))).toBe(50013);
  const reply = { content: 'x', message_reference: { message_id: said.id } };
  expect(await denied('readMessageHistory', () => post(general.id, reply))).toBe(160002);
  expect(await client.rest.get(`/channels/${general.id}/messages`)).toEqual([]);
  expect(await denied('viewChannel', () => post(general.id, { content: 'x' }))).toBe(50001);
});
