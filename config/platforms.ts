/** What each platform needs to be on, as its `adapters/<platform>/settings.ts` says it. */
import type { PlatformSettings, Way as WayOf } from '../src/settings/platform.ts';
import type { Environment } from './environment.ts';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import type { Problem } from './problem.ts';
import { type Config, type FileConfig, PLATFORMS, type Platform, type Role, type Variable } from './schema.ts';
import { oneOf } from './suggest.ts';

export type Way = WayOf<Variable>;

/** What a platform needs, with the variables' names as all of Chasqui knows them. */
export function needsOf(platform: Platform): Pick<PlatformSettings, 'label' | 'howTo' | 'switch'> & {
  ways: readonly Way[];
  toSend: readonly Variable[];
} {
  return PLATFORM_SETTINGS[platform];
}

export type Values = Partial<Record<Variable, unknown>>;

const isSet = (values: Values, name: Variable) => values[name] !== undefined;

/** Whether a platform has all that it needs to receive. */
export function isConfigured(platform: Platform, values: Values, file: FileConfig): boolean {
  const { ways } = needsOf(platform);
  if (!isSwitchedOn(platform, file)) return false;
  return ways.length === 0 || ways.some((way) => way.variables.every((name) => isSet(values, name)));
}

function isSwitchedOn(platform: Platform, file: FileConfig): boolean {
  const { switch: toggle } = needsOf(platform);
  const section = toggle && (file[toggle.section as keyof FileConfig] as Record<string, unknown>);
  return !toggle || section?.[toggle.key] === true;
}

/** Whether a process can reply on a platform: a worker needs less than a receiver. */
export function canSend(platform: Platform, { env, ...file }: Config): boolean {
  return isSwitchedOn(platform, file) && needsOf(platform).toSend.every((name) => isSet(env, name));
}

/** The variables that switch platforms on, unset: for a process that is to load none of them. */
export function withoutPlatforms(): Partial<Record<Variable, undefined>> {
  return Object.fromEntries(PLATFORMS.flatMap((name) => needsOf(name).toSend).map((name) => [name, undefined]));
}

/**
 * What is missing when a service has only part of what it needs.
 * @returns null when all or nothing is set
 */
export function whatIsMissing(ways: readonly Way[], values: Values): { has: Variable[]; needs: string } | null {
  const has = [...new Set(ways.flatMap((way) => way.variables))].filter((name) => isSet(values, name));
  const missing = ways.map((way) => ({ way, names: way.variables.filter((name) => !isSet(values, name)) }));
  if (has.length === 0 || missing.some(({ names }) => names.length === 0)) return null;
  const least = Math.min(...missing.map(({ names }) => names.length));
  const nearest = missing.filter(({ names }) => names.length === least);
  const choices = new Set(nearest.map(({ names }) => oneOf(names, 'and')));
  const needs =
    choices.size === 1 ? [...choices] : nearest.map(({ way, names }) => `${oneOf(names, 'and')} (for ${way.name})`);
  return { has, needs: oneOf(needs) };
}

/**
 * Platforms that have only half of what they need. Who only sends for a platform needs less.
 * @param told variables with a problem of their own: what else is missing shows once that is solved
 */
export function checkPlatforms(
  values: Values,
  { where }: Environment,
  options: { asked: ReadonlySet<Role> | null; told: ReadonlySet<string> },
): Problem[] {
  const { asked, told } = options;
  return PLATFORMS.flatMap((platform) => {
    const { ways, toSend } = needsOf(platform);
    const missing = whatIsMissing(ways, values);
    const sendsOnly = asked !== null && !asked.has(platform) && toSend.every((name) => isSet(values, name));
    if (!missing || sendsOnly || missing.has.some((name) => told.has(name))) return [];
    return [
      {
        setting: oneOf(missing.has, 'and'),
        where: where(missing.has[0] as string),
        wants: `${missing.has.length > 1 ? 'are' : 'is'} set, but ${platform} also needs ${missing.needs}`,
      },
    ];
  });
}

/** Each platform: whether this process runs it, and if not the one thing that it needs (for the banner). */
export function describePlatforms(config: Config): { name: Platform; label: string; on: boolean; needs?: string }[] {
  return PLATFORMS.map((name) => {
    const { label, howTo } = needsOf(name);
    if (config.roles.has(name)) return { name, label, on: true };
    const configured = isConfigured(name, config.env, config);
    return { name, label, on: false, needs: configured ? `add ${name} to ROLES` : howTo };
  });
}
