import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ConfigError, describePlatforms, inspectConfig, type LoadedConfig, loadConfig } from '../../config/load.ts';

const root = mkdtempSync(join(tmpdir(), 'chasqui-config-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

interface Given {
  env?: Record<string, string>;
  dotenv?: string;
  yaml?: string;
}

function options({ env = {}, dotenv, yaml }: Given) {
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
  if (yaml !== undefined) writeFileSync(join(folder, 'chasqui.yaml'), yaml);
  return { env, dotenv: join(folder, '.env'), file: join(folder, 'chasqui.yaml') };
}

const load = (given: Given = {}): LoadedConfig => loadConfig(options(given));

/** The message of the one error that lists everything. */
function failure(given: Given): string {
  const where = options(given);
  try {
    loadConfig(where);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.replaceAll(`${folder}/`, '');
  }
  throw new Error('it was taken as right');
}

const BOT = 'xoxb-1-2-abc';
const APP = 'xapp-1-A1-2-abc';
const SIGNING = '0123456789abcdef0123456789abcdef';

describe('where a value comes from', () => {
  test('without anything the defaults hold, and all that needs no token runs', () => {
    const config = load();
    expect(config.env).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, LOG_LEVEL: 'info', PLATFORM_LIMITS: 'on' });
    expect(config.conversation.keep).toBe(30 * 24 * 60 * 60 * 1_000);
    expect([...config.roles]).toEqual(['web', 'worker', 'ops']);
    expect(config.warnings).toEqual([]);
  });

  test('the environment goes before .env, even when it is empty there', () => {
    const config = load({
      env: { PORT: '4000', MODEL: '' },
      dotenv: 'PORT=5000\nHOST="0.0.0.0"\nMODEL=offline:\n',
    });
    expect(config.env).toMatchObject({ PORT: 4000, HOST: '0.0.0.0' });
    expect(config.env.MODEL).toBeUndefined();
  });

  test('what is empty or only space counts as not set, and space around a value as not there', () => {
    const config = load({ dotenv: `SLACK_BOT_TOKEN=\nSLACK_APP_TOKEN="  "\nPORT=\nMODEL="offline: "\n` });
    expect(config.env.SLACK_APP_TOKEN).toBeUndefined();
    expect(config.env).toMatchObject({ PORT: 3000, MODEL: 'offline:' });
  });

  test('reading .env prints nothing and leaves the process as it was', () => {
    const printed = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(process.stdout, 'write')];
    load({ dotenv: 'CHASQUI_TEST_ONLY=1\nPORT=5000\n' });
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    expect(process.env.CHASQUI_TEST_ONLY).toBeUndefined();
  });

  test('CHASQUI_CONFIG names another YAML file, which must then be there', () => {
    writeFileSync(join(folder, 'other.yaml'), 'assistant: { name: Other }');
    expect(load({ env: { CHASQUI_CONFIG: join(folder, 'other.yaml') } }).assistant.name).toBe('Other');
    expect(failure({ env: { CHASQUI_CONFIG: join(folder, 'nowhere.yaml') } })).toMatch(
      /nowhere.yaml: there is no such/,
    );
  });

  test('it cannot be changed afterwards', () => {
    const config = load();
    expect(() => {
      config.web.enabled = false;
    }).toThrow(TypeError);
    expect(() => (config.assistant.suggestions as string[]).push('x')).toThrow(TypeError);
  });
});

