/** `npm run doctor`: looks at everything that Chasqui stands on, a line each; ends with 1 if anything is wrong. */
import { parseArgs } from 'node:util';
import { inspectConfig } from '../../config/load.ts';
import { exitCode, type Finding, runDoctor } from '../doctor/doctor.ts';
import { modelProbe } from '../doctor/models.ts';
import { platformProbe } from '../doctor/platforms.ts';
import { formatFinding, formatSummary, wantsColour } from '../doctor/print.ts';
import { redisProbe } from '../doctor/redis.ts';
import { configurationProbe, nodeProbe, portProbe, proxyProbe, unless } from '../doctor/system.ts';
import { createLogger } from '../log/logger.ts';
import { createMask } from '../log/mask.ts';
import { createModels } from '../models/create.ts';
import { findServer } from '../redis/launch.ts';
import { openRedis } from '../redis/open.ts';
import { exitOnProblems } from './process.ts';
import { createChecks } from './start.ts';

const { values: flags } = await exitOnProblems(() => parseArgs({ options: { json: { type: 'boolean' } } }));
const report = inspectConfig();
const { config, problems } = report;
const { env } = config;
const log = createLogger({ level: 'silent', secrets: config.secrets });

let opened: ReturnType<typeof openRedis> | undefined;
/** The Redis that all checks share; a private one is started once, and stopped at the end. */
function redis(): ReturnType<typeof openRedis> {
  if (problems.some(({ setting }) => setting === 'REDIS_URL')) return Promise.reject(new Error('REDIS_URL is wrong'));
  opened ??= openRedis({ config, log });
  return opened;
}
const models = createModels({ config, log });
models.catch(() => {}); // Its failure is told by the model's check.
const closings: (() => unknown)[] = [];

const probes = [
  nodeProbe(process.versions.node),
  proxyProbe(process.env),
  configurationProbe(report),
  unless(
    redisProbe({
      prefix: config.queue.prefix,
      open: async () => (await redis()).url,
      binary: env.REDIS_URL ? undefined : () => findServer(),
    }),
    report,
    ['REDIS_URL'],
  ),
  unless(portProbe({ host: env.HOST, port: env.PORT }), report, ['HOST', 'PORT']),
  platformProbe({
    async create() {
      // A platform can be asked without Redis; that it is away is told by its own check.
      const { url } = await redis().catch(() => ({ url: 'redis://127.0.0.1:6379' }));
      const known = await models.catch(() => []);
      const { adapters, close } = await createChecks({ config, redisUrl: url, models: known, log });
      closings.push(close);
      return adapters;
    },
  }),
  unless(modelProbe({ create: () => models }), report, ['MODEL']),
];

const mask = createMask(config.secrets);
const safe = (finding: Finding): Finding => JSON.parse(mask(JSON.stringify(finding)));
const width = Math.max(...probes.map(({ area }) => area.length));
const colour = wantsColour(process.stdout, process.env);
const findings = await runDoctor({
  probes,
  report: (finding) => {
    if (!flags.json) console.log(formatFinding(safe(finding), { width, colour }));
  },
});
if (flags.json) console.log(JSON.stringify({ ok: exitCode(findings) === 0, findings: findings.map(safe) }, null, 2));
else console.log(`\n${formatSummary(findings)}`);

for (const close of closings) close();
if (opened) await opened.then(({ close }) => close()).catch(() => {}); // Its failure was told above.
// A check that hangs would hold the process.
process.exit(exitCode(findings));
