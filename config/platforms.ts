/**
 * What each platform needs to be on. A new platform is one entry in `PLATFORM_NEEDS` and, where its tokens have a form
 * that tells them apart, lines in `tokens.ts`.
 */
import type { Environment } from './environment.ts';
import type { Problem } from './problem.ts';
import { type Config, type FileConfig, PLATFORMS, type Platform, type Role, type Variable } from './schema.ts';
import { oneOf } from './suggest.ts';

/** Variables that belong together: a service works when all variables of one of its ways are set. */
export interface Way {
  name: string;
  variables: Variable[];
}

interface PlatformNeeds {
  /** As people know it. */
  label: string;
  /** Ways to receive. Empty: the platform needs no variables. */
  ways: Way[];
  /** What a process needs that only sends (a worker without the receiver). */
  toSend: Variable[];
  /** The switch in the YAML file, if there is one. */
  switch?: { setting: string; on(file: FileConfig): boolean };
  /** What to do to have it. */
  howTo: string;
}

export const PLATFORM_NEEDS: Record<Platform, PlatformNeeds> = {
  slack: {
    label: 'Slack',
    ways: [
      { name: 'Socket Mode', variables: ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'] },
      { name: 'HTTP Events', variables: ['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET'] },
    ],
    toSend: ['SLACK_BOT_TOKEN'],
    howTo: 'set SLACK_BOT_TOKEN and SLACK_APP_TOKEN in .env (README: Slack in five minutes)',
  },
  discord: {
    label: 'Discord',
    ways: [{ name: 'Discord', variables: ['DISCORD_TOKEN'] }],
    toSend: ['DISCORD_TOKEN'],
    howTo: 'set DISCORD_TOKEN in .env (docs/discord.md)',
  },
  whatsapp: {
    label: 'WhatsApp',
    ways: [
      {
        name: 'the Cloud API',
        variables: [
          'WHATSAPP_ACCESS_TOKEN',
          'WHATSAPP_PHONE_NUMBER_ID',
          'WHATSAPP_APP_SECRET',
          'WHATSAPP_VERIFY_TOKEN',
        ],
      },
    ],
    toSend: ['WHATSAPP_ACCESS_TOKEN', 'WHATSAPP_PHONE_NUMBER_ID'],
    howTo: 'set WHATSAPP_ACCESS_TOKEN and what belongs to it in .env (docs/whatsapp.md)',
  },
  'whatsapp-web': {
    label: 'WhatsApp Web',
    ways: [{ name: 'a linked device', variables: ['WHATSAPP_WEB'] }],
    toSend: ['WHATSAPP_WEB'],
    howTo: 'set WHATSAPP_WEB=1 in .env and scan the code (docs/whatsapp.md)',
  },
  telegram: {
    label: 'Telegram',
    ways: [{ name: 'Telegram', variables: ['TELEGRAM_BOT_TOKEN'] }],
    toSend: ['TELEGRAM_BOT_TOKEN'],
    howTo: 'set TELEGRAM_BOT_TOKEN in .env (docs/telegram.md)',
  },
  web: {
    label: 'Web chat',
    ways: [],
    toSend: [],
    switch: { setting: 'web.enabled', on: (file) => file.web.enabled },
    howTo: 'set web.enabled to true in config/chasqui.yaml',
  },
};

export type Values = Partial<Record<Variable, unknown>>;

const isSet = (values: Values, name: Variable) => values[name] !== undefined;

/** Whether a platform has all that it needs to receive. */
export function isConfigured(platform: Platform, values: Values, file: FileConfig): boolean {
  const { ways, switch: toggle } = PLATFORM_NEEDS[platform];
  if (toggle && !toggle.on(file)) return false;
  return ways.length === 0 || ways.some((way) => way.variables.every((name) => isSet(values, name)));
}

/**
 * What is missing when a service has only part of what it needs.
 * @returns null when all or nothing is set
 */
export function whatIsMissing(ways: Way[], values: Values): { has: Variable[]; needs: string } | null {
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
    const { ways, toSend } = PLATFORM_NEEDS[platform];
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
    const { label, howTo } = PLATFORM_NEEDS[name];
    if (config.roles.has(name)) return { name, label, on: true };
    const configured = isConfigured(name, config.env, config);
    return { name, label, on: false, needs: configured ? `add ${name} to ROLES` : howTo };
  });
}
