/** A Redis user that may only do what docs/redis.md says, and users that may do less. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { announce, begin, clear, finish, remove, write } from '../../adapters/web/scripts.ts';
import { createConversations } from '../../src/conversation/conversations.ts';
import { type Finding, runDoctor } from '../../src/doctor/doctor.ts';
import { redisProbe } from '../../src/doctor/redis.ts';
import { createPauses } from '../../src/queue/pauses.ts';
import { COMMANDS, rightsOf } from '../../src/redis/rights.ts';
import { type Started, startProgram } from '../support/process.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';
import { createBrowser } from '../web/browser.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'chasqui-rights-'));
let server: TestRedis;
let admin: Redis;
const programs: Started[] = [];
const connections: Redis[] = [];

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
  await admin.config('SET', 'maxmemory', '512mb');
});
beforeEach(() => admin.flushall());
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.end('SIGKILL')));
  for (const connection of connections.splice(0)) connection.disconnect();
  await admin.call('ACL', 'DELUSER', 'chasqui');
  await admin.call('ACL', 'LOG', 'RESET');
});
afterAll(async () => {
  admin.disconnect();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Makes the user; gives its address. */
async function user(rights: string): Promise<string> {
  await admin.call('ACL', 'SETUSER', 'chasqui', 'reset', 'on', '>PASSWORD', ...rights.split(' '));
  return `redis://chasqui:PASSWORD@127.0.0.1:${server.port}`;
}

function connect(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  connections.push(redis);
  return redis;
}

const look = (url: string): Promise<Finding[]> =>
  runDoctor({ probes: [redisProbe({ prefix: 'chasqui', open: async () => url })] });

function start(entry: string, url: string, args: string[] = []): Started {
  const env = { REDIS_URL: url, DATA_DIR: folder, CHASQUI_CONFIG: '/dev/null', PORT: '0', MODEL: 'offline:' };
  const program = startProgram(entry, env, args);
  programs.push(program);
  return program;
}

test('with the rights in the docs everything runs: web chat, queue, stop, operators, doctor', async () => {
  const line = /^ACL SETUSER chasqui on >PASSWORD (.*)$/m.exec(readFileSync(join(ROOT, 'docs/redis.md'), 'utf8'))?.[1];
  expect(line).toBe(rightsOf('chasqui'));
  const url = await user(line as string);
  expect((await look(url)).filter(({ state }) => state !== 'ok')).toEqual([]);

  const program = start('src/app/main.ts', url);
  const [, address] = await program.prints(/Open\s+(http:\S+)/);
  const browser = createBrowser(address as string);
  await browser.openSession();
  const said = await browser.say('Are you there?');
  const events = await browser.events(said.conversation, { cursor: said.cursor });
  const final = await events.until('final');
  expect(final.data.text).toContain('Are you there?');
  const id = said.conversation.replace('web:', '');
  expect((await browser.call('POST', `/api/conversations/${id}/stop`)).status).toBeLessThan(300);
  expect((await browser.call('DELETE', `/api/conversations/${id}`)).status).toBeLessThan(300);
  browser.close();
  const runs = [['pause', 'slack'], ['status']].map(async (args) => {
    const ops = start('src/app/ops.ts', url, args);
    return { code: await ops.ended, output: ops.output() };
  });
  for (const run of await Promise.all(runs)) expect(run).toMatchObject({ code: 0 });
  expect(await program.end('SIGTERM')).toBe(0);
  expect(await admin.call('ACL', 'LOG')).toEqual([]);
});