describe('the YAML file', () => {
  test.each(['', '# nothing\n', '---\n', 'web:\nslack:\n', 'web:\n  enabled:\n'])('%j says nothing', (yaml) => {
    const { env: _, ...config } = load({ yaml });
    const { env: _env, ...defaults } = load();
    expect(config).toEqual(defaults);
  });

  test('each setting that is not left at its default says where it stands', () => {
    const { sources } = load({ env: { PORT: '4000' }, dotenv: 'HOST=127.0.0.1', yaml: 'web:\n  enabled: false\n' });
    expect(sources.PORT).toBe('environment');
    expect(sources.HOST).toMatch(/\.env, line 1$/);
    expect(sources['web.enabled']).toMatch(/chasqui\.yaml, line 2$/);
    expect(sources['web.trust_proxy']).toBeUndefined();
  });

  test('a digest needs a place', () => {
    expect(failure({ yaml: 'ops: { digest: day }' })).toContain('ops.digest_to');
    expect(load({ yaml: 'ops: { digest: day, digest_to: slack:C123 }' }).ops.digest_to).toBe('slack:C123');
  });

  test('durations are written as people write them', () => {
    const { conversation, models, workers } = load({
      yaml: 'conversation: { keep: 1.5h }\nmodels: { first_token_timeout: 500ms, total_timeout: 90000 }\nworkers: { stalled_after: 10 s }',
    });
    expect([conversation.keep, models.first_token_timeout, models.total_timeout, workers.stalled_after]).toEqual([
      5_400_000, 500, 90_000, 10_000,
    ]);
  });

  test('anchors work', () => {
    expect(load({ yaml: 'models: { first_token_timeout: &t 9s, between_tokens_timeout: *t }' }).models).toMatchObject({
      first_token_timeout: 9_000,
      between_tokens_timeout: 9_000,
    });
  });

  test.each([
    ['web:\n  enabled: yes', 'web.enabled (chasqui.yaml, line 2): got "yes"; wants true or false'],
    ['slack:\n  surface: agnet', 'got "agnet"; wants one of agent, assistant or plain'],
    ['workers:\n  concurrency: 0.5', 'got 0.5; wants a whole number from 1 to 2000'],
    ['models:\n  total_timeout: 40d', 'got "40d"; wants a duration from 1s to 1d'],
    ['models:\n  total_timeout: soon', 'got "soon"; wants a duration'],
    ['assistant: Bob', 'assistant (chasqui.yaml, line 1): got "Bob"; wants settings below it (name, '],
    [
      'web:\n  allowed_origins:\n    - https://ok.example\n    - https://a.example/path',
      'allowed_origins[1] (chasqui.yaml, line 4)',
    ],
    ['web:\n  allowed_origins: "*"', "wants a list, each a page's origin"],
    ['queue:\n  prefix: a b', 'wants 1 to 32 of the characters'],
    [
      'web:\n  enabeld: true',
      'web.enabeld (chasqui.yaml, line 2): there is no such setting. Did you mean web.enabled?',
    ],
    ['web:\n\n  max-request-bytes: 5000', 'line 3): there is no such setting. Did you mean web.max_request_bytes?'],
    ['wbe:\n  enabled: true', 'wbe (chasqui.yaml, line 1): there is no such setting. Did you mean web?'],
    ['keep: 3d', 'Did you mean conversation.keep?'],
    ['web:\n  colour: red', 'there is no such setting; here can stand enabled, allowed_origins'],
    ['- a\n- b', 'wants sections (assistant, conversation,'],
    ['just a text', 'got "just a text"; wants sections'],
    [
      'web:\n  enabled: true\n  enabled: false',
      'chasqui.yaml (line 3): cannot be read as YAML: Map keys must be unique',
    ],
    ['web:\n\tenabled: true', 'chasqui.yaml (line 2): cannot be read as YAML: '],
    ['web: { enabled: *nothing }', 'cannot be read as YAML: Unresolved alias'],
    ['web: "\n', 'cannot be read as YAML: '],
  ])('%j', (yaml, expected) => {
    expect(failure({ yaml })).toContain(expected);
  });

  test('a folder in its place', () => {
    mkdirSync(join(folder, 'chasqui.yaml'));
    expect(failure({})).toContain('chasqui.yaml: is a folder, and must be a YAML file');
  });

  test('a token that stands where a setting belongs is not repeated', () => {
    const message = failure({ yaml: `slack:\n  surface: ${BOT}\nweb:\n  allowed_origins: https://u:hidden@h` });
    expect(message).not.toContain('1-2-abc');
    expect(message).not.toContain('hidden');
  });
});

