/** `npm start`: everything that is configured, in this process (or the parts that `ROLES` names). */
import { loadConfig } from '../../config/load.ts';
import { createLogger } from '../log/logger.ts';
import { openLogStream } from '../log/stream.ts';
import { createModels } from '../models/create.ts';
import { openRedis } from '../redis/open.ts';
import { printBanner } from './banner.ts';
import { giveBackMemoryOnceSettled } from './memory.ts';
import { exitOnProblems, stopOnSignals, surviveStrayRejections } from './process.ts';
import { startChasqui } from './start.ts';

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
const redis = await exitOnProblems(() => openRedis({ config, log }));
const starting = exitOnProblems(() => startChasqui({ config, redisUrl: redis.url, models, log }), redis.close);
// Before it is up: a worker takes turns as soon as it can, and a signal must not cut them off.
stopOnSignals(log, async () => {
  await (await starting).stop();
  await redis.close();
});
const chasqui = await starting;
await printBanner({ config, chasqui, models, tookMs: performance.now() - startedAt });
giveBackMemoryOnceSettled(log);
