import { type Client, GatewayIntentBits } from 'discord.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { INTENTS, loggedIn, newClient, refusal } from './sdk.ts';

let discord: DiscordDouble;
let clients: Client[];

beforeEach(async () => {
  clients = [];
  discord = await startDiscordDouble();
});
afterEach(async () => {
  for (const client of clients) await client.destroy();
  await discord.close();
});

async function login(options = {}) {
  const client = await loggedIn(discord, options);
  clients.push(client);
  const texts: string[] = [];
  client.on('messageCreate', (message) => texts.push(message.content));
  const heard = (text: string) =>
    new Promise<void>((resolve) => {
      if (texts.includes(text)) resolve();
      client.on('messageCreate', (message) => message.content === text && resolve());
    });
  return { client, texts, heard };
}

const say = (text: string) => discord.say(discord.ana.id, 'general', text);

it('logs in: who it is, its guild, its channel', async () => {
  const { client } = await login();
  expect(client.user.id).toBe(discord.bot.id);
  expect(client.guilds.cache.map((guild) => guild.name)).toEqual(['Example']);
  expect(client.channels.cache.has(discord.general.id)).toBe(true);
  const application = await client.application.fetch();
  expect(application.flags.has('GatewayMessageContentLimited')).toBe(true);
  expect(discord.gateway.identified).toMatchObject([{ shard: [0, 1] }]);
});

it('refuses a wrong token with 401, and at the gateway with 4004', async () => {
  const client = newClient(discord);
  await expect(client.login('nonsense')).rejects.toMatchObject({ code: 'TokenInvalid' });
  const socket = new WebSocket(
    `${discord.apiUrl.replace('http', 'ws').replace('/api', '/gateway')}?v=10&encoding=json`,
  );
  socket.addEventListener('open', () =>
    socket.send(JSON.stringify({ op: 2, d: { token: 'no', intents: 0, properties: {} } })),
  );
  const code = await new Promise((resolve) => socket.addEventListener('close', (event) => resolve(event.code)));
  expect(code).toBe(4004);
});

it('closes with 4014 when the portal does not allow an intent', async () => {
  discord.settings.privileged = [];
  const client = newClient(discord);
  clients.push(client);
  const gone = new Promise<number>((resolve) => client.on('shardDisconnect', ({ code }) => resolve(code)));
  await expect(client.login(discord.token)).rejects.toThrow('disallowed intents');
  expect(await gone).toBe(4014);
});

it('hides content from who may not read it, but for DMs, mentions and its own', async () => {
  discord.settings.privileged = [];
  const { heard, texts, client } = await login({
    intents: INTENTS.filter((intent) => intent !== GatewayIntentBits.MessageContent),
  });
  const secret = say('a secret');
  discord.say(discord.ana.id, 'general', 'for you', { mention: true });
  discord.sayAsBot('general', 'from me');
  discord.say(discord.ana.id, discord.dm(discord.ana.id).id, 'between us');
  await heard('between us');
  expect(texts).toEqual(['', `<@${discord.bot.id}> for you`, 'from me', 'between us']);
  const channel = await client.channels.fetch(discord.general.id);
  if (!channel?.isTextBased()) throw new Error('no text channel');
  expect((await channel.messages.fetch({ message: secret.id, force: true })).content).toBe('');
});

it('sends no events for intents that were not asked for', async () => {
  const { texts, heard } = await login({
    intents: [GatewayIntentBits.Guilds, GatewayIntentBits.DirectMessages],
  });
  expect(say('in the guild').heard).toBe(false);
  discord.say(discord.ana.id, discord.dm(discord.ana.id).id, 'in a DM');
  await heard('in a DM');
  expect(texts).toEqual(['in a DM']);
});

it('resumes after a broken connection and replays what was missed', async () => {
  const { texts, heard } = await login();
  say('one');
  await heard('one');
  discord.gateway.drop();
  await discord.waitUntil(() => discord.gateway.connections === 0);
  say('two');
  say('three');
  await heard('three');
  expect(texts).toEqual(['one', 'two', 'three']);
  expect([discord.gateway.resumed, discord.gateway.identified.length]).toEqual([1, 1]);
});