describe('variables', () => {
  test.each([
    ['PORT', '99999', 'got "99999"; wants a whole number from 0 to 65535'],
    ['PORT', 'web', 'wants a whole number'],
    ['HOST', 'http://0.0.0.0', 'without http:// or port'],
    ['HOST', '127.0.0.1:3000', 'without http:// or port'],
    ['LOG_LEVEL', 'verbose', 'wants one of trace, debug, info, warn, error or silent'],
    ['PLATFORM_LIMITS', '0', 'wants one of on or off'],
    ['SLACK_API_URL', 'slack.com/api', 'wants an address that starts with https:// or http://'],
    ['OPS_PASSWORD', 'geheim', 'got 6 characters; wants at least 8 characters'],
    ['WEB_SESSION_SECRET', 'kurz-und-knapp', 'got 14 characters; wants at least 32 characters'],
    ['REDIS_URL', 'localhost:6379', 'wants redis://host:6379'],
    ['REDIS_URL', 'http://localhost:6379', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis://host:6379/first', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis://:6379', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis://one:6379,two:6379', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis-sentinel://one:26379', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis-cluster://one:6379/0', 'wants redis://host:6379'],
    ['REDIS_URL', 'redis://host:99999', 'wants redis://host:6379'],
    ['REDIS_URL', 'unix://run/redis.sock', 'wants redis://host:6379'],
    ['REDIS_MAXMEMORY', 'half', 'such as 512mb or 2gb'],
    ['REDIS_MAXMEMORY', '1mb', 'such as 512mb or 2gb'],
    ['REDIS_MAXMEMORY', '512 tb', 'such as 512mb or 2gb'],
    ['PORT', '"3000"', 'without quotation marks'],
    ['ROLES', 'slak', 'there is no such role. Did you mean slack?'],
    ['ROLES', 'everything', 'Roles are slack, discord, whatsapp, whatsapp-web, telegram, web, worker and ops'],
    ['ROLES', 'slack,worker', 'got "slack"; it is not configured: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN'],
    ['MODEL', 'clodflare:@cf/x', 'there is no provider "clodflare". Did you mean cloudflare?'],
    ['MODEL', 'offline:, @cf/meta/x', 'wants the provider before it: cloudflare:@cf/meta/x'],
    ['MODEL', 'llama3', 'wants provider:model'],
    ['MODEL', 'openai:', 'wants a model\'s name after "openai:"'],
    ['MODEL', 'openai:llama', 'got "openai:llama"; also needs OPENAI_BASE_URL, which is not set'],
    ['MODEL', 'cloudflare:@cf/x', 'also needs CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_TOKEN, which are not set'],
    ['MODEL', 'bedrock:us.meta.x', 'also needs AWS_REGION, which is not set'],
    ['CLOUDFLARE_ACCOUNT_ID', 'abc', 'is set, but Cloudflare Workers AI also needs CLOUDFLARE_API_TOKEN'],
    ['DISCORD_API_URL', 'discord.com', 'wants an address'],
    ['WHATSAPP_WEB', 'maybe', 'got "maybe"; wants 1 or 0'],
    [
      'WHATSAPP_ACCESS_TOKEN',
      'EAAB',
      'also needs WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_APP_SECRET and WHATSAPP_VERIFY_TOKEN',
    ],
    ['WHATSAPP_WEB_PHONE', '+49 151', 'digits only'],
    ['OPENAI_API_KEY', 'Bearer abc', 'there is " " in it, which no token has'],
  ])('%s=%s', (name, value, expected) => {
    const message = failure({ env: { [name]: value } });
    expect(message).toContain(`${name} (environment)`);
    expect(message).toContain(expected);
  });

  test.each([
    'redis://h',
    'rediss://u:p%40@h:1/3',
    'redis://:p@127.0.0.1:6379/0',
    'redis://[::1]:6379',
    'unix:///run/redis.sock',
    'unix://user:p%40ss@/run/a%20b/redis.sock',
    'redis-sentinel://:secret-word@one:26379,two:26379/my-master',
    'rediss-cluster://user:secret-word@one,two:7000',
  ])('REDIS_URL=%s', (url) => {
    const { env, secrets } = load({ env: { REDIS_URL: url } });
    expect(env.REDIS_URL).toBe(url);
    expect(secrets.includes('secret-word')).toBe(url.includes('secret-word'));
  });

  test('every error is told at once, with its line', () => {
    const message = failure({
      dotenv: `# comment\nPORT=x\n\nexport SLACK_BOT_TOKEN="${APP}"\nSLACK_APP_TOKEN=${BOT}\n`,
      env: { LOG_LEVEL: 'loud' },
      yaml: 'web:\n  enabeld: true\nworkers:\n  concurrency: no\n',
    });
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      '6 settings are wrong',
      '  - PORT (.env, line 2)',
      '  - LOG_LEVEL (environment)',
      '  - SLACK_BOT_TOKEN (.env, line 4)',
      '  - SLACK_APP_TOKEN (.env, line 5)',
      '  - web.enabeld (chasqui.yaml, line 2)',
      '  - workers.concurrency (chasqui.yaml, line 4)',
    ]);
  });

  test('slips in names are warned of, and stop nothing', () => {
    const { warnings } = load({
      env: { SLACK_TOKEN: 'x', OPENAI_ORG_ID: 'x', LOGLEVEL: 'x', WEB_SESION_SECRET: 'x' },
      dotenv: 'MODELL=x\nHTTPS_PROXY=x\n',
    });
    expect(warnings.join('\n').replaceAll(`${folder}/`, '')).toBe(
      [
        'MODELL (.env, line 1) is not a variable of Chasqui. Did you mean MODEL?',
        'SLACK_TOKEN (environment) is not a variable of Chasqui. Did you mean SLACK_BOT_TOKEN?',
        'WEB_SESION_SECRET (environment) is not a variable of Chasqui. Did you mean WEB_SESSION_SECRET?',
      ].join('\n'),
    );
  });

  test("other tools' variables stop nothing", () => {
    const { warnings } = load({ env: { CLOUDFLARE_API_TOKEN: 'x', OPENAI_API_KEY: 'sk-x' } });
    expect(warnings).toEqual([
      'CLOUDFLARE_API_TOKEN (environment) is set, but Cloudflare Workers AI also needs CLOUDFLARE_ACCOUNT_ID',
    ]);
    expect(load({ env: { MODEL: 'offline:', CLOUDFLARE_ACCOUNT_ID: 'x' } }).warnings).toHaveLength(1);
  });

  test.each<[Record<string, string>, string]>([
    [{ AWS_REGION: 'auto' }, 'AWS_REGION (environment): got "auto"; wants an AWS region, such as us-east-1'],
    [{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA' }, 'AWS_SECRET_ACCESS_KEY is not: they belong together'],
    [{ AWS_REGION: 'us-east-1', AWS_SECRET_ACCESS_KEY: 'x' }, 'AWS_ACCESS_KEY_ID is not: they belong together'],
    [{ AWS_REGION: 'us-east-1', BEDROCK_URL: 'proxy' }, 'BEDROCK_URL (environment): got "proxy"; wants an address'],
  ])("Bedrock's %j", (env, expected) => {
    expect(failure({ env: { MODEL: 'bedrock:us.meta.x', ...env } })).toContain(expected);
    // Where no model is Bedrock's, AWS_… is for other tools.
    if (!('BEDROCK_URL' in env)) expect(load({ env: { MODEL: 'offline:', ...env } }).warnings).toEqual([]);
  });

  test("which of Bedrock's credentials count is said where there are several", () => {
    const MODEL = 'bedrock:us.meta.x';
    const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret-key', AWS_REGION: 'us-gov-west-1' };
    const { warnings, secrets } = load({ env: { MODEL, ...keys } });
    expect(warnings).toEqual([]);
    expect(secrets).toEqual(expect.arrayContaining(['AKIDEXAMPLE', 'secret-key']));
    expect(load({ env: { MODEL, ...keys, AWS_PROFILE: 'work' } }).warnings.join()).toContain('AWS_PROFILE goes before');
    const bearer = load({ env: { MODEL, ...keys, AWS_BEARER_TOKEN_BEDROCK: 'bearer-token' } });
    expect(bearer.warnings.join()).toContain('AWS_BEARER_TOKEN_BEDROCK goes before');
    expect(bearer.secrets).toContain('bearer-token');
  });

  test('a host that is configured and not used is warned of', () => {
    expect(load({ env: { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' } }).warnings.join()).toContain('set MODEL=openai:…');
  });
});

describe('Slack', () => {
  test.each([
    [{ SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP }],
    [{ SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: SIGNING }],
    [{ SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP, SLACK_SIGNING_SECRET: SIGNING }],
  ])('is on with %j', (env) => {
    const config = load({ env });
    expect(config.roles.has('slack')).toBe(true);
    expect(config.secrets).toEqual(expect.arrayContaining(Object.values(env)));
  });

  test.each([
    [{ SLACK_BOT_TOKEN: BOT }, 'SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP Events)'],
    [{ SLACK_APP_TOKEN: APP }, 'SLACK_APP_TOKEN (environment): is set, but slack also needs SLACK_BOT_TOKEN'],
    [{ SLACK_SIGNING_SECRET: SIGNING }, 'also needs SLACK_BOT_TOKEN'],
    [{ SLACK_APP_TOKEN: APP, SLACK_SIGNING_SECRET: SIGNING }, 'are set, but slack also needs SLACK_BOT_TOKEN'],
  ])('is half configured with %j', (env, expected) => {
    expect(failure({ env })).toContain(expected);
  });

  test('a worker without the receiver needs only the bot token', () => {
    const env = { ROLES: 'worker', SLACK_BOT_TOKEN: BOT, REDIS_URL: 'redis://h' };
    expect([...load({ env }).roles]).toEqual(['worker']);
    expect(failure({ env: { ...env, ROLES: 'slack' } })).toContain('SLACK_APP_TOKEN');
  });

  test.each([
    ['SLACK_BOT_TOKEN', APP, 'got "xapp-…"; that is an app-level token: it belongs in SLACK_APP_TOKEN'],
    ['SLACK_BOT_TOKEN', 'xoxp-1-abc', 'got "xoxp-…"; that is a user token'],
    ['SLACK_BOT_TOKEN', 'xoxe.xoxb-1-abc', 'token rotation'],
    ['TELEGRAM_BOT_TOKEN', '"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"', 'quotation marks'],
    ['TELEGRAM_BOT_TOKEN', 'bot110201543', 'the token that @BotFather showed'],
    ['DISCORD_TOKEN', '110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw', 'belongs in TELEGRAM_BOT_TOKEN'],
    ['SLACK_BOT_TOKEN', 'xoxc-1-abcdef', 'a Slack token of another kind'],
    ['SLACK_BOT_TOKEN', SIGNING, 'got 32 characters; wants the bot token that starts with "xoxb-"'],
    ['SLACK_BOT_TOKEN', `"${BOT}"`, 'without quotation marks'],
    ['SLACK_BOT_TOKEN', 'xoxb-123…abc', 'there is "…" in it'],
    ['SLACK_APP_TOKEN', BOT, 'got "xoxb-…"; that is a bot token: it belongs in SLACK_BOT_TOKEN'],
    ['SLACK_SIGNING_SECRET', APP, 'that is an app-level token: it belongs in SLACK_APP_TOKEN'],
    ['OPENAI_API_KEY', BOT, 'that is a bot token: it belongs in SLACK_BOT_TOKEN'],
  ])('%s=%s is the wrong kind', (name, value, expected) => {
    const message = failure({ env: { [name]: value } });
    expect(message).toContain(expected);
    expect(message).not.toContain(value.replaceAll('"', '').slice(8));
    expect(message).toMatch(/^One setting is wrong/);
  });

  test('a signing secret of unusual form is only warned of', () => {
    const env = { SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: 'a-test-host-made-this' };
    const { warnings, roles } = load({ env });
    expect(roles.has('slack')).toBe(true);
    expect(warnings.join()).toMatch(/SLACK_SIGNING_SECRET .*: got 21 characters; wants the 32 hexadecimal digits/);
  });
});

describe('roles', () => {
  test('ROLES picks among what is configured', () => {
    expect([...load({ env: { ROLES: 'Worker, ops', REDIS_URL: 'redis://h' } }).roles]).toEqual(['worker', 'ops']);
  });

  test('several processes need one Redis', () => {
    expect(load({ env: { ROLES: 'worker' } }).warnings.join()).toContain('REDIS_URL');
    expect(load({ env: { ROLES: 'worker', REDIS_URL: 'redis://h' } }).warnings).toEqual([]);
  });

  test('the web chat can be off', () => {
    const yaml = 'web: { enabled: false }';
    expect([...load({ yaml }).roles]).toEqual(['worker', 'ops']);
    expect(failure({ yaml, env: { ROLES: 'web' } })).toContain('set web.enabled to true');
  });

  test('each platform says the one thing that it needs', () => {
    expect(describePlatforms(load())).toEqual([
      {
        name: 'slack',
        label: 'Slack',
        on: false,
        needs: expect.stringContaining('set SLACK_BOT_TOKEN and SLACK_APP_TOKEN'),
      },
      { name: 'discord', label: 'Discord', on: false, needs: expect.stringContaining('set DISCORD_TOKEN') },
      { name: 'whatsapp', label: 'WhatsApp', on: false, needs: expect.stringContaining('set WHATSAPP_ACCESS_TOKEN') },
      { name: 'whatsapp-web', label: 'WhatsApp Web', on: false, needs: expect.stringContaining('set WHATSAPP_WEB=1') },
      { name: 'telegram', label: 'Telegram', on: false, needs: expect.stringContaining('set TELEGRAM_BOT_TOKEN') },
      { name: 'web', label: 'Web chat', on: true },
    ]);
    const env = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP, ROLES: 'web' };
    expect(describePlatforms(load({ env }))[0]).toEqual({
      name: 'slack',
      label: 'Slack',
      on: false,
      needs: 'add slack to ROLES',
    });
  });
});

test('secrets are the values of all secret variables, and passwords in addresses as written and as meant', () => {
  const { secrets } = load({
    env: {
      REDIS_URL: 'redis://user:p%40ss@host',
      OPENAI_BASE_URL: 'https://me:basic@host/v1',
      OPENAI_API_KEY: 'sk-1',
      OPS_PASSWORD: 'operators',
      WEB_SESSION_SECRET: SIGNING,
      CLOUDFLARE_API_TOKEN: 'cf-1',
      CLOUDFLARE_ACCOUNT_ID: 'account',
    },
  });
  expect([...secrets].sort()).toEqual([SIGNING, 'basic', 'cf-1', 'operators', 'p%40ss', 'p@ss', 'sk-1']);
});

test('an inspection goes on with what is right', () => {
  const { config, problems } = inspectConfig(
    options({
      env: { PORT: 'x', HOST: '0.0.0.0', SLACK_BOT_TOKEN: 'nonsense', SLACK_APP_TOKEN: APP },
      yaml: 'web:\n  enabeld: true\n  messages_per_minute: 7\nworkers:\n  concurrency: many\n',
    }),
  );
  expect(problems.map(({ setting }) => setting).sort()).toEqual([
    'PORT',
    'SLACK_BOT_TOKEN',
    'web.enabeld',
    'workers.concurrency',
  ]);
  expect(config.env).toMatchObject({ HOST: '0.0.0.0', PORT: 3000 });
  expect(config.web.messages_per_minute).toBe(7);
  expect(config.workers.concurrency).toBe(100);
  expect(config.roles.has('slack')).toBe(false);
  expect(config.secrets).toContain('nonsense');
});

test.each([
  ['CLOUDFLARE_API_TOKEN', '"abc123"'],
  ['OPENAI_API_KEY', "'sk-abc123'"],
  ['WHATSAPP_ACCESS_TOKEN', '"EAAG123"'],
  ['OPS_PASSWORD', '"correct horse"'],
  ['METRICS_TOKEN', "'a-long-token'"],
])('%s is refused in quotation marks, which env files of Docker keep', (name, value) => {
  expect(failure({ env: { [name]: value } })).toMatch(new RegExp(`${name}.*without quotation marks`));
});

test('a password with one quotation mark in it is a password', () => {
  expect(load({ env: { OPS_PASSWORD: `"it's longer` } }).env.OPS_PASSWORD).toBe(`"it's longer`);
});

test.each(['OPS_PASSWORD=longenough#rest', 'OPS_PASSWORD=#longenough', 'OTEL_EXPORTER_OTLP_HEADERS=api-key=abc#def'])(
  'it is said that a # cuts off %s',
  (line) => {
    const { warnings } = load({ dotenv: `${line}\n` });
    expect(warnings).toContainEqual(expect.stringMatching(/^(OPS_PASSWORD|OTEL_EXPORTER_OTLP_HEADERS) .*line 1.*"#"/));
  },
);

test.each([
  'OPS_PASSWORD="longenough#rest"',
  "OPS_PASSWORD='longenough#rest'",
  'OPS_PASSWORD=longenough # a comment',
  'OPS_PASSWORD=longenough #a#b',
  'OPS_PASSWORD= # none',
])('nothing is said of %s', (line) => {
  expect(load({ dotenv: `${line}\n` }).warnings).toEqual([]);
});
