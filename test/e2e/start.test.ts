/** The programs as a person starts them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import { startSlackDouble } from '../doubles/slack/index.ts';
import { type Started, startProgram } from '../support/process.ts';
import { createBrowser } from '../web/browser.ts';

let dir: string;
const programs: Started[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chasqui start '));
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
  await rm(dir, { recursive: true, force: true });
});

function start(env: Record<string, string> = {}, entry = 'src/app/main.ts', args: string[] = []): Started {
  const defaults = {
    DATA_DIR: join(dir, 'data'),
    CHASQUI_CONFIG: join(dir, 'chasqui.yaml'),
    PORT: '0',
    MODEL: 'offline:',
  };
  const program = startProgram(entry, { ...defaults, ...env }, args);
  programs.push(program);
  return program;
}

async function configure(yaml = ''): Promise<void> {
  await writeFile(join(dir, 'chasqui.yaml'), yaml);
}

async function ask(address: string, text: string): Promise<string> {
  const browser = createBrowser(address);
  await browser.openSession();
  const said = await browser.say(text);
  const events = await browser.events(said.conversation, { cursor: said.cursor });
  const final = await events.until('final');
  browser.close();
  return final.data.text as string;
}

test('with no configuration it starts, says where it is, answers, and ends cleanly', async () => {
  await configure();
  const program = start();
  const [, address] = await program.prints(/Open\s+(http:\S+)/);
  await program.prints(/Slack\s+off: set SLACK_BOT_TOKEN/);
  await program.prints(/Model\s+Offline stand-in/);
  expect(await ask(address as string, 'Are you there?')).toMatch(/stand-in.*Are you there\?.*MODEL=/s);
  // The other programs find its private Redis, and leave it running.
  const others = [start({}, 'src/app/ops.ts', ['status']), start({}, 'src/app/doctor.ts')];
  expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0]);
  expect(others[0]?.output()).toContain('0 waiting, 0 running');
  expect(others[1]?.output()).toMatch(/Redis.* at .*redis\.sock, answers/);
  expect((await fetch(`${address}/readyz`)).status).toBe(200);
  expect(await program.end('SIGTERM')).toBe(0);
});

test('what was said is still there after a kill, with the private Redis found again', async () => {
  await configure();
  const first = start();
  const [, address] = await first.prints(/Open\s+(http:\S+)/);
  const browser = createBrowser(address as string);
  await browser.openSession();
  const said = await browser.say('Remember me');
  const events = await browser.events(said.conversation, { cursor: said.cursor });
  await events.until('final');
  browser.close();
  await first.end('SIGKILL');

  const second = start();
  const [, again] = await second.prints(/Open\s+(http:\S+)/);
  const same = createBrowser(again as string);
  same.cookie = browser.cookie;
  const { messages } = await same.json('GET', `/api/conversations/${said.conversation.replace('web:', '')}`);
  expect(messages.map((message: { role: string }) => message.role)).toEqual(['user', 'assistant']);
  expect(await second.end('SIGTERM')).toBe(0);
});

test('every mistake in the configuration is said at once, and nothing starts', async () => {
  await configure('slakc:\n  streaming: true\nweb:\n  messages_per_minute: many\n');
  const program = start({ SLACK_BOT_TOKEN: 'xapp-1-2-3', PORT: 'http', MODEL: 'cloudfare:x' });
  expect(await program.ended).toBe(1);
  const output = program.output();
  for (const part of [
    'slakc',
    'slack',
    'messages_per_minute',
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'PORT',
    'cloudflare',
  ])
    expect(output).toContain(part);
  expect(output).not.toMatch(/\n\s+at /);
});

test('receivers and workers in processes of their own answer together', async () => {
  await configure();
  const slack = await startSlackDouble();
  const model = await startOpenAiDouble({ answer: 'Hello from the **model**.' });
  const keeper = start({ ROLES: 'ops' });
  await keeper.prints(/is up/);
  const env = {
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    MODEL: 'openai:llama-test',
    OPENAI_BASE_URL: model.url,
  };
  try {
    const receiver = start({ ...env, ROLES: 'slack,web' });
    const worker = start({ ...env, ROLES: 'worker' });
    await Promise.all([receiver.prints(/is up/), worker.prints(/is up/)]);
    const dm = slack.dm(slack.ana.id).id;
    slack.say(slack.ana.id, dm, 'hello');
    const reply = await slack.waitForMessage(dm, (message) => message.text.includes('from the'), { timeout: 10_000 });
    expect(reply.text).toContain('Hello from the **model**.');
    const codes = await Promise.all([receiver.end(), worker.end()]);
    expect(codes, `${receiver.output()}\n${worker.output()}`).toEqual([0, 0]);
  } finally {
    await keeper.end();
    await slack.close();
    await model.close();
  }
});

test('the terminal chat answers, line by line, and leaves nothing behind', async () => {
  await configure();
  const program = start({}, 'src/app/chat.ts');
  program.child.stdin?.write('first question\n');
  program.child.stdin?.write('/about\n');
  program.child.stdin?.end('last question\n');
  expect(await program.ended).toBe(0);
  expect(program.output()).toMatch(/first question[\s\S]*Where your messages go[\s\S]*last question/);
});

test('a signal during the start stops it as cleanly as one afterwards', async () => {
  const slack = await startSlackDouble();
  try {
    slack.fault('*', { hang: true }, { times: Number.POSITIVE_INFINITY });
    await configure();
    const { apiUrl, botToken, appToken } = slack;
    const program = start({ SLACK_API_URL: apiUrl, SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken });
    // Slack is asked, and does not answer: the process is not up yet.
    await slack.waitForCall(() => true);
    expect(await program.end('SIGTERM')).toBe(0);
    expect(program.output()).toMatch(/"msg":"stopped"|stopped/);
  } finally {
    await slack.close();
  }
});

test('a port that is taken is said plainly', async () => {
  await configure();
  const first = start();
  const [, port] = await first.prints(/Open\s+http:\/\/[^:]+:(\d+)/);
  const second = start({ PORT: port as string });
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(/EADDRINUSE|taken|in use/);
  expect(await first.end()).toBe(0);
});