it('resumes when told to reconnect, and on the same connection after a resumable invalid session', async () => {
  const { heard } = await login();
  discord.gateway.reconnect();
  await discord.waitUntil(() => discord.gateway.resumed === 1);
  discord.gateway.invalidate(true);
  await discord.waitUntil(() => discord.gateway.resumed === 2);
  say('still here');
  await heard('still here');
  expect(discord.gateway.identified).toHaveLength(1);
});

it('loses what came in between when the session is invalid', async () => {
  const { texts, heard } = await login();
  discord.gateway.invalidate(false);
  say('lost');
  await discord.waitUntil(() => discord.gateway.identified.length === 2);
  say('found');
  await heard('found');
  expect(texts).toEqual(['found']);
});

it('lets a session die when it is gone for too long', async () => {
  const { heard } = await login();
  discord.settings.sessionTtlMs = 0;
  discord.gateway.drop();
  await discord.waitUntil(() => discord.gateway.identified.length === 2);
  say('a new session');
  await heard('a new session');
  expect(discord.gateway.resumed).toBe(0);
});

it('holds events back', async () => {
  const { texts, heard } = await login();
  discord.gateway.hold();
  say('late');
  expect(texts).toEqual([]);
  discord.gateway.release();
  await heard('late');
});

it('keeps silent about heartbeats, and the client comes back', async () => {
  discord.settings.heartbeatMs = 50;
  await login();
  discord.gateway.ignoreHeartbeats();
  await discord.waitUntil(() => discord.gateway.resumed === 1);
});

it('closes by code, and refuses connections', async () => {
  const { client, heard } = await login();
  discord.gateway.close(4000);
  await discord.waitUntil(() => discord.gateway.resumed === 1);
  say('again');
  await heard('again');
  const gone = new Promise<number>((resolve) => client.on('shardDisconnect', ({ code }) => resolve(code)));
  discord.gateway.close(4004);
  expect(await gone).toBe(4004);
});

it('tells of guilds and channels, and of nothing the bot cannot see', async () => {
  const { client } = await login();
  const guild = new Promise<string>((resolve) => client.once('guildCreate', ({ name }) => resolve(name)));
  discord.addGuild({ name: 'Second' });
  expect(await guild).toBe('Second');
  const made = new Promise<string>((resolve) => client.once('channelCreate', ({ name }) => resolve(name)));
  const hidden = discord.addChannel({ name: 'hidden' });
  expect(await made).toBe('hidden');
  discord.permit('hidden', { deny: ['viewChannel'] });
  expect(discord.say(discord.ana.id, 'hidden', 'x').heard).toBe(false);
  expect((await refusal(client.rest.get(`/channels/${hidden.id}/messages`))).code).toBe(50001);
});

it('has as many shards as it is told, each with its guilds, and forgets the session of one', async () => {
  Object.assign(discord.settings, { shards: 2, maxConcurrency: 2 });
  const shardOf = (id: string) => Number((BigInt(id) >> 22n) % 2n);
  const { client } = await login({ shards: 'auto' });
  expect(discord.gateway.identified.map(({ shard }) => shard)).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(client.guilds.cache.get(discord.guild.id)?.shardId).toBe(shardOf(discord.guild.id));
  const again = new Promise<number>((resolve) => client.once('shardReady', resolve));
  discord.gateway.forgetSessions(1);
  discord.gateway.drop(1);
  expect(await again).toBe(1);
  expect(discord.gateway.resumed).toBe(0);
});

it('gives the bot a role of its own, at once or when it is granted permissions', async () => {
  const { client } = await login();
  const own = () => client.guilds.cache.map((guild) => guild.roles.botRoleFor(client.user)?.managed);
  expect(own()).toEqual([true]);
  const guild = discord.addGuild({ name: 'Second', role: false });
  await new Promise((resolve) => client.once('guildCreate', resolve));
  expect(own()).toEqual([true, undefined]);
  discord.grantRole(guild);
  await new Promise((resolve) => client.once('roleCreate', resolve));
  expect(own()).toEqual([true, true]);
});
