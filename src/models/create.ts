import { ConfigError, type Problem } from '../../config/problem.ts';
import type { Config, Env } from '../../config/schema.ts';
import type { Logger } from '../log/logger.ts';
import type { AwsSettings } from './aws-keys.ts';
import { createBedrockModel } from './bedrock.ts';
import { catalog, unknownOf } from './catalog.ts';
import { createCloudflareModel } from './cloudflare.ts';
import { findLocalModel, type LocalServer } from './local.ts';
import type { Model } from './model.ts';
import { createOfflineModel } from './offline.ts';
import { createOpenAiModel } from './openai.ts';
import { type ModelRef, type Provider, parseModels } from './parse.ts';
import type { Timeouts } from './timeouts.ts';
import { readWindow, withWindow } from './window.ts';

export type ModelEnv = Pick<
  Env,
  | 'MODEL'
  | 'CLOUDFLARE_ACCOUNT_ID'
  | 'CLOUDFLARE_API_TOKEN'
  | 'CLOUDFLARE_API_URL'
  | 'CLOUDFLARE_AI_GATEWAY'
  | 'AWS_REGION'
  | 'AWS_BEARER_TOKEN_BEDROCK'
  | 'AWS_PROFILE'
  | 'AWS_ACCESS_KEY_ID'
  | 'AWS_SECRET_ACCESS_KEY'
  | 'AWS_SESSION_TOKEN'
  | 'BEDROCK_URL'
  | 'OPENAI_BASE_URL'
  | 'OPENAI_API_KEY'
>;

/** What each provider cannot do without, and what to put there. */
const NEEDS: Record<Provider, [keyof ModelEnv, string][]> = {
  cloudflare: [
    ['CLOUDFLARE_ACCOUNT_ID', "the account's id, from the Cloudflare dashboard under Workers AI, Use REST API"],
    ['CLOUDFLARE_API_TOKEN', 'an API token with the permissions Workers AI: Read and Edit, from the same page'],
  ],
  bedrock: [['AWS_REGION', 'the AWS region whose Bedrock is asked, such as us-east-1']],
  openai: [['OPENAI_BASE_URL', "the host's address with its /v1, such as http://127.0.0.1:11434/v1"]],
  offline: [],
};

/** What all models of a process share. */
interface Shared {
  timeouts: Timeouts;
  fetch: typeof fetch;
  preload: boolean;
}

/**
 * The chain of models that `MODEL` names, in its order. With no `MODEL`: a local model server's, if one answers, else
 * the offline stand-in. A provider's package is loaded when its model is first asked; the first model's at once in a
 * process that has the role `worker`.
 * @throws ConfigError naming every setting that is missing or wrong
 */
export async function createModels(options: {
  config: Pick<Config, 'models' | 'roles'> & Partial<Pick<Config, 'hosts' | 'hostKeys'>> & { env: ModelEnv };
  log: Logger;
  /** For tests; default: Node's. */
  fetch?: typeof fetch;
  /** For tests; default: the ports that Ollama and others take, asked for 300 ms. */
  local?: { servers?: readonly LocalServer[]; limitMs?: number };
}): Promise<Model[]> {
  catalog();
  const models = await createChain(options);
  for (const model of models) {
    const unknown = model.facts ? unknownOf(model) : [];
    if (unknown.length > 0) {
      const where = model.facts?.listed
        ? 'config/models.yaml does not tell all of it'
        : 'it is not in config/models.yaml';
      options.log.info({ model: model.id, unknown }, `${where}; not known: ${unknown.join(', ')}`);
    }
  }
  return models;
}

async function createChain(options: Parameters<typeof createModels>[0]): Promise<Model[]> {
  const { config, log, fetch = globalThis.fetch } = options;
  const { env } = config;
  const timeouts: Timeouts = {
    firstToken: config.models.first_token_timeout,
    betweenTokens: config.models.between_tokens_timeout,
    total: config.models.total_timeout,
  };
  const priced = (model: Model): Model => {
    const own = config.models.prices[model.id];
    const from = 'the configuration';
    return own ? { ...model, price: { inputUsd: own.input, outputUsd: own.output, from } } : model;
  };
  const own = config.models.context_tokens;
  const limitMs = options.local?.limitMs;
  const preload = config.roles.has('worker');
  if (!env.MODEL?.trim()) {
    const local = await findLocalModel({ ...options.local, fetch });
    if (!local) return [createOfflineModel()];
    log.info({ server: local.server, model: local.model }, 'MODEL is not set; a local model server answers');
    const model = priced(createOpenAiModel({ ...local, timeouts, fetch }));
    return [await withWindow(model, { read: () => readWindow({ ...local, fetch, limitMs }), own, log })];
  }
  const hosts = config.hosts ?? {};
  const { refs, problems } = checkModels(env, Object.keys(hosts));
  if (problems.length > 0) throw new ConfigError(problems);
  return Promise.all(
    refs.map((ref, at) => {
      const shared = { timeouts, fetch, preload: preload && at === 0 };
      if (ref.provider !== 'openai') return priced(createModel(ref.provider, ref.model, env, shared));
      const named = ref.host === undefined ? undefined : hosts[ref.host];
      const server = {
        model: ref.model,
        baseUrl: named?.url ?? (env.OPENAI_BASE_URL as string),
        apiKey: ref.host === undefined ? env.OPENAI_API_KEY : config.hostKeys?.[ref.host],
      };
      const model = priced(createOpenAiModel({ ...shared, ...server, name: ref.host }));
      // Hosts on the internet are behind TLS and have none of a local server's addresses.
      const read = server.baseUrl.startsWith('http:') ? () => readWindow({ ...server, fetch, limitMs }) : null;
      return withWindow(model, { read, own, log });
    }),
  );
}

/** @returns the models that `MODEL` names, and everything that is missing or wrong about them */
function checkModels(env: ModelEnv, hosts: readonly string[]): { refs: ModelRef[]; problems: Problem[] } {
  const { refs, problems } = parseModels(env.MODEL ?? '', hosts);
  for (const provider of new Set(refs.flatMap((ref) => (ref.host === undefined ? [ref.provider] : [])))) {
    for (const [setting, wants] of NEEDS[provider]) {
      if (!env[setting]) problems.push({ setting, wants: `is missing, for MODEL names ${provider}:; wants ${wants}` });
    }
  }
  return { refs, problems };
}

function createModel(provider: Exclude<Provider, 'openai'>, model: string, env: ModelEnv, shared: Shared): Model {
  switch (provider) {
    case 'cloudflare':
      return createCloudflareModel({
        ...shared,
        model,
        accountId: env.CLOUDFLARE_ACCOUNT_ID as string,
        apiToken: env.CLOUDFLARE_API_TOKEN as string,
        apiUrl: env.CLOUDFLARE_API_URL,
        gateway: env.CLOUDFLARE_AI_GATEWAY,
      });
    case 'bedrock':
      return createBedrockModel({
        ...shared,
        model,
        aws: awsOf(env),
        url: env.BEDROCK_URL,
        bearer: env.AWS_BEARER_TOKEN_BEDROCK,
      });
    case 'offline':
      return createOfflineModel();
  }
}

function awsOf(env: ModelEnv): AwsSettings {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return {
    region: env.AWS_REGION as string,
    profile: env.AWS_PROFILE,
    ...(accessKeyId && secretAccessKey
      ? { keys: { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN } }
      : {}),
  };
}