test('the doctor asks for every command that our scripts and BullMQ’s use, and the rights allow them all', async () => {
  const files = [
    ...globSync('{src,adapters,workers}/**/*.ts', { cwd: ROOT }),
    ...globSync('node_modules/bullmq/dist/cjs/scripts/*.js', { cwd: ROOT }),
  ];
  const texts = files.map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const called = texts.flatMap((text) => [...text.matchAll(/\b(?:redis\.p?call|rcall)\(\s*['"](\w+)/g)]);
  const names = new Set(called.map(([, name = '']) => name.toLowerCase()));
  expect(names.size).toBeGreaterThan(50);
  // Only the private Redis is configured by us.
  names.delete('config');
  expect([...names].filter((name) => !COMMANDS.includes(name))).toEqual([]);
});

test.each([
  ['no channel', '~* +@all', ['the channels chasqui:*']],
  ['only the prefix', '~chasqui:* &* +@all', ['the keys {chasqui-queue-*}:*']],
  [
    'another prefix',
    '~other:* &other:* +@all',
    ['the keys chasqui:*', 'the keys {chasqui-queue-*}:*', 'the channels chasqui:*'],
  ],
  ['no INFO', '~* &* +@all -@dangerous', ['the command info']],
  ['no blocking', '~* &* +@all -@blocking -pfadd', ['the command bzpopmin', 'the command pfadd', 'the command xread']],
  ['only reading', '%R~* &* +@all', ['the keys chasqui:*', 'the keys {chasqui-queue-*}:*']],
  ['no transaction', '~* &* +@all -multi', ['the command multi']],
  ['no subscriber', '~* &* +@all -subscribe', ['the command subscribe']],
])('the doctor names what is missing, and writes nothing: %s', async (_, rights, missing) => {
  const findings = await look(await user(rights));
  const wrong = findings.filter(({ state }) => state === 'wrong');
  expect(wrong).toHaveLength(1);
  expect(wrong[0]?.detail.match(/the (keys|channels|command) [^\s,]*[^\s,:]/g)?.sort()).toEqual([...missing].sort());
  expect(wrong[0]?.advice).toContain(rightsOf('chasqui'));
  expect(await admin.dbsize()).toBe(0);
});

test('what may not publish writes nothing either', async () => {
  const redis = connect(await user('~* +@all'));
  const to = { platform: 'test', conversation: 'test:room', route: {} };
  const said = { v: 1, id: 'm1', author: { id: 'ana' }, text: 'hi', sentAt: Date.now(), to } as const;
  const conversations = createConversations({ redis, prefix: 'chasqui', keepMs: 60_000, maxWaiting: 10 });
  await conversations.append({ ...said, attachments: [] }, 'always');
  const keys = (...names: string[]) => names.map((name) => `chasqui:{web:1}:${name}`);
  const turn = keys('events', 'live', 'text', 'finished', 'deleted', 'owner');
  const dump = async () => Promise.all((await admin.keys('*')).sort().map(async (key) => [key, await admin.dump(key)]));
  const before = await dump();

  const pauses = createPauses({ redis, prefix: 'chasqui' });
  const calls: [string, () => Promise<unknown>][] = [
    ['begin', () => begin(redis, turn.slice(0, 5), ['t', '{}', 60_000])],
    ['write', () => write(redis, turn.slice(0, 5), ['t', '{}', 60_000, 'text', '{}', 'a', 0, 1])],
    ['finish', () => finish(redis, turn, ['t', '{}', 60_000, 1, 'title'])],
    ['clear', () => clear(redis, keys('events', 'live', 'feedback'), [60_000])],
    [
      'announce',
      () => announce(redis, keys('events', 'live', 'feedback', 'deleted', 'sent'), ['{}', 60_000, 60_000, '1']),
    ],
    ['remove', () => remove(redis, keys('deleted', 'events'), [60_000])],
    ['stop', () => conversations.stop('test:room')],
    ['interrupt', () => conversations.interrupt('test:room')],
    ['pause', () => pauses.set('platform', 'slack', 'ana')],
    ['resume', () => pauses.clear('platform', 'slack')],
  ];
  for (const [name, call] of calls) await expect(call(), name).rejects.toThrow();
  expect(await dump()).toEqual(before);
});
