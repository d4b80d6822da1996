import { describePlatforms } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { createMask } from '../log/mask.ts';
import type { Model } from '../models/model.ts';
import type { Chasqui } from './start.ts';

/** What a person needs to know once Chasqui runs: where it is, what is on, what the rest needs, which model answers. */
export async function printBanner(options: {
  config: Config;
  chasqui: Chasqui;
  models: readonly Model[];
  tookMs: number;
}): Promise<void> {
  const { config, chasqui, models } = options;
  const parts = new Map((await chasqui.parts()).map((part) => [part.name, part]));
  const lines = [`${config.assistant.name} is up (${(options.tookMs / 1_000).toFixed(1)} s)`, ''];
  if (parts.has('web')) lines.push(row('Open', chasqui.address));
  for (const platform of describePlatforms(config)) {
    lines.push(row(platform.label, platform.on ? stateOf(parts.get(platform.name)) : `off: ${platform.needs}`));
  }
  const [first, ...others] = models;
  if (first) lines.push(row('Model', `${first.label}, ${first.host} (licence: ${first.licence})`));
  for (const model of others) lines.push(row('', `then ${model.label}, ${model.host}`));
  const redis = parts.get('redis');
  if (redis && !redis.ready) lines.push(row('Redis', `away: ${redis.detail}`));
  // The only place where the key is shown. Who has the link is an operator.
  const link = `${chasqui.address}/ops${chasqui.opsKey ? `?key=${chasqui.opsKey}` : ''}`;
  const mask = createMask(config.secrets);
  console.log(
    `\n${[...lines.map(mask), row('Operators', config.roles.has('ops') ? link : 'not in this process')].map((line) => `  ${line}`.trimEnd()).join('\n')}\n`,
  );
}

function row(name: string, value: string): string {
  return `${name.padEnd(14)}${value}`;
}

function stateOf(part: { ready: boolean; detail: string } | undefined): string {
  if (!part) return 'on, received by another process (ROLES)';
  return part.ready ? `on, ${part.detail}` : `not connected yet: ${part.detail}`;
}
