/**
 * Everything that can be configured, with its default. Secrets and endpoints come from the environment (`EnvSchema`),
 * behaviour from `config/chasqui.yaml` (`FileSchema`). `load.ts` joins both into one `Config`.
 *
 * A `description` says what a value must look like, in the words of an error message ("wants …"); where there is none,
 * `explain.ts` makes one from the schema's type and limits. `secret: true` marks what no log or message may show.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { parseRedisUrl } from './redis-url.ts';

declare module 'zod' {
  interface GlobalMeta {
    secret?: boolean;
  }
}

const url = z
  .url({ protocol: /^https?$/ })
  .meta({ description: 'an address that starts with https:// or http://' })
  .transform((text) => text.replace(/\/+$/, ''));

/** Shown to operators, so that no secret may stand in it. */
const modelHostUrl = z
  .string()
  .refine((text) => {
    if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) return false;
    const { username, password, search, hash } = new URL(text);
    return `${username}${password}${search}${hash}` === '';
  })
  .meta({
    description:
      'an address that starts with https:// or http://, up to and with /v1, without a user, a key or a "?" in it',
  })
  .transform((text) => text.replace(/\/+$/, ''));

const redisUrl = z
  .string()
  .refine((text) => parseRedisUrl(text) !== null)
  .meta({
    description:
      'redis://host:6379, or rediss://host:6379 for TLS, with user:password@ before the host where it asks for them (special characters as %40, %2F, …); redis-sentinel://host:26379,host:26379/master, or redis-cluster://host:6379,host:6379; unix:///path/to/socket',
  });

const BYTES: Record<string, number> = { b: 1, k: 1e3, kb: 2 ** 10, m: 1e6, mb: 2 ** 20, g: 1e9, gb: 2 ** 30 };

/** A size as Redis writes it, as bytes; NaN for anything else. */
function bytes(value: string): number {
  const [, amount, unit = 'b'] = /^(\d{1,15})([kmg]?b?)$/i.exec(value.trim()) ?? [];
  return Number(amount) * (BYTES[unit.toLowerCase() || 'b'] ?? Number.NaN);
}

const memory = z
  .string()
  .refine((value) => bytes(value) >= 32 * 2 ** 20 && bytes(value) <= 2 ** 50)
  .meta({ description: 'an amount of memory of at least 32mb, such as 512mb or 2gb' })
  .transform(bytes);

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).pathname === '/' && !/[?#@]/.test(text))
  .meta({ description: 'a page\'s origin, such as "https://intranet.example.com", without a path' })
  .transform((text) => new URL(text).origin);

const hostName = z
  .string()
  .refine((text) => !/[\s/?#@:*\\]/.test(text) && URL.canParse(`http://${text}`))
  .meta({ description: 'a host name, such as chat.example.com, without http:// or port' })
  .transform((text) => new URL(`http://${text}`).hostname.replace(/\.$/, ''));

const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text))
  .meta({
    description: 'an address or a host name to listen on, such as 127.0.0.1 or 0.0.0.0, without http:// or port',
  });

const secret = z.string().meta({ secret: true });

/** A switch in the environment; off is the same as not set. */
const onOff = z
  .enum(['1', 'true', 'on', 'yes', '0', 'false', 'off', 'no'])
  .meta({ description: '1 or 0' })
  .transform((text) => (['1', 'true', 'on', 'yes'].includes(text) ? true : undefined));

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `1.5h` or a number of ms, as ms; NaN for anything else. */
function milliseconds(value: string | number): number {
  if (typeof value === 'number') return value;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim()) ?? [];
  return Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN));
}

/** Milliseconds, written as `500ms`, `30s`, `5m`, `2h`, `90d` or a number of ms. Timers of Node end at 24 days. */
function duration(least: string, most: string) {
  return z
    .union([z.string(), z.number()])
    .refine((value) => milliseconds(value) >= milliseconds(least) && milliseconds(value) <= milliseconds(most))
    .meta({ description: `a duration from ${least} to ${most}, such as 500ms, 30s, 5m, 2h or 90d` })
    .transform(milliseconds);
}

const perMinute = z.number().int().min(0).max(1_000_000);
const followUps = z.enum(['queue', 'interrupt']);

