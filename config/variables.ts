/** The variables of Chasqui itself; a platform's are in `adapters/<platform>/settings.ts`. In the groups in which people read them. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { memory, password, secret, url } from '../src/settings/fields.ts';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import { parseRedisUrl } from './redis-url.ts';

const redisUrl = z
  .string()
  .refine((text) => parseRedisUrl(text) !== null)
  .meta({
    description:
      'redis://host:6379, or rediss://host:6379 for TLS, with user:password@ before the host where it asks for them (special characters as %40, %2F, …); redis-sentinel://host:26379,host:26379/master, or redis-cluster://host:6379,host:6379; unix:///path/to/socket',
  });

const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text))
  .meta({
    description: 'an address or a host name to listen on, such as 127.0.0.1 or 0.0.0.0, without http:// or port',
  });

export const modelVariables = {
  MODEL: z.string().optional().meta({
    meaning:
      'The models, as `provider:model`; of several with commas between them the next is asked when one fails. Providers: `cloudflare`, `bedrock`, `openai` (any host that speaks OpenAI’s API), `offline` (a stand-in without a model), and the names in `hosts`. Example: `cloudflare:@cf/meta/llama-4-scout-17b-16e-instruct`',
    unset: 'a model server on this machine (Ollama, llama.cpp, LM Studio, vLLM) if there is one, else `offline:`',
  }),
  CLOUDFLARE_ACCOUNT_ID: z.string().optional().meta({
    meaning: "Cloudflare Workers AI: the account's id",
    source: 'dash.cloudflare.com, "Workers AI", "Use REST API"',
  }),
  CLOUDFLARE_API_TOKEN: secret.optional().meta({
    meaning: 'Its API token',
    source:
      'on the same page, "Create a Workers AI API Token"; a token made by hand needs Workers AI: Read and Workers AI: Edit',
  }),
  CLOUDFLARE_API_URL: url
    .default('https://api.cloudflare.com/client/v4')
    .meta({ meaning: "Another address of Cloudflare's API, for a proxy or a test host" }),
  CLOUDFLARE_AI_GATEWAY: z
    .string()
    .optional()
    .meta({ meaning: 'The id of an AI Gateway that calls go through', source: 'dash.cloudflare.com, "AI Gateway"' }),
  // Other tools use AWS_… too, so their form is looked at only where MODEL names bedrock:.
  AWS_REGION: z.string().optional().meta({
    meaning: 'Amazon Bedrock: the region, such as `us-east-1`',
    source: '"Supported models" in Bedrock’s user guide',
  }),
  AWS_BEARER_TOKEN_BEDROCK: secret.optional().meta({
    meaning:
      'A Bedrock API key; goes before the credentials below. Without one AWS’s usual credentials are used: the three variables and the profile below, the shared files (`~/.aws`), or the role of the container, pod or instance that Chasqui runs in',
    source: 'Bedrock’s console, "API keys"',
  }),
  AWS_PROFILE: z.string().optional().meta({
    meaning: 'A profile of `~/.aws/config` or `~/.aws/credentials`; goes before the keys below',
  }),
  AWS_ACCESS_KEY_ID: secret.optional().meta({
    meaning: 'An access key. It needs the right to `bedrock:InvokeModelWithResponseStream`',
    source: 'IAM’s console, the user’s "Security credentials"',
    unset: 'AWS’s usual chain',
  }),
  AWS_SECRET_ACCESS_KEY: secret
    .optional()
    .meta({ meaning: 'Its secret', source: 'IAM shows it once, beside the access key' }),
  AWS_SESSION_TOKEN: secret.optional().meta({
    meaning: 'Its session token, only with temporary keys',
    source: 'what `aws configure export-credentials` prints',
  }),
  BEDROCK_URL: url.optional().meta({
    meaning: 'Another address of Bedrock’s runtime, for a proxy, a VPC endpoint or a test host',
    unset: 'the region’s own',
  }),
  OPENAI_BASE_URL: url.optional().meta({
    meaning:
      'An OpenAI-compatible host (Together, vLLM, llama.cpp, Ollama), up to and with `/v1`, such as `http://127.0.0.1:11434/v1` for Ollama on this machine',
    source: 'its documentation',
  }),
  OPENAI_API_KEY: secret
    .optional()
    .meta({ meaning: 'Its key, if it wants one; local servers mostly need none', source: 'the host' }),
};

export const operatorVariables = {
  OPS_PASSWORD: password(8).optional().meta({
    meaning: 'For `/ops` and `/metrics`, to look and to act: made up by you, at least 8 characters',
    unset: 'the start prints a link with a key that opens them',
  }),
  OPS_VIEWER_PASSWORD: password(8).optional().meta({
    meaning: 'A second password for `/ops` that lets people look and not act: made up by you, at least 8 characters',
  }),
  METRICS_TOKEN: password(8).optional().meta({
    meaning: 'For `/metrics` alone; Prometheus sends it as bearer token. Made up by you, at least 8 characters',
    unset: 'what opens `/ops`',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional().meta({
    meaning: 'Where OpenTelemetry traces go (OTLP over HTTP), such as `http://127.0.0.1:4318`',
    source: "your collector's documentation",
    unset: 'no traces are made',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: secret.optional().meta({
    meaning: 'Headers for it, such as an API key, as `name=value,name=value`',
    source: 'whoever runs the collector',
  }),
};

export const processVariables = {
  REDIS_URL: redisUrl.optional().meta({
    meaning:
      '`redis://host:6379`, `redis://user:password@host:6379/0`, or `rediss://` for TLS. With Sentinel: `redis-sentinel://host:26379,host:26379/master`. A Cluster: `redis-cluster://host:6379,host:6379`. A Unix socket: `unix:///path/to/socket`. Special characters in the password as in any address: `@` is `%40`',
    source: 'whoever runs your Redis or Valkey',
    unset: 'Chasqui starts a private one, in `DATA_DIR`',
  }),
  REDIS_MAXMEMORY: memory.optional().meta({
    meaning:
      "How much the private Redis, or Compose's, may hold, such as `512mb` or `2gb`; at least `32mb`. At 80 % the web chat closes, at 100 % Redis takes no message",
    unset: 'half of the machine’s memory; with Compose 512mb',
  }),
  HOST: host.default('127.0.0.1').meta({
    meaning: 'The address to listen on: the default is this machine only, `0.0.0.0` every address',
  }),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000).meta({
    meaning: 'The port for all of HTTP; 0 takes any free one',
  }),
  ROLES: z
    .string()
    .optional()
    .meta({
      meaning: `Which parts this process runs, with commas: ${[...Object.keys(PLATFORM_SETTINGS), 'worker', 'ops'].map((role) => `\`${role}\``).join(', ')}`,
      unset: 'all that is configured',
    }),
  DATA_DIR: z.string().min(1).default('.data').meta({
    meaning: "Where the private Redis, the operators' key and a linked WhatsApp device keep their data",
  }),
  CHASQUI_CONFIG: z
    .string()
    .min(1)
    .default('config/chasqui.yaml')
    .meta({ meaning: 'Another YAML file; it must then exist' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ meaning: 'How much is logged: `trace`, `debug`, `info`, `warn`, `error` or `silent`' }),
  PLATFORM_LIMITS: z.enum(['on', 'off']).default('on').meta({
    meaning:
      "`off`: send without pacing by each platform's published limits, for a test host. A platform that asks to wait is obeyed either way",
  }),
};
