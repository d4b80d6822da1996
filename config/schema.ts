/**
 * Everything that can be configured, with its default and its meaning, put together. Secrets and endpoints come from the
 * environment (`EnvSchema`), behaviour from `config/chasqui.yaml` (`FileSchema`). `load.ts` joins both into one `Config`.
 * `docs/configuration.md`, `.env.example` and `config/chasqui.yaml` are written from here by `npm run docs`.
 */
import { z } from 'zod';
import { PLATFORM_SETTINGS } from './platform-settings.ts';
import { assistantSections } from './sections/assistant.ts';
import { modelSections } from './sections/models.ts';
import { placeSections } from './sections/places.ts';
import { runningSections } from './sections/running.ts';
import { modelVariables, operatorVariables, processVariables } from './variables.ts';

/** Also the names of their receivers' roles. `whatsapp` is the Cloud API, `whatsapp-web` a linked device. */
export type Platform = keyof typeof PLATFORM_SETTINGS;
export const PLATFORMS = Object.keys(PLATFORM_SETTINGS) as readonly Platform[];
export type Role = Platform | 'worker' | 'ops';
export const ROLES: readonly Role[] = [...PLATFORMS, 'worker', 'ops'];

type Both<Of> = (Of extends unknown ? (of: Of) => void : never) extends (both: infer All) => void ? All : never;
type Every = (typeof PLATFORM_SETTINGS)[Platform];

/** The parts of all platforms in one object. */
function joined<Part>(parts: readonly Part[]): Both<Part> {
  return Object.assign({}, ...parts) as Both<Part>;
}

const every: readonly Every[] = Object.values(PLATFORM_SETTINGS);

export const EnvSchema = z.object({
  ...modelVariables,
  ...joined(every.map(({ variables }) => variables)),
  ...operatorVariables,
  ...processVariables,
});
export type Env = z.infer<typeof EnvSchema>;
export type Variable = keyof Env;

export const FileSchema = z.strictObject({
  ...assistantSections,
  ...modelSections,
  ...placeSections,
  ...joined(every.map(({ sections }) => sections)),
  ...runningSections,
});
export type FileConfig = z.infer<typeof FileSchema>;

/** The whole configuration, checked. `env` holds the variables, the rest is the YAML file's sections. */
export interface Config extends FileConfig {
  env: Env;
  roles: ReadonlySet<Role>;
  /** The keys of `hosts`, by the host's name; those that have one. */
  hostKeys: Readonly<Record<string, string>>;
  /** Values that must never reach a log. */
  secrets: readonly string[];
  /** Where a setting stands that is not left at its default: `environment`, `.env, line 3`, `config/chasqui.yaml, line 7`. */
  sources: Readonly<Record<string, string>>;
}
