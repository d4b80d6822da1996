/** `npm run chat`: the assistant in the terminal, through the same queue and worker. Ctrl-C stops an answer, then ends. */
import { createInterface } from 'node:readline/promises';
import { createTerminalAdapter } from '../../adapters/terminal/index.ts';
import { loadConfig, withoutPlatforms } from '../../config/load.ts';
import { createLogger } from '../log/logger.ts';
import { createModels } from '../models/create.ts';
import { openRedis } from '../redis/open.ts';
import { exitOnProblems, stopOnSignals } from './process.ts';
import { startChasqui } from './start.ts';

const loaded = await exitOnProblems(() => loadConfig());
const config = {
  ...loaded,
  // No other platform's code is loaded, and the port may be taken by a running Chasqui.
  env: {
    ...loaded.env,
    PORT: 0,
    ...withoutPlatforms(),
  },
  web: { ...loaded.web, enabled: false },
  // A queue of its own, so that a running Chasqui's workers do not take the terminal's turns.
  queue: { ...loaded.queue, prefix: `${loaded.queue.prefix}-terminal-${process.pid}` },
  roles: new Set(['worker'] as const),
};
const level = process.env.LOG_LEVEL ? config.env.LOG_LEVEL : 'warn';
const log = createLogger({ level, secrets: config.secrets });
const models = await exitOnProblems(() => createModels({ config, log }));
const redis = await exitOnProblems(() => openRedis({ config, log }));

const [model] = models;
console.log(`${config.assistant.name} · ${model?.label}, ${model?.host} · /help for commands, Ctrl-D to leave\n`);
const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'you › ' });
const terminal = createTerminalAdapter({ lines, write: (text) => process.stdout.write(text) });
const chasqui = await exitOnProblems(
  () => startChasqui({ config, redisUrl: redis.url, models, log, extra: [terminal] }),
  redis.close,
);

let stopping: Promise<void> | undefined;
function stop(): Promise<void> {
  stopping ??= (async () => {
    // What was said here is nobody's business afterwards, and the next chat has another queue.
    await chasqui.conversations.erase(terminal.conversation);
    await Promise.all(chasqui.queue.queues.map((queue) => queue.obliterate({ force: true })));
    await chasqui.stop();
    await redis.close();
  })();
  return stopping;
}
stopOnSignals(log, stop);
await terminal.done;
await stop();
process.exit(0);
