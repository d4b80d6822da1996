/** One process that serves every platform: what is said in many places at once is answered where it was said. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DiscordDouble, startDiscordDouble } from '../doubles/discord/index.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { type SlackDouble, startSlackDouble } from '../doubles/slack/index.ts';
import { startTelegramDouble, TOKEN as TELEGRAM_TOKEN } from '../doubles/telegram/index.ts';
import { startWhatsAppDouble, type WhatsAppDouble } from '../doubles/whatsapp-cloud/index.ts';
import { startWhatsAppWebDouble, type WhatsAppWebDouble } from '../doubles/whatsapp-web/index.ts';
import { type Started, startProgram } from '../support/process.ts';
import { freePort } from '../support/redis.ts';
import { createBrowser } from '../web/browser.ts';
import { quoted, START_MS } from '../whatsapp/web.ts';

const PLACES = 5;
/** Two questions in each place, the second while the first is being answered. */
const QUESTIONS = ['first', 'second'];

/** One line of talk: says something there, and reads what the assistant has answered there. */
interface Place {
  name: string;
  say(text: string): unknown;
  answers(): Promise<string[]> | string[];
}

let dir: string;
let slack: SlackDouble;
let discord: DiscordDouble;
let cloud: WhatsAppDouble;
let device: WhatsAppWebDouble;
let telegram: Awaited<ReturnType<typeof startTelegramDouble>>;
let model: ModelDouble;
let program: Started;
let address: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chasqui-all-'));
  [slack, discord, cloud, device, telegram, model] = await Promise.all([
    startSlackDouble(),
    startDiscordDouble(),
    startWhatsAppDouble(),
    startWhatsAppWebDouble(),
    startTelegramDouble(),
    startOpenAiDouble({
      answer: ({ prompt }) => ({
        text: `You said ${(prompt.match(/\b[\w-]+#\w+/g) ?? []).join(' and ')}.`,
        delayMs: 5,
      }),
    }),
  ]);
  await writeFile(join(dir, 'chasqui.yaml'), 'whatsapp_web:\n  messages_per_minute: 600\n');
  const port = await freePort();
  program = startProgram('src/app/main.ts', {
    DATA_DIR: join(dir, 'data'),
    CHASQUI_CONFIG: join(dir, 'chasqui.yaml'),
    PORT: String(port),
    PLATFORM_LIMITS: 'off',
    MODEL: 'openai:llama-test',
    OPENAI_BASE_URL: model.url,
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_TOKEN: discord.token,
    WHATSAPP_API_URL: cloud.apiUrl,
    WHATSAPP_ACCESS_TOKEN: cloud.accessToken,
    WHATSAPP_PHONE_NUMBER_ID: cloud.phoneNumberId,
    WHATSAPP_APP_SECRET: cloud.appSecret,
    WHATSAPP_VERIFY_TOKEN: cloud.verifyToken,
    TELEGRAM_API_URL: telegram.url,
    TELEGRAM_BOT_TOKEN: TELEGRAM_TOKEN,
    WHATSAPP_WEB: '1',
    WHATSAPP_WEB_ARGS: quoted(device.chromiumArgs),
    ...(process.env.CHROMIUM_PATH ? { CHROMIUM_PATH: process.env.CHROMIUM_PATH } : {}),
  });
  [, address] = (await program.prints(/Open\s+(http:\S+)/)) as unknown as [string, string];
  await cloud.deliverTo(`${address}/whatsapp/webhook`);
  await program.prints(/[█▀▄]{8}/);
  device.scan();
  const ready = async () => ((await (await fetch(`${address}/readyz`)).json()) as { ready: boolean }).ready;
  await vi.waitUntil(ready, { timeout: START_MS });
}, START_MS);

afterAll(async () => {
  const code = await program?.end();
  await Promise.all([slack, discord, cloud, device, telegram, model].map((double) => double?.close()));
  await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  expect(code, program?.output()).toBe(0);
}, START_MS);

const numbers = Array.from({ length: PLACES }, (_, n) => n);

function slackThreads(): Place[] {
  const { ana, general } = slack;
  return numbers.map((n) => {
    let thread: string | undefined;
    return {
      name: `slack-${n}`,
      say(text) {
        const said = slack.say(ana.id, general.id, text, thread ? { thread_ts: thread } : { mention: true });
        thread ??= said.ts;
      },
      answers: () =>
        slack
          .visible(general.id, { thread_ts: thread as string })
          .filter((message) => message.user === slack.ids.botUser && !message.streaming)
          .map((message) => message.text),
    };
  });
}

function discordMessages(): Place[] {
  const people = numbers.map((n) => discord.addUser({ username: `runner${n}` }).id);
  discord.addGuild({ name: 'Runners', members: people });
  return people.map((person, n) => {
    return {
      name: `discord-${n}`,
      say: (text) => discord.say(person, discord.dm(person).id, text),
      answers: () =>
        discord
          .visible(discord.dm(person).id)
          .filter((message) => message.author === discord.bot.id && !message.deleted)
          .map((message) => message.text),
    };
  });
}

function cloudChats(): Place[] {
  return numbers.map((n) => {
    const person = cloud.addPerson({ waId: `1555000700${n}`, name: `Runner ${n}` });
    return {
      name: `whatsapp-${n}`,
      say: (text) => cloud.say(person, text),
      answers: () => cloud.visible(person).map((message) => message.text),
    };
  });
}

function telegramChats(): Place[] {
  return numbers.map((n) => {
    const chat = 7_527_600 + n;
    telegram.addChat(chat);
    return {
      name: `telegram-${n}`,
      say: (text) => telegram.says(chat, text),
      answers: () => telegram.shown(chat).map(({ text }) => text),
    };
  });
}

function deviceChats(): Place[] {
  return numbers.map((n) => {
    const name = `Runner ${n}`;
    device.addContact(name);
    return {
      name: `device-${n}`,
      say: (text) => device.says(name, name, text),
      answers: () =>
        device
          .visible(device.chatId(name))
          .filter(({ from, deleted }) => from === 'me' && !deleted)
          .map(({ text }) => text),
    };
  });
}

async function webChats(): Promise<Place[]> {
  return Promise.all(
    numbers.map(async (n) => {
      const browser = createBrowser(address);
      await browser.openSession();
      let said: Promise<{ conversation: string }> | undefined;
      return {
        name: `web-${n}`,
        say: async (text: string) => {
          if (said) await browser.say(text, (await said).conversation);
          else said = browser.say(text);
        },
        async answers() {
          const id = (await (said as Promise<{ conversation: string }>)).conversation.replace('web:', '');
          const { messages } = (await browser.json('GET', `/api/conversations/${id}`)) as {
            messages: { role: string; text: string; outcome?: string }[];
          };
          return messages.filter(({ role, outcome }) => role === 'assistant' && outcome).map(({ text }) => text);
        },
      };
    }),
  );
}

test('five conversations on each platform at once: every answer is where its question is, and nowhere else', async () => {
  const places = [
    slackThreads(),
    discordMessages(),
    cloudChats(),
    deviceChats(),
    telegramChats(),
    await webChats(),
  ].flat();
  for (const question of QUESTIONS) for (const { name, say } of places) void say(`please note ${name}#${question}`);

  for (const { name, answers } of places) {
    const named = async () => (await answers()).join('\n').match(/\b[\w-]+#\w+/g) ?? [];
    await expect
      .poll(named, { timeout: 30_000, interval: 50 })
      .toEqual(QUESTIONS.map((question) => `${name}#${question}`));
  }
}, 60_000);
