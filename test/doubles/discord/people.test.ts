import { type Client, Events } from 'discord.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from './index.ts';
import { loggedIn } from './sdk.ts';

let discord: DiscordDouble;
let client: Client<true>;
/** Every dispatch that reached the client, as it came. */
const raw: { t: string; d: Record<string, unknown> }[] = [];

beforeAll(async () => {
  discord = await startDiscordDouble();
  client = await loggedIn(discord);
  client.on(Events.Raw, (packet: (typeof raw)[number]) => raw.push(packet));
});
afterAll(async () => {
  await client.destroy();
  await discord.close();
});

/** The next dispatch of this type that `act` causes. */
async function dispatched(t: string, act: () => unknown): Promise<Record<string, unknown>> {
  const from = raw.length;
  act();
  const find = () => raw.slice(from).find((packet) => packet.t === t);
  while (!find()) await new Promise((resolve) => client.once(Events.Raw, resolve));
  return find()?.d ?? {};
}

it('tells of a preview as of an update without an edit', async () => {
  const said = discord.say(discord.ana.id, 'general', 'https://example.com');
  const update = await dispatched('MESSAGE_UPDATE', () => discord.unfurl('general', said.id));
  expect(update).toMatchObject({ id: said.id, edited_timestamp: null, embeds: [{ title: 'Example' }] });
  const edit = await dispatched('MESSAGE_UPDATE', () => discord.edit('general', said.id, 'changed'));
  expect(edit.edited_timestamp).toEqual(expect.any(String));
});

it('carries guild, member and channel type on the gateway, and not in REST', async () => {
  const message = await dispatched('MESSAGE_CREATE', () => discord.say(discord.ben.id, 'general', 'x'));
  expect(message).toMatchObject({ guild_id: discord.guild.id, channel_type: 0, member: { roles: [] } });
  const again = await client.rest.get(`/channels/${discord.general.id}/messages/${message.id}`);
  expect(again).not.toHaveProperty('guild_id');
  const own = await dispatched('MESSAGE_CREATE', () => discord.sayAsBot('general', 'from elsewhere'));
  expect(own.author).toMatchObject({ id: discord.bot.id, bot: true });
});

it('tells of messages deleted in bulk, of threads and guilds that go', async () => {
  const ids = ['a', 'b'].map((text) => discord.say(discord.ana.id, 'general', text).id);
  expect(await dispatched('MESSAGE_DELETE_BULK', () => discord.removeMany('general', ids))).toMatchObject({ ids });
  const thread = discord.startThread(discord.ana.id, 'general');
  expect(await dispatched('THREAD_DELETE', () => discord.removeThread(thread.id))).toMatchObject({ id: thread.id });
  const second = discord.addGuild({ name: 'Second' });
  expect(await dispatched('GUILD_DELETE', () => discord.leaveGuild(second.id))).toEqual({ id: second.id });
  expect([...(await client.guilds.fetch()).keys()]).toEqual([discord.guild.id]);
});

it('lets nobody write where they are not, nor see what is gone', () => {
  const dm = discord.dm(discord.ana.id).id;
  expect(() => discord.say(discord.ben.id, dm, 'x')).toThrow('is not in');
  const said = discord.say(discord.ana.id, 'general', 'x');
  discord.remove('general', said.id);
  expect(() => discord.react(discord.ben.id, 'general', said.id, '👍')).toThrow('nobody sees');
});

it('hands out ids that ascend and carry the time', () => {
  const before = Date.now();
  const ids = Array.from({ length: 50 }, () => BigInt(discord.say(discord.ana.id, 'general', 'x').id));
  expect(ids.every((id, n) => n === 0 || id > (ids[n - 1] as bigint))).toBe(true);
  expect(Number((ids[0] as bigint) >> 22n) + 1_420_070_400_000).toBeGreaterThanOrEqual(before);
});