/** Also the names of their receivers' roles. `whatsapp` is the Cloud API, `whatsapp-web` a linked device. */
export const PLATFORMS = ['slack', 'discord', 'whatsapp', 'whatsapp-web', 'telegram', 'web'] as const;
export type Platform = (typeof PLATFORMS)[number];
export const ROLES = [...PLATFORMS, 'worker', 'ops'] as const;
export type Role = (typeof ROLES)[number];

/** Where each variable comes from is said in `.env.example`; the two are compared by a test. */
/** A platform's name, or the beginning of a conversation's id. */
const beginning = z
  .string()
  .regex(/^[\w.:@+-]{1,200}$/)
  .meta({ description: 'a platform, or the beginning of a conversation’s id, such as slack:T0123:C0456' });

const personaName = z
  .string()
  .regex(/^[a-z0-9][\w-]{0,39}$/i)
  .meta({ description: 'a name of letters, digits, - and _' });

const persona = z.strictObject({
  /** What it is called; without it the assistant's name. */
  name: z.string().min(1).max(80).optional(),
  instructions: z.string().max(20_000).optional(),
  /** Read in place of `instructions`, relative to the configuration's folder. */
  instructions_file: z.string().min(1).max(500).optional(),
  /** A chain of models as in MODEL; without it MODEL's. */
  models: z.array(z.string().min(1).max(200)).min(1).max(10).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_answer_tokens: z.number().int().min(16).max(32_000).optional(),
  /** The language of its answers, in words: German, pt-BR. */
  language: z.string().min(2).max(40).optional(),
  suggestions: z.array(z.string().min(1).max(200)).max(4).optional(),
  /** What stands below each answer: nothing, the model, or model, host, licence and what becomes of the words. */
  footer: z.enum(['none', 'model', 'full']).optional(),
});

