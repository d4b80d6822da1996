/** `npm start`: everything that is configured, in this process (or the parts that `ROLES` names). */
import { loadConfig } from '../../config/load.ts';
import { createLogger } from '../log/logger.ts';
import { openLogStream } from '../log/stream.ts';
import { createModels } from '../models/create.ts';
import { openRedis } from '../redis/open.ts';
import { printBanner } from './banner.ts';
import { giveBackMemoryOnceSettled } from './memory.ts';
import { createPersonaModels } from './persona-models.ts';
import { exitOnProblems, stopOnSignals, surviveStrayRejections } from './process.ts';
import { startChasqui } from './start.ts';
import { watchSettings } from './watch-settings.ts';

const startedAt = performance.now();
const config = await exitOnProblems(() => loadConfig());
const log = createLogger({
  level: config.env.LOG_LEVEL,
  secrets: config.secrets,
  stream: await openLogStream(),
});
surviveStrayRejections(log);
for (const warning of config.warnings) log.warn(warning);
const models = await exitOnProblems(() => createModels({ config, log }));
const more = await exitOnProblems(() => createPersonaModels({ config, known: models, log }));
const redis = await exitOnProblems(() => openRedis({ config, log }));
const starting = exitOnProblems(() => startChasqui({ config, redisUrl: redis.url, models, more, log }), redis.close);
// Before it is up: a worker takes turns as soon as it can, and a signal must not cut them off.
let stopWatching: (() => void) | undefined;
stopOnSignals(log, async () => {
  stopWatching?.();
  await (await starting).stop();
  await redis.close();
});
const chasqui = await starting;
stopWatching = watchSettings({ config, chasqui, models: [...models, ...more], log });
await printBanner({ config, chasqui, models, tookMs: performance.now() - startedAt });
giveBackMemoryOnceSettled(log);
