import type { Config, Role } from '../../config/schema.ts';
import { type Chasqui, startChasqui } from '../../src/app/start.ts';
import type { Model } from '../../src/models/model.ts';
import type { createTestPlatform } from '../doubles/platform.ts';
import { type CapturedLog, captureLog, testConfig } from './config.ts';
import { sharedRedis } from './redis.ts';

export interface TestChasqui extends Chasqui, CapturedLog {
  config: Config;
  redisUrl: string;
  /** For calls as an operator, where no password is set. */
  asOperator: { headers: { authorization: string } };
}

/** A whole Chasqui in this process, with platforms in memory and the given models. */
export async function startTestChasqui(options: {
  models: Model[];
  platforms?: ReturnType<typeof createTestPlatform>[];
  redisUrl?: string;
  prefix?: string;
  roles?: Role[];
  env?: Parameters<typeof testConfig>[0]['env'];
  sections?: Parameters<typeof testConfig>[0]['sections'];
}): Promise<TestChasqui> {
  const shared = sharedRedis();
  const redisUrl = options.redisUrl ?? shared.url;
  const config = testConfig({
    prefix: options.prefix ?? shared.prefix,
    roles: options.roles ?? ['worker'],
    ...(options.env ? { env: options.env } : {}),
    sections: { web: { enabled: options.roles?.includes('web') ?? false }, ...options.sections },
  });
  const captured = captureLog();
  const chasqui = await startChasqui({
    config,
    redisUrl,
    models: options.models,
    log: captured.log,
    extra: (options.platforms ?? []).map((platform) => platform.adapter),
  });
  const asOperator = { headers: { authorization: `Bearer ${chasqui.opsKey}` } };
  return { ...chasqui, ...captured, config, redisUrl, asOperator };
}
