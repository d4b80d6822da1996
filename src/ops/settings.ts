/** What is configured, without its secrets, and where each value came from. */
import { SECRET_VARIABLES, settingAt, settingsOf, showVariable } from '../../config/explain.ts';
import { type Config, EnvSchema, FileSchema, type Variable } from '../../config/schema.ts';
import type { Model } from '../models/model.ts';
import type { SettingsView } from '../ops-api/index.ts';

const FILE = settingsOf(FileSchema);
const HIDDEN = '••••';
const LONGEST = 300;

export function readSettings(config: Config, models: readonly Model[]): SettingsView {
  return {
    settings: [...variablesOf(config), ...sectionsOf(config)],
    models: models.map(({ id, label, host, licence, contextTokens, price }) => ({
      ...{ id, label, host, licence, contextTokens },
      inputUsd: price?.inputUsd ?? null,
      outputUsd: price?.outputUsd ?? null,
      priceFrom: price?.from ?? null,
    })),
  };
}

type Row = SettingsView['settings'][number];

function variablesOf({ env, sources }: Config): Row[] {
  return (Object.keys(EnvSchema.shape) as Variable[]).map((name) => {
    const value = env[name];
    const secret = isSecret(name);
    const shown = value === undefined ? '' : secret ? HIDDEN : withoutQuotes(showVariable(name, String(value)));
    return { name, value: shown, from: sources[name] ?? 'default', secret };
  });
}

function isSecret(name: Variable): boolean {
  return SECRET_VARIABLES.includes(name);
}

function sectionsOf(config: Config): Row[] {
  return Object.keys(FileSchema.shape).flatMap((section) => {
    const settings = config[section as keyof typeof FileSchema.shape] as Record<string, unknown>;
    return Object.entries(settings).map(([key, value]): Row => {
      const name = `${section}.${key}`;
      const isDuration = settingAt(FILE, [section, key])?.description?.startsWith('a duration');
      return {
        name,
        value: isDuration ? durationOf(Number(value)) : written(value),
        from: config.sources[name] ?? 'default',
        secret: false,
      };
    });
  });
}

/** As one would write it: `30d`, `6h`, `500ms`. */
function durationOf(ms: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ];
  const [unit, size] = units.find(([, length]) => ms >= length && ms % length === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function written(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST).toWellFormed()}…` : text;
}

function withoutQuotes(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1');
}