export const EnvSchema = z.object({
  REDIS_URL: redisUrl.optional(),
  REDIS_MAXMEMORY: memory.optional(),
  HOST: host.default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  ROLES: z.string().optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  CHASQUI_CONFIG: z.string().min(1).default('config/chasqui.yaml'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  MODEL: z.string().optional(),
  CLOUDFLARE_ACCOUNT_ID: z.string().optional(),
  CLOUDFLARE_API_TOKEN: secret.optional(),
  CLOUDFLARE_API_URL: url.default('https://api.cloudflare.com/client/v4'),
  CLOUDFLARE_AI_GATEWAY: z.string().optional(),
  // Other tools use AWS_… too, so their form is looked at only where MODEL names bedrock:.
  AWS_REGION: z.string().optional(),
  AWS_BEARER_TOKEN_BEDROCK: secret.optional(),
  AWS_PROFILE: z.string().optional(),
  AWS_ACCESS_KEY_ID: secret.optional(),
  AWS_SECRET_ACCESS_KEY: secret.optional(),
  AWS_SESSION_TOKEN: secret.optional(),
  BEDROCK_URL: url.optional(),
  OPENAI_BASE_URL: url.optional(),
  OPENAI_API_KEY: secret.optional(),
  SLACK_BOT_TOKEN: secret.optional(),
  SLACK_APP_TOKEN: secret.optional(),
  SLACK_SIGNING_SECRET: secret.optional(),
  SLACK_API_URL: url.default('https://slack.com/api'),
  DISCORD_TOKEN: secret.optional(),
  DISCORD_API_URL: url.default('https://discord.com/api'),
  WHATSAPP_ACCESS_TOKEN: secret.optional(),
  WHATSAPP_PHONE_NUMBER_ID: z
    .string()
    .regex(/^\d{5,20}$/)
    .meta({ description: "the phone number's id, digits only (not the number itself)" })
    .optional(),
  WHATSAPP_APP_SECRET: secret.optional(),
  WHATSAPP_VERIFY_TOKEN: z.string().min(8).meta({ secret: true, description: 'at least 8 characters' }).optional(),
  WHATSAPP_API_URL: url.default('https://graph.facebook.com/v24.0'),
  WHATSAPP_WEB: onOff.optional(),
  WHATSAPP_WEB_PHONE: z
    .string()
    .regex(/^\d{6,15}$/)
    .meta({ description: 'a phone number with its country code, digits only, such as 4915112345678' })
    .optional(),
  WHATSAPP_WEB_ARGS: z.string().optional(),
  CHROMIUM_PATH: z.string().optional(),
  TELEGRAM_BOT_TOKEN: secret.optional(),
  TELEGRAM_API_URL: url.default('https://api.telegram.org'),
  PLATFORM_LIMITS: z.enum(['on', 'off']).default('on'),
  OPS_PASSWORD: z.string().min(8).meta({ secret: true, description: 'at least 8 characters' }).optional(),
  OPS_VIEWER_PASSWORD: z.string().min(8).meta({ secret: true, description: 'at least 8 characters' }).optional(),
  METRICS_TOKEN: z.string().min(8).meta({ secret: true, description: 'at least 8 characters' }).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: secret.optional(),
  WEB_SESSION_SECRET: z
    .string()
    .min(32)
    .meta({ secret: true, description: 'at least 32 characters (`openssl rand -hex 32` makes some)' })
    .optional(),
});
export type Env = z.infer<typeof EnvSchema>;
export type Variable = keyof Env;

export const FileSchema = z.strictObject({
  assistant: z
    .strictObject({
      name: z.string().min(1).max(80).default('Chasqui'),
      instructions: z
        .string()
        .max(20_000)
        .default(
          'You are {name}, a helpful assistant in a team chat. Answer briefly and truthfully, in the language of the person who asks, in Markdown. If you do not know something, say so.',
        ),
      suggestions: z
        .array(z.string().min(1).max(200))
        .max(4)
        .default(['What can you do?', 'Summarise a text for me', 'Help me write a message']),
      max_answer_tokens: z.number().int().min(16).max(32_000).default(1_024),
      temperature: z.number().min(0).max(2).optional(),
    })
    .prefault({}),
  conversation: z
    .strictObject({
      /** How long a conversation's history is kept after its last message. */
      keep: duration('1m', '3650d').prefault('30d'),
      history_tokens: z.number().int().min(0).max(1_000_000).default(6_000),
      max_message_chars: z.number().int().min(100).max(1_000_000).default(32_000),
      max_file_chars: z.number().int().min(0).max(1_000_000).default(40_000),
      /** Most messages that wait in one conversation; the platform is told to come again when it is full. */
      max_waiting: z.number().int().min(1).max(10_000).default(200),
      /** An answer is at most this many platform messages; the rest goes as a file, or a line says that it was cut. */
      max_reply_messages: z.number().int().min(1).max(50).default(8),
      answer_bots: z.boolean().default(false),
      /** A message that comes while an answer is written: `queue` answers it in the next turn, `interrupt` ends the answer. */
      follow_ups: followUps.default('queue'),
      /** The same for single places: a platform's name, or the beginning of a conversation's id, such as slack:T0123:C0456. */
      follow_ups_in: z.record(z.string().regex(/^[\w.:@+-]{1,200}$/), followUps).default({}),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Messages a minute that are answered; 0: no limit. Who writes more is told when to come back. */
      person_per_minute: perMinute.default(30),
      conversation_per_minute: perMinute.default(60),
      workspace_per_minute: perMinute.default(3_000),
      /** A workspace (or a person outside of one) that asks more than this waits behind others; 0: first come, first served. */
      fair_share_per_minute: perMinute.default(300),
      /** Who waits in the queue for longer than this is told so, once. */
      busy_after: duration('1s', '1h').prefault('20s'),
    })
    .prefault({}),
  catch_up: z
    .strictObject({
      /** After an outage, messages that are older than this are not answered any more. */
      max_age: duration('0s', '7d').prefault('6h'),
      /** Most messages that are fetched after an outage, for each platform. */
      max_messages: z.number().int().min(0).max(10_000).default(200),
    })
    .prefault({}),
  dead_letters: z
    .strictObject({
      /** How long a turn that failed for good is kept, so that an operator can have it answered again. */
      keep: duration('1m', '90d').prefault('7d'),
      most: z.number().int().min(1).max(100_000).default(1_000),
    })
    .prefault({}),
  models: z
    .strictObject({
      first_token_timeout: duration('100ms', '1h').prefault('30s'),
      between_tokens_timeout: duration('100ms', '1h').prefault('20s'),
      total_timeout: duration('1s', '1d').prefault('5m'),
      retries: z.number().int().min(0).max(5).default(1),
      /** A first token that is later than this has the next model asked as well; the faster one answers. Without it: never. */
      hedge_after: duration('10ms', '1h').optional(),
      /** Tokens that prompt and answer share, for `openai:` models whose server does not tell. */
      context_tokens: z.number().int().min(512).max(10_000_000).optional(),
      /** US dollars for a million tokens, by model as in MODEL; goes before the list prices that Chasqui knows. */
      prices: z
        .record(
          z.string().min(1).max(200),
          z.strictObject({ input: z.number().min(0).max(10_000), output: z.number().min(0).max(10_000) }),
        )
        .default({}),
    })
    .prefault({}),
  /** What calls of models may cost. Reserved before each call, so that no number of processes spends more than one call beyond it. */
  budgets: z
    .array(
      z
        .strictObject({
          for: z
            .union([z.enum(['everyone', 'workspace', 'person']), z.string().regex(/^model:.+:.+$/)])
            .meta({ description: 'everyone, workspace, person, or model: and a model as in MODEL' }),
          /** Only for conversations whose ids begin so. */
          where: beginning.optional(),
          per: z.enum(['day', 'month']),
          usd: z.number().min(0).max(10_000_000).optional(),
          tokens: z.number().int().min(0).max(1e12).optional(),
          then: z.enum(['stop', 'cheaper']),
        })
        .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined)
        .meta({ description: 'for, per, then, and usd, tokens or both' }),
    )
    .max(100)
    .default([]),
  /** OpenAI-compatible hosts beside OPENAI_BASE_URL, by the name that stands before their models in MODEL. */
  hosts: z
    .record(
      z.string(),
      z.strictObject({
        url: modelHostUrl,
        /** The variable that holds the host's key; without it none is sent. */
        key_env: z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/)
          .meta({ description: "a variable's name, such as ALPHA_KEY; the key itself goes into .env" })
          .optional(),
      }),
    )
    .default({}),
  /** By name; `default` stands for `assistant`, whose settings hold where it has none. */
  personas: z.record(personaName, persona).default({}),
  /** Who answers where, and whom; the longest `where` that fits counts. */
  places: z
    .array(
      z
        .strictObject({
          where: beginning,
          persona: personaName.optional(),
          /** Ids of people, Slack user groups, Discord roles, WhatsApp numbers; empty: everybody. */
          allow: z.array(z.string().min(1).max(100)).max(1_000).optional(),
          deny: z.array(z.string().min(1).max(100)).max(1_000).optional(),
          when_denied: z.enum(['say', 'ignore']).optional(),
          /** Strangers get a code, with which an operator admits them. */
          pairing: z.boolean().optional(),
          /** The commands that may be used here; absent: all. */
          commands: z.array(z.string().min(1).max(30)).max(20).optional(),
        })
        .meta({ description: 'where, and persona, allow, deny, when_denied, pairing or commands' }),
    )
    .max(500)
    .default([]),
  slack: z
    .strictObject({
      /** In a thread it takes part in, without a new mention: `alone` while one person is there, `always`, or on `mention` only. */
      thread_replies: z.enum(['alone', 'always', 'mention']).default('alone'),
      streaming: z.boolean().default(true),
      /** `agent` (agent_view), `assistant` (assistant_view), or `plain` (neither is in the app's manifest). */
      surface: z.enum(['agent', 'assistant', 'plain']).default('agent'),
      feedback_buttons: z.boolean().default(true),
    })
    .prefault({}),
  discord: z
    .strictObject({
      /** In a thread it was called into: every message, or on a mention only. */
      thread_replies: z.enum(['always', 'mention']).default('always'),
      /** A mention in a channel opens a thread, in place of a chain of replies. */
      open_threads: z.boolean().default(false),
      streaming: z.boolean().default(true),
    })
    .prefault({}),
  whatsapp_web: z
    .strictObject({
      /** In groups, a message that begins with this is for the assistant too, beside mentions and replies. */
      group_prefix: z.string().min(1).max(20).optional(),
      /** Ids of the chats that are answered, such as 4915112345678@c.us; empty: all. */
      allowed_chats: z.array(z.string().min(1).max(100)).default([]),
      streaming: z.boolean().default(false),
      messages_per_minute: z.number().int().min(1).max(600).default(12),
    })
    .prefault({}),
  web: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Origins whose pages may embed the assistant by `/embed.js`. */
      allowed_origins: z.array(origin).default([]),
      /** Names under which a server that listens on loopback may be called. */
      allowed_hosts: z.array(hostName).default([]),
      messages_per_minute: z.number().int().min(1).max(1_000_000).default(20),
      /** Text that one network address may send in an hour; half of it at once. */
      kilobytes_per_hour: z.number().int().min(64).max(10_000_000).default(8_192),
      /** Answers to the web chat that one worker process writes at once; half of `workers.concurrency` without it. */
      concurrency: z.number().int().min(1).max(2_000).optional(),
      max_request_bytes: z.number().int().min(1_024).max(100_000_000).default(1_100_000),
      trust_proxy: z.boolean().default(false),
    })
    .prefault({}),
  workers: z
    .strictObject({
      concurrency: z.number().int().min(1).max(2_000).default(100),
      shutdown_timeout: duration('0s', '1h').prefault('20s'),
      /** A job whose worker was silent for this long is given to another. */
      stalled_after: duration('1s', '10m').prefault('6s'),
    })
    .prefault({}),
  queue: z
    .strictObject({
      /** How often conversations are looked for in which something waits and no job does. */
      sweep_every: duration('1s', '1h').prefault('30s'),
      shards: z.number().int().min(1).max(64).default(1),
      prefix: z
        .string()
        .regex(/^[a-z0-9_-]{1,32}$/)
        .meta({ description: '1 to 32 of the characters a to z, 0 to 9, - and _' })
        .default('chasqui'),
    })
    .prefault({}),
  analytics: z
    .strictObject({
      /** Whether turns, people and cost are counted for the operators' page. */
      enabled: z.boolean().default(true),
      /** How long figures of days, and the unreadable ids of people, are kept. */
      keep: duration('7d', '800d').prefault('100d'),
      /** How long single turns can be looked up, without what was said. */
      turns_keep: duration('1h', '400d').prefault('30d'),
      turns_most: z.number().int().min(100).max(10_000_000).default(100_000),
      people_most: z.number().int().min(100).max(10_000_000).default(200_000),
      /** Channels and workspaces with figures of their own, each day; the rest are counted together. */
      names_most: z.number().int().min(1).max(10_000).default(200),
    })
    .prefault({}),
  ops: z
    .strictObject({
      /** Whether operators may look at what was said, one turn at a time; each look is written to the audit log. */
      show_content: z.boolean().default(false),
      /** US dollars for a calendar month; the page shows what is left. Nothing is stopped when it is spent. */
      monthly_budget: z.number().min(0).max(10_000_000).optional(),
      /** How long a login lasts. */
      session: duration('5m', '30d').prefault('12h'),
      /** Audit entries kept. */
      audit_most: z.number().int().min(100).max(1_000_000).default(10_000),
      /** The header in which a proxy names who logged in (OpenID Connect); off without it. */
      proxy_user_header: z
        .string()
        .regex(/^[a-z0-9-]{1,60}$/i)
        .meta({ description: 'the name of a header, such as x-auth-request-email' })
        .optional(),
      /** Where the proxy's connections come from; the header is believed from there only. */
      proxy_addresses: z
        .array(z.string().refine((text) => isIP(text) !== 0))
        .meta({ description: 'a list of IP addresses' })
        .default(['127.0.0.1', '::1']),
      /** Users who may act; all others whom the proxy lets through may look. */
      proxy_operators: z.array(z.string().min(1).max(200)).default([]),
      digest: z.enum(['off', 'day', 'week']).default('off'),
      /** The hour (UTC) at which it is posted; weekly ones on Mondays. */
      digest_hour: z.number().int().min(0).max(23).default(8),
      /** Where to: a platform's name and its id of a channel. */
      digest_to: z
        .string()
        .regex(/^[a-z-]+:[\w.@-]{1,100}$/)
        .meta({ description: "a platform's name and its id of a channel, such as slack:C0123456789" })
        .optional(),
    })
    .prefault({}),
  logs: z.strictObject({ content: z.boolean().default(false) }).prefault({}),
});
export type FileConfig = z.infer<typeof FileSchema>;

/** The whole configuration, checked. `env` holds the variables, the rest is the YAML file's sections. */
export interface Config extends FileConfig {
  env: Env;
  roles: ReadonlySet<Role>;
  /** The keys of `hosts`, by the host's name; those that have one. */
  hostKeys: Readonly<Record<string, string>>;
  /** Values that must never reach a log. */
  secrets: readonly string[];
  /** Where a setting stands that is not left at its default: `environment`, `.env, line 3`, `config/chasqui.yaml, line 7`. */
  sources: Readonly<Record<string, string>>;
}
