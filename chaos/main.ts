/** `npm run chaos`: a storm on Chasqui's real processes, and what a person would complain about afterwards. */
import { type Options, readOptions, USAGE, UsageError } from './options.ts';
import { runPeerStorm } from './peer.ts';
import { playable } from './people/stages.ts';
import { prove } from './prove.ts';
import { harm, reportOf } from './report.ts';
import { forgetStorm, runStorm } from './storm.ts';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  if (!options.prove) return storm(options);
  return (await prove(options.seed, options.only, console.log)) ? 0 : 1;
}

async function storm(options: Options): Promise<number> {
  const { platforms, leftOut } = await playable(options.platforms);
  for (const line of leftOut) console.log(line);
  if (platforms.length === 0) throw new UsageError('no platform is left to storm');
  const settings = { ...options, platforms, say: console.log };
  const { peer } = options;
  const result = await (peer ? runPeerStorm(peer, settings) : runStorm(settings));
  console.log(`\n${reportOf(result)}`);
  if (harm(result).length > 0) return 1;
  await forgetStorm(result.folder);
  return 0;
}

// What was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 2;
}
