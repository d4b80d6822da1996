import { ROLES } from '../../config/schema.ts';
import { createLogger } from '../../src/log/logger.ts';
import { createModels, type ModelEnv } from '../../src/models/create.ts';
import type { Model, ModelEvent, PromptMessage } from '../../src/models/model.ts';
import { ModelError } from '../../src/models/model.ts';
import { startBedrockDouble } from '../doubles/bedrock/bedrock.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import type { Answer, Respond } from '../doubles/models/script.ts';
import type { ModelDouble } from '../doubles/models/server.ts';
import { startWorkersAiDouble } from '../doubles/models/workers-ai.ts';

export const LLAMA = '@cf/meta/llama-4-scout-17b-16e-instruct';
export const SECRET = 'test-secret-key-1234';

interface Limits {
  firstToken?: number;
  betweenTokens?: number;
  total?: number;
}

/** A configuration as `createModels` takes it; nothing waits longer than a test may. */
export function configOf(env: Partial<ModelEnv>, limits: Limits = {}) {
  const { firstToken = 60_000, betweenTokens = 60_000, total = 60_000 } = limits;
  return {
    env: { CLOUDFLARE_API_URL: 'https://api.cloudflare.com/client/v4', ...env },
    models: {
      first_token_timeout: firstToken,
      between_tokens_timeout: betweenTokens,
      total_timeout: total,
      retries: 0,
      prices: {},
    },
    roles: new Set(ROLES),
  };
}

export const log = createLogger({ level: 'silent' });

export interface Setup {
  double: ModelDouble;
  model: Model;
}

/** The doubles of hosts that write text, each with a model on it, so that one test can hold for both. */
export const HOSTS: Record<string, (answer: Answer | Respond, limits?: Limits) => Promise<Setup>> = {
  async cloudflare(answer, limits) {
    const double = await startWorkersAiDouble({ token: SECRET, answer });
    const env = {
      MODEL: `cloudflare:${LLAMA}`,
      CLOUDFLARE_ACCOUNT_ID: 'test-account',
      CLOUDFLARE_API_TOKEN: SECRET,
      CLOUDFLARE_API_URL: double.url,
    };
    const [model] = await createModels({ config: configOf(env, limits), log });
    return { double, model: model as Model };
  },
  async openai(answer, limits) {
    const double = await startOpenAiDouble({ apiKey: SECRET, answer });
    const env = { MODEL: 'openai:llama-test', OPENAI_BASE_URL: double.url, OPENAI_API_KEY: SECRET };
    const [model] = await createModels({ config: configOf(env, limits), log });
    return { double, model: model as Model };
  },
};

export const SCOUT = 'us.meta.llama4-scout-17b-instruct-v1:0';
export const ACCOUNT = {
  region: 'us-east-1',
  accessKeyId: 'AKIDEXAMPLE12345',
  secretAccessKey: SECRET,
  sessionToken: 'session/token+1234==',
};

/** A model on Bedrock's double, asked with keys. */
export async function startBedrock(
  answer: Answer | Respond,
  limits?: Limits,
  env: Partial<ModelEnv> = {},
): Promise<Setup> {
  const double = await startBedrockDouble({ account: ACCOUNT, answer });
  const keys = {
    AWS_ACCESS_KEY_ID: ACCOUNT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCOUNT.secretAccessKey,
    AWS_SESSION_TOKEN: ACCOUNT.sessionToken,
  };
  return { double, model: await bedrockAt(double.url, { ...keys, ...env }, limits) };
}

/** A model on Bedrock at an address, with the credentials that are given. */
export async function bedrockAt(url: string, env: Partial<ModelEnv>, limits?: Limits): Promise<Model> {
  const fixed = { MODEL: `bedrock:${SCOUT}`, AWS_REGION: ACCOUNT.region, BEDROCK_URL: url };
  const [model] = await createModels({ config: configOf({ ...fixed, ...env }, limits), log });
  return model as Model;
}

export interface Asked {
  text: string;
  pieces: number;
  end?: Extract<ModelEvent, { type: 'end' }>;
  error?: ModelError;
}

export const PROMPT: PromptMessage[] = [
  { role: 'system', content: 'You are a patient gardener.' },
  { role: 'user', content: 'When do I plant potatoes?' },
];

/** Asks and gathers what came, the `ModelError` too. Anything else that is thrown is thrown on. */
export async function ask(
  model: Model,
  options: { messages?: PromptMessage[]; signal?: AbortSignal; maxOutputTokens?: number } = {},
): Promise<Asked> {
  const { messages = PROMPT, signal = new AbortController().signal, maxOutputTokens = 100 } = options;
  const asked: Asked = { text: '', pieces: 0 };
  try {
    for await (const event of model.stream({ messages, maxOutputTokens, temperature: 0.5, signal })) {
      if (event.type === 'end') asked.end = event;
      else if (event.type === 'restart') asked.text = '';
      else {
        asked.text += event.text;
        asked.pieces++;
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    asked.error = error;
  }
  return asked;
}
