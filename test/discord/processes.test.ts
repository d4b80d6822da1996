/** Receivers as processes of their own, which are killed: each message is answered, and once. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from '../doubles/discord/index.ts';
import { createTestModel } from '../doubles/model.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { type Started, startProgram } from '../support/process.ts';

let dir: string;
let discord: DiscordDouble;
let worker: TestChasqui;
const programs: Started[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chasqui-discord-'));
  discord = await startDiscordDouble();
  worker = await startTestChasqui({
    models: [createTestModel((request) => [`re: ${request.messages.at(-1)?.content}`]).model],
    env: { DISCORD_API_URL: discord.apiUrl, DISCORD_TOKEN: discord.token, PLATFORM_LIMITS: 'off' },
  });
  await writeFile(join(dir, 'chasqui.yaml'), `queue:\n  prefix: ${worker.config.queue.prefix}\n`);
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
  await worker.stop();
  await discord.close();
  await rm(dir, { recursive: true, force: true });
});

/** A process that only receives. */
async function receive(): Promise<Started> {
  const before = discord.gateway.identified.length;
  const program = startProgram('src/app/main.ts', {
    CHASQUI_CONFIG: join(dir, 'chasqui.yaml'),
    DATA_DIR: join(dir, 'data'),
    REDIS_URL: worker.redisUrl,
    PORT: '0',
    MODEL: 'offline:',
    ROLES: 'discord',
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_TOKEN: discord.token,
  });
  programs.push(program);
  await program.prints(/is up/);
  await discord.waitUntil(() => discord.gateway.identified.length > before, 30_000);
  return program;
}

test('a receiver that is killed leaves nothing behind; its successor, or one that stood by, answers what came meanwhile', async () => {
  const ana = discord.ana.id;
  const dm = discord.dm(ana).id;
  const hears = (text: string) =>
    discord.waitForMessage(dm, ({ author, text: said }) => author === discord.bot.id && said.includes(text), 40_000);

  const first = await receive();
  discord.say(ana, dm, 'one');
  await hears('one');
  await first.end('SIGKILL');
  const edited = discord.say(ana, dm, 'two, as it was');
  const deleted = discord.say(ana, dm, 'never mind');
  discord.edit(dm, edited.id, 'two, as it is');
  discord.remove(dm, deleted.id);

  const second = await receive();
  await hears('two, as it is');
  const third = await receive();
  await second.prints(/stands by/);
  discord.say(ana, dm, 'three');
  await hears('three');

  await third.end('SIGKILL');
  discord.say(ana, dm, 'four');
  await hears('four');
  expect(await second.end('SIGTERM')).toBe(0);
  const said = discord.visible(dm).filter(({ author }) => author === discord.bot.id);
  expect(said.map(({ text }) => text.replace(/^re: (Ana: )?/, ''))).toEqual(['one', 'two, as it is', 'three', 'four']);
}, 120_000);
