/** A bot in so many servers that Discord wants more than one session: each carries its share, and is caught up by itself. */
import { expect, test } from 'vitest';
import { startDiscordBot } from './bot.ts';

/** The shard of a server (discord.com/developers, "Gateway", section "Sharding"). */
const shardOf = (guild: string) => Number((BigInt(guild) >> 22n) % 2n);

async function startSharded() {
  const bot = await startDiscordBot({ discord: { shards: 2, maxConcurrency: 2 } });
  const { discord } = bot;
  let other = discord.addGuild({ name: 'Other' });
  while (shardOf(other.id) === shardOf(discord.guild.id)) other = discord.addGuild({ name: 'Other' });
  const elsewhere = discord.addChannel({ name: 'elsewhere', guild: other }).id;
  const [even, odd] = shardOf(other.id) === 0 ? [elsewhere, bot.general] : [bot.general, elsewhere];
  const status = async () => (await bot.chasqui.parts()).find(({ name }) => name === 'discord');
  return { ...bot, even, odd, status };
}

test('messages of every shard are answered, direct ones too', async () => {
  const { discord, ana, dm, even, odd, hears, status } = await startSharded();
  expect(discord.gateway.identified.map(({ shard }) => shard)).toEqual([
    [0, 2],
    [1, 2],
  ]);
  expect(await status()).toMatchObject({ ready: true, detail: 'gateway, 2 of 2 shards' });
  for (const [n, channel] of [even, odd].entries()) discord.say(ana, channel, `question ${n}`, { mention: true });
  discord.say(ana, dm, 'question 2');
  await Promise.all([hears(even, 'question 0'), hears(odd, 'question 1'), hears(dm, 'question 2')]);
});

test('a shard that lost its session is caught up, and the other goes on meanwhile', async () => {
  const { discord, ana, dm, even, odd, hears, calls, status } = await startSharded();
  discord.say(ana, dm, 'before');
  await hears(dm, 'before');
  discord.gateway.refuse();
  discord.gateway.forgetSessions(1);
  discord.gateway.drop(1);
  discord.say(ana, odd, 'missed', { mention: true });
  discord.say(ana, even, 'live', { mention: true });
  await hears(even, 'live');
  await expect
    .poll(status, { timeout: 10_000 })
    .toMatchObject({ ready: false, detail: expect.stringContaining('1 of 2') });
  discord.gateway.refuse(false);
  await hears(odd, 'missed', 20_000);
  await expect.poll(status, { timeout: 10_000 }).toMatchObject({ ready: true });
  // Nothing of the other shard was missed.
  expect(calls('GET /channels/:channel/messages').map(({ params }) => params.channel)).toEqual([odd]);
});

test('what every shard missed while it was down is answered after the next start', async () => {
  const { discord, ana, dm, even, odd, hears, answers, stop, restart } = await startSharded();
  discord.say(ana, dm, 'before');
  await hears(dm, 'before');
  await stop();
  discord.say(ana, dm, 'missed, directly');
  discord.say(ana, even, 'missed here', { mention: true });
  discord.say(ana, odd, 'missed there', { mention: true });
  await restart();
  await Promise.all([
    hears(dm, 'missed, directly', 20_000),
    hears(even, 'missed here', 20_000),
    hears(odd, 'missed there', 20_000),
  ]);
  expect([even, odd].map((channel) => answers(channel).length)).toEqual([1, 1]);
});
