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

it('lets whoever may write wake an archived thread, and nobody a locked one; edits need it awake', async () => {
  const thread = discord.startThread(discord.ana.id, 'general');
  const channel = (await client.channels.fetch(thread.id)) as ThreadChannel;
  const message = await channel.send('hello');
  const edit = () => client.rest.patch(`/channels/${thread.id}/messages/${message.id}`, { body: { content: 'x' } });
  const wake = () => client.rest.patch(`/channels/${thread.id}`, { body: { archived: false } });
  discord.archive(thread.id);
  expect((await refusal(edit())).code).toBe(50083);
  expect((await refusal(message.react('👍'))).code).toBe(50083);
  await wake();
  await edit();
  discord.archive(thread.id, { locked: true });
  expect((await refusal(wake())).code).toBe(50013);
  const open = discord.startThread(discord.ana.id, 'general');
  const said = await ((await client.channels.fetch(open.id)) as ThreadChannel).send('hello');
  discord.lock(open.id);
  expect((await refusal(said.edit('x'))).code).toBe(160005);
});

it('has forums, whose posts are threads that begin with a message of their own id', async () => {
  const forum = discord.addForum({ name: 'support' });
  const made = new Promise<ThreadChannel>((resolve) => client.once('threadCreate', resolve));
  const post = discord.startPost(discord.ana.id, forum.id, { name: 'Help', text: 'it is broken' });
  expect(await made).toMatchObject({ id: post.id, parentId: forum.id, name: 'Help' });
  expect(discord.visible(post.id)).toMatchObject([{ id: post.id, type: 0, text: 'it is broken' }]);
  await expect(client.rest.get(`/channels/${forum.id}`)).resolves.toMatchObject({ last_message_id: post.id });
  await expect(client.rest.get(`/channels/${forum.id}/messages`)).resolves.toEqual([]);
  const direct = client.rest.post(`/channels/${forum.id}/messages`, { body: { content: 'x' } });
  expect((await refusal(direct)).code).toBe(50008);
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
