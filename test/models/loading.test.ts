/** What a process has to carry: no package of a provider that it does not ask. */
import { registerHooks } from 'node:module';
import { expect, test } from 'vitest';
import { createModels } from '../../src/models/create.ts';
import { startBedrockDouble } from '../doubles/bedrock/bedrock.ts';
import { startOpenAiDouble } from '../doubles/models/openai.ts';
import { ask, configOf, log, SCOUT } from './support.ts';

test("a provider's packages are loaded when it is first asked, AWS's chain only without a token", async () => {
  const packages = new Set<string>();
  const hooks = registerHooks({
    load(url, context, next) {
      packages.add(/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ?? url);
      return next(url, context);
    },
  });
  const [local, bedrock] = [await startOpenAiDouble({}), await startBedrockDouble({ bearer: 'a-bearer' })];
  const env = {
    MODEL: `openai:llama,bedrock:${SCOUT}`,
    OPENAI_BASE_URL: local.url,
    AWS_REGION: 'us-east-1',
    AWS_BEARER_TOKEN_BEDROCK: 'a-bearer',
    BEDROCK_URL: bedrock.url,
  };
  const [first, second] = await createModels({ config: configOf(env), log });
  if (!first || !second) throw new Error('two models are configured');
  await ask(first);
  expect([...packages].filter((name) => /^@(ai-sdk|aws-sdk|smithy)/.test(name))).toEqual([]);
  expect((await ask(second)).error).toBeUndefined();
  expect([...packages]).toContain('@ai-sdk/amazon-bedrock');
  expect([...packages].filter((name) => name.startsWith('@aws-sdk'))).toEqual([]);
  hooks.deregister();
  await Promise.all([local.close(), bedrock.close()]);
});
