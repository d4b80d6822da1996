/** What must not be lost between the gateway and Redis, and what is said when there is no gateway. */
import { expect, test } from 'vitest';
import { startRedis } from '../support/redis.ts';
import { startDiscordBot } from './bot.ts';

test('what is said while the connection is gone is replayed', async () => {
  const { discord, ana, dm, hears } = await startDiscordBot();
  discord.gateway.refuse();
  discord.gateway.drop();
  discord.say(ana, dm, 'did you hear that?');
  discord.gateway.refuse(false);
  await hears(dm, 'did you hear that?', 10_000);
  expect(discord.gateway.resumed).toBe(1);
});

test('what is said while no session lived is fetched: direct messages, mentions, threads', async () => {
  const { discord, ana, dm, general, hears, answers } = await startDiscordBot();
  discord.say(ana, dm, 'before');
  await hears(dm, 'before');
  const thread = discord.startThread(ana, general, { name: 'talk' }).id;
  discord.say(ana, thread, 'come in', { mention: true });
  await hears(thread, 'come in');
  discord.gateway.refuse();
  discord.gateway.forgetSessions();
  discord.gateway.drop();
  discord.say(ana, dm, 'in private');
  discord.say(ana, general, 'by mention', { mention: true });
  discord.say(ana, general, 'to nobody');
  discord.say(ana, thread, 'in the thread');
  discord.gateway.refuse(false);
  await Promise.all([
    hears(dm, 'in private', 15_000),
    hears(general, 'by mention', 15_000),
    hears(thread, 'in the thread', 15_000),
  ]);
  expect(answers(general)).toHaveLength(1);
  expect(answers(dm)).toHaveLength(2);
}, 30_000);

test('what is said while Chasqui is down is answered after the next start', async () => {
  const { discord, ana, dm, general, hears, answers, stop, restart } = await startDiscordBot();
  discord.say(ana, dm, 'before');
  await hears(dm, 'before');
  await stop();
  discord.say(ana, dm, 'anybody there?');
  discord.say(ana, general, 'and here?', { mention: true });
  await restart();
  await Promise.all([hears(dm, 'anybody there?', 10_000), hears(general, 'and here?', 10_000)]);
  expect(answers(dm)).toHaveLength(2);
}, 20_000);

test('what comes while Redis is away is taken when it is back, in order', async () => {
  const redis = await startRedis();
  try {
    const { discord, ana, dm, hears, answers, stop } = await startDiscordBot({ redisUrl: redis.url });
    await redis.kill();
    discord.say(ana, dm, 'one');
    discord.say(ana, dm, 'two');
    await redis.restart();
    await hears(dm, 'two', 15_000);
    const texts = answers(dm).map(({ text }) => text);
    expect(texts.join('\n')).toMatch(/one[\s\S]*two/);
    await stop();
  } finally {
    await redis.close();
  }
}, 30_000);

test('a refused token is said plainly, and the process goes on', async () => {
  const { discord, chasqui } = await startDiscordBot({ discord: { revoked: true } });
  const part = (await chasqui.parts()).find(({ name }) => name === 'discord');
  expect(part).toMatchObject({ ready: false, detail: expect.stringMatching(/401|DISCORD_TOKEN/) });
  expect((await chasqui.parts()).find(({ name }) => name === 'worker')).toMatchObject({ ready: true });
  expect(discord.gateway.identified).toEqual([]);
});

test.each([
  [4004, 'DISCORD_TOKEN'],
  [4014, 'Privileged Gateway Intents'],
])('a gateway that closes with %i says what to do', async (code, words) => {
  const { discord, chasqui } = await startDiscordBot();
  discord.gateway.close(code);
  const status = async () => (await chasqui.parts()).find(({ name }) => name === 'discord');
  await expect.poll(status).toMatchObject({ ready: false, detail: expect.stringContaining(words) });
  expect(chasqui.lines.some((line) => line.code === code && line.level === 50)).toBe(true);
});

test('only the intents that it needs are asked for', async () => {
  const { discord } = await startDiscordBot();
  const [session] = discord.gateway.identified;
  // Guilds, their messages and reactions, direct messages and reactions, content.
  expect(session?.intents).toBe((1 << 0) | (1 << 9) | (1 << 10) | (1 << 12) | (1 << 13) | (1 << 15));
});
