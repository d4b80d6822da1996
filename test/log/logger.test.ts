import { describe, expect, test } from 'vitest';
import { createLogger, type Logger } from '../../src/log/logger.ts';
import { createMask } from '../../src/log/mask.ts';
import fc from '../support/fuzz.ts';

const BOT = 'xoxb-1234567890-abcdefGHIJ';
/** A secret that looks like nothing, with the characters that JSON and addresses escape. */
const ODD = 'correct "horse"\\ battery/staple ü';

/** Logs, and returns what was written: one line, still JSON. */
function logged(write: (log: Logger) => void, secrets: string[] = []): string {
  const lines: string[] = [];
  write(createLogger({ level: 'info', secrets, stream: { write: (line) => lines.push(line) } }));
  expect(lines).toHaveLength(1);
  expect(() => JSON.parse(lines[0] as string)).not.toThrow();
  return lines[0] as string;
}

describe('no secret reaches the log', () => {
  test.each([
    ['a bot token', BOT],
    ['an app-level token', 'xapp-1-A012-345-abcdef'],
    ['a rotated token', 'xoxe.xoxb-1-Mi0yLTEyMzQ'],
    ['a refresh token', 'xoxe-1-Mi0yLTEyMzQ'],
    ['an AWS key', 'AKIAIOSFODNN7EXAMPLE'],
    ['a key of an OpenAI-compatible host', 'gsk_abcdefghijklmnop1234'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'],
  ])('%s inside an error message', (_name, secret) => {
    const line = logged((log) => log.error({ err: new Error(`refused "${secret}", sorry`) }, `tried ${secret}`));
    expect(line).not.toContain(secret);
    expect(line).toContain('[secret]');
    expect(line).toContain('sorry');
  });

  test.each(['err', 'error', 'cause', 'reason'])('an error that carries its request, logged as `%s`', (key) => {
    const error = Object.assign(new Error('An API error occurred: invalid_auth'), {
      data: { ok: false, error: 'invalid_auth' },
      original: {
        config: {
          headers: { Authorization: 'Bearer abcdefgh12345678', 'x-api-key': 'key-of-nothing' },
          data: 'token=secret-of-a-form&channel=C1',
        },
        request: { rawHeaders: ['authorization', 'Basic dXNlcjpwYXNzd29yZA==', 'cookie', 'chasqui_session=abc.def'] },
      },
    });
    const line = logged((log) => log.error({ [key]: error }, 'refused'));
    for (const secret of ['abcdefgh12345678', 'key-of-nothing', 'secret-of-a-form', 'dXNlcjpwYXNzd29yZA', 'abc.def']) {
      expect(line).not.toContain(secret);
    }
    if (key.startsWith('err')) expect(line).toContain('invalid_auth');
  });

  test('fields with telling names, however deep they are', () => {
    const deep = { a: { b: { c: { d: [{ botToken: 'looks-like-nothing', 'Set-Cookie': ['s=1', 'two"quotes'] }] } } } };
    const line = logged((log) => log.info({ deep, SLACK_SIGNING_SECRET: 'hush', password: 'p"w\\d' }));
    for (const secret of ['looks-like-nothing', 's=1', 'two', 'hush', 'p\\"w']) expect(line).not.toContain(secret);
  });

  test('fields with telling names in an answer that is quoted in a message', () => {
    const body = JSON.stringify({ ok: true, access_token: 'quoted "and" \\slashed', team: 'T1' }, null, 1);
    const line = logged((log) => log.warn(`unexpected answer: ${body}`));
    for (const secret of ['quoted', 'slashed']) expect(line).not.toContain(secret);
    expect(line).toContain('T1');
  });

  test.each([
    ['redis://user:p%40ss@host:6379/0', 'p%40ss'],
    ['redis://:hunter2hunter2@127.0.0.1:6379', 'hunter2hunter2'],
    ['wss://wss-primary.slack.com/link/?ticket=abc-def&app_id=1', 'abc-def'],
    ['https://host/v1?key=abcdef', 'abcdef'],
    ['https://hooks.slack.com/commands/T1/2/abcdef', '2/abcdef'],
    ['https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe', 'AAHdqTcvCH'],
    ['110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', 'AAHdqTcvCH'],
  ])('an address: %s', (address, secret) => {
    const line = logged((log) => log.info({ address }, `connecting to "${address}"`));
    expect(line).not.toContain(secret);
  });

  test('a configured secret that looks like nothing: plain, in JSON, in JSON within JSON, in an address', () => {
    const forms = {
      plain: ODD,
      json: JSON.stringify({ detail: ODD }),
      address: `https://host/?x=${encodeURIComponent(ODD)}`,
    };
    const line = logged((log) => log.info({ forms, err: new Error(`no ${ODD}`) }, ODD), [ODD]);
    for (const part of ['correct', 'battery', 'staple']) expect(line).not.toContain(part);
  });

  test('what a child logger is bound to', () => {
    const line = logged((log) => log.child({ context: { url: `https://a:${BOT}@b` } }).info('x'));
    expect(line).not.toContain(BOT);
  });

  test('wherever in a logged value it stands', () => {
    const secret = fc.string({ minLength: 6, maxLength: 40 }).filter((text) => !'"[secret]\\":{},'.includes(text));
    fc.assert(
      fc.property(secret, fc.jsonValue({ maxDepth: 4 }), fc.string(), (value, shape, around) => {
        const hidden = JSON.parse(JSON.stringify({ shape, list: [{ x: around + value + around }] }));
        const line = logged((log) => log.info({ hidden }, `${around}${value}`), [value]);
        const { hidden: shown, msg } = JSON.parse(line);
        expect(shown.list[0].x).not.toContain(value);
        expect(msg).not.toContain(value);
      }),
    );
  });
});

test('what is no secret stays as it is', () => {
  const facts = {
    platform: 'slack',
    url: 'http://127.0.0.1:3000/healthz',
    mail: 'someone@example.com',
    tokens: 812,
    firstToken: 120,
    key: 'chasqui:{slack:D1}:inbox',
    model: 'cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct',
    note: 'basic facts and the bearer of news',
  };
  expect(JSON.parse(logged((log) => log.info(facts, 'a turn'), ['short']))).toMatchObject(facts);
});

test('a line of a megabyte that is made to be slow is masked all the same', () => {
  const mask = createMask([ODD]);
  for (const piece of [
    'eyJaaaaaaaaa-',
    '://a:',
    'bearer ',
    '\\"token\\":\\"',
    '"token":"',
    'token-',
    '"token":["',
    '?key=',
  ]) {
    const line = piece.repeat(1_000_000 / piece.length) + BOT;
    expect(mask(line)).not.toContain(BOT);
  }
});
