/** `places` that let Discord roles in, or keep them out. */
import { expect, test } from 'vitest';
import { startDiscordBot } from './bot.ts';
import { setUp } from './receivers.ts';

const MEMBER = 'GET /guilds/:guild/members/:user';

/** A bot in a server where Ana has the role `friends`. */
async function start() {
  const bot = await startDiscordBot();
  const { discord, ana } = bot;
  const friends = discord.addRole(discord.guild, 'friends');
  discord.guild.members.get(ana)?.roles.push(friends.id);
  return {
    ...bot,
    friends,
    /** As an edit of the configuration does while Chasqui runs. */
    limit: (chasqui: typeof bot.chasqui, limits: { allow?: string[]; deny?: string[] }) =>
      chasqui.personas.change({ ...chasqui.config, places: [{ where: 'discord', ...limits }] }, []),
  };
}

test('who has an allowed role is answered, nobody else, by mention and by command', async () => {
  const { discord, chasqui, ana, ben, general, friends, limit, hears, calls } = await start();
  limit(chasqui, { allow: [friends.id] });
  discord.say(ana, general, 'one', { mention: true });
  await hears(general, 'one');
  discord.say(ben, general, 'two', { mention: true });
  await hears(general, 'may not answer you');
  const asked = await discord.command(ana, general, 'ask', { question: 'three' });
  expect((await asked.message()).text).not.toContain('may not');
  await hears(general, 'three');
  expect(calls(MEMBER)).toHaveLength(0);
});

test('a denied role is kept out', async () => {
  const { discord, chasqui, ana, ben, general, friends, limit, hears } = await start();
  limit(chasqui, { deny: [friends.id] });
  discord.say(ben, general, 'one', { mention: true });
  await hears(general, 'one');
  discord.say(ana, general, 'two', { mention: true });
  await hears(general, 'may not answer you');
});

test('what was missed has roles too, and who has left the server has none', async () => {
  const { discord, inbox, ana, general, start, heardAndStopped } = await setUp();
  const [friends, others] = [discord.addRole(discord.guild, 'friends'), discord.addRole(discord.guild, 'others')];
  discord.guild.members.get(ana)?.roles.push(friends.id, others.id);
  await heardAndStopped();
  discord.say(ana, general, 'missed', { mention: true });
  discord.say(discord.ben.id, general, 'left', { mention: true });
  discord.guild.members.delete(discord.ben.id);
  await start({ accessLists: () => ({ allow: [friends.id], deny: [] }) });
  await Promise.all([inbox.until('missed'), inbox.until('left')]);
  const groupsOf = (text: string) => inbox.taken.items.find((message) => message.text === text)?.groups;
  expect([groupsOf('missed'), groupsOf('left')]).toEqual([[friends.id], []]);
  expect(groupsOf('hello')).toBeUndefined();
});

test('nothing is noted while no place names anybody', async () => {
  const { discord, inbox, ana, general, start } = await setUp();
  discord.guild.members.get(ana)?.roles.push(discord.addRole(discord.guild, 'friends').id);
  await start();
  discord.say(ana, general, 'one', { mention: true });
  await inbox.until('one');
  expect(inbox.taken.items[0]).not.toHaveProperty('groups');
});
