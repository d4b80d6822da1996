/** The models that personas name beside those of MODEL. */
import type { Config } from '../../config/schema.ts';
import type { Logger } from '../log/logger.ts';
import { createModels } from '../models/create.ts';
import type { Model } from '../models/model.ts';

/**
 * @param known those that are built already
 * @throws ConfigError
 */
export async function createPersonaModels(options: {
  config: Pick<Config, 'models' | 'roles' | 'env' | 'personas'>;
  known: readonly Model[];
  log: Logger;
}): Promise<Model[]> {
  const { config, known, log } = options;
  const named = Object.values(config.personas).flatMap(({ models = [] }) => models.map((name) => name.trim()));
  const missing = [...new Set(named)].filter((name) => !known.some(({ id }) => id === name));
  if (missing.length === 0) return [];
  return createModels({ config: { ...config, env: { ...config.env, MODEL: missing.join(',') } }, log });
}
