/** Personas and places follow their files while Chasqui runs; everything else takes a restart. */
import { unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ConfigReport, describeProblem, inspectConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import type { Logger } from '../log/logger.ts';
import type { Model } from '../models/model.ts';
import type { Personas } from '../persona/personas.ts';
import { createPersonaModels } from './persona-models.ts';

/** An edit counts within two seconds; looking is a `stat` of each file. */
const LOOK_EVERY_MS = 700;

/**
 * A good edit counts at once; a bad one changes nothing, and is told in the log and to operators.
 * @param options.chasqui.settingsProblem is given the newest problem, or null
 * @returns a function that ends it
 */
export function watchSettings(options: {
  config: Config;
  chasqui: { personas: Personas; settingsProblem(problem: string | null): void };
  models: readonly Model[];
  log: Logger;
  everyMs?: number;
  /** Reads the settings again; default: as the process did at its start. */
  read?(): ConfigReport;
}): () => void {
  const { chasqui, log, everyMs = LOOK_EVERY_MS, read = inspectConfig } = options;
  const main = resolve(options.config.env.CHASQUI_CONFIG);
  let models = options.models;
  let watched: string[] = [];
  let ended = false;
  let changing = Promise.resolve();

  function watchThese({ personas }: Pick<Config, 'personas'>): void {
    const files = Object.values(personas).flatMap(({ instructions_file: file }) =>
      file ? [resolve(dirname(main), file)] : [],
    );
    const wanted = ended ? [] : [...new Set([main, ...files])];
    for (const file of watched) if (!wanted.includes(file)) unwatchFile(file, changed);
    for (const file of wanted)
      if (!watched.includes(file)) watchFile(file, { interval: everyMs, persistent: false }, changed);
    watched = wanted;
  }

  async function take(): Promise<void> {
    const { config, problems } = read();
    try {
      const [first] = problems;
      if (first) throw new Error(problems.map(describeProblem).join('; '));
      models = [...models, ...(await createPersonaModels({ config, known: models, log }))];
      chasqui.personas.change(config, models);
      watchThese(config);
      chasqui.settingsProblem(null);
      log.info({ file: main }, 'personas and places were read again');
    } catch (error) {
      const problem = (error as Error).message;
      chasqui.settingsProblem(problem);
      log.error({ file: main, problem }, 'a changed file has mistakes; the settings from before still count');
    }
  }

  function changed(): void {
    // One after another: editors write several times in a row.
    changing = changing.then(take);
  }

  watchThese(options.config);
  return () => {
    ended = true;
    watchThese({ personas: {} });
  };
}
