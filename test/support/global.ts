/** Once for the whole run: one Redis that the test files share. Each file keeps to a key prefix of its own. */
import type { TestProject } from 'vitest/node';
import { startRedis } from './redis.ts';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.close();
}
