import { type AwsKeys, type AwsSettings, createAwsKeys } from './aws-keys.ts';
import { checkedFrames } from './bedrock-answer.ts';
import { refusedByBedrock } from './bedrock-errors.ts';
import { aboutModel } from './catalog.ts';
import { parseJson } from './events.ts';
import { type Model, ModelError, type PromptMessage } from './model.ts';
import { createSdkModel } from './sdk-model.ts';
import type { Timeouts } from './timeouts.ts';

/** As the catalogue calls it. */
const BEDROCK = 'Amazon Bedrock';

/**
 * A model on Amazon Bedrock, through `@ai-sdk/amazon-bedrock` (`POST /model/:id/converse-stream`), which is loaded at the
 * first call, and AWS's credential chain only where neither a bearer token nor keys are given.
 * @param options.model a model's id, an inference profile's id (`us.meta.llama4-…`) or an ARN
 * @param options.url in place of the region's `bedrock-runtime` address
 * @param options.bearer a Bedrock API key, which goes before AWS credentials
 */
export function createBedrockModel(options: {
  model: string;
  aws: AwsSettings;
  url?: string;
  bearer?: string;
  timeouts: Timeouts;
  fetch: typeof fetch;
  preload?: boolean;
}): Model {
  const { model, aws, url, bearer, timeouts, fetch, preload } = options;
  const host = url ? `${BEDROCK} (${new URL(url).host})` : BEDROCK;
  // Filled when they are known: keys of the chain come and go.
  const secrets: string[] = bearer ? [bearer] : [];
  let findKeys: () => Promise<AwsKeys>;
  let keys: AwsKeys;

  const send: typeof globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const prompt = () => promptIn(init?.body);
    if (!response.ok) throw refusedByBedrock(response, await response.text(), { host, prompt: prompt() });
    const type = response.headers.get('content-type') ?? '';
    if (!response.body || !/eventstream|octet-stream/.test(type)) {
      await response.body?.cancel();
      const what = /html/.test(type) ? 'a page' : 'something else';
      throw new ModelError('broken', 'NO_STREAM', `${host} sent ${what} in place of an answer; is its address right?`);
    }
    return new Response(response.body.pipeThrough(checkedFrames(host, prompt)), response);
  };

  return createSdkModel({
    about: { id: `bedrock:${model}`, host, ...about(model) },
    timeouts,
    preload,
    secrets,
    async load() {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      if (!bearer) findKeys = await createAwsKeys(aws, host);
      const provider = createAmazonBedrock({
        region: aws.region,
        // Empty: the variable of the process is not asked, for the configuration has been.
        apiKey: bearer ?? '',
        credentialProvider: async () => keys,
        // Always given, for else the package takes AWS_ENDPOINT_URL, and people would be told a wrong host.
        baseURL: url ?? addressOf(aws.region),
        fetch: send,
      });
      return provider(model);
    },
    // Before the call, for the provider makes of whatever the chain throws an error that tells nothing.
    async prepare() {
      if (bearer) return;
      keys = await findKeys();
      const { accessKeyId, secretAccessKey, sessionToken = '' } = keys;
      secrets.splice(0, secrets.length, accessKeyId, secretAccessKey, sessionToken);
    },
  });
}

/** "Amazon Bedrock endpoints and quotas"; China's and the European sovereign cloud have domains of their own. */
function addressOf(region: string): string {
  const domain = region.startsWith('cn-')
    ? 'amazonaws.com.cn'
    : region.startsWith('eusc-')
      ? 'amazonaws.eu'
      : 'amazonaws.com';
  return `https://bedrock-runtime.${region}.${domain}`;
}

function about(model: string) {
  const known = aboutModel(BEDROCK, model);
  return known.facts?.listed ? known : { ...known, label: aboutModel(BEDROCK, plainName(model)).label };
}

/** "arn:…:inference-profile/us.meta.llama3-1-8b-instruct-v1:0" → "llama3.1-8b-instruct" */
function plainName(model: string): string {
  const id = model.split('/').at(-1) as string;
  const name = id.replace(/^([\w-]+\.)+(?=[a-z])/i, '').replace(/-v\d+(:\d+)*(:\w+)?$/, '');
  return name.replace(/(?<=\D\d)-(\d)(?=-)/, '.$1');
}

/** The texts of a request, for the comparison with what a refusal says; read at an error only. */
function promptIn(body: unknown): PromptMessage[] {
  interface Content {
    text?: string;
  }
  const { system = [], messages = [] } = (parseJson(String(body)) ?? {}) as {
    system?: Content[];
    messages?: { content: Content[] }[];
  };
  const parts = [...system, ...messages.flatMap(({ content }) => content)];
  return parts.map(({ text = '' }) => ({ role: 'user', content: text }));
}
