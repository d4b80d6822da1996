/** Turns what the schemas say into words for people: what a setting wants, and what it got. */
import { z } from 'zod';
import { EnvSchema, type Variable } from './schema.ts';
import { oneOf } from './suggest.ts';

/** The part of JSON Schema that our schemas use. */
export interface SettingSchema {
  type?: string | string[];
  description?: string;
  /** For people who read about the setting (`src/settings/fields.ts`). */
  meaning?: string;
  source?: string;
  unset?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  items?: SettingSchema;
  properties?: Record<string, SettingSchema>;
  /** Of a section whose names are free. */
  additionalProperties?: SettingSchema | boolean;
}

/** A schema's input side as JSON Schema, as a person writes it (durations as text, defaults left out). */
export function settingsOf(schema: z.ZodType): SettingSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as SettingSchema;
}

/** The schema of one setting by its path; numbers in the path are places in a list. */
export function settingAt(root: SettingSchema, path: readonly PropertyKey[]): SettingSchema | undefined {
  let at: SettingSchema | undefined = root;
  for (const step of path) at = typeof step === 'number' ? at?.items : below(at, String(step));
  return at;
}

function below(setting: SettingSchema | undefined, name: string): SettingSchema | undefined {
  const { properties = {}, additionalProperties } = setting ?? {};
  if (Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** What a setting must look like: "a whole number from 1 to 64", "true or false", "one of agent, assistant or plain". */
export function wants(setting: SettingSchema | undefined): string {
  if (!setting) return 'something else';
  if (setting.description) return setting.description;
  if (setting.enum) return `one of ${oneOf(setting.enum.map(String))}`;
  switch (setting.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number${range(setting.minimum, setting.maximum)}`;
    case 'number':
      return `a number${range(setting.minimum, setting.maximum)}`;
    case 'string':
      return `text${range(setting.minLength, setting.maxLength, ' characters')}`;
    case 'array':
      return `a list${setting.maxItems === undefined ? '' : ` of at most ${setting.maxItems}`}, each ${wants(setting.items)}`;
    default:
      return setting.properties
        ? `settings below it (${Object.keys(setting.properties).join(', ')})`
        : 'something else';
  }
}

function range(least: number | undefined, most: number | undefined, unit = ''): string {
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return ` of at least ${least}${unit}`;
  return least === undefined ? ` of at most ${most}${unit}` : ` from ${least} to ${most}${unit}`;
}

/** Variables whose values no message or log may show. */
export const SECRET_VARIABLES = (Object.keys(EnvSchema.shape) as Variable[]).filter((name) => {
  const field = EnvSchema.shape[name];
  return field instanceof z.ZodOptional && z.globalRegistry.get(field.unwrap() as z.ZodType)?.secret === true;
});

const LONGEST_SHOWN = 60;

/** A value as an error message may show it: quoted, cut, and without what looks like a token (Slack's, OpenAI's, Groq's, Hugging Face's) or a password. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = (JSON.stringify(value) ?? String(value))
    .replace(/\b(xox[a-z][-.]|xapp-|sk-|gsk_|hf_)[\w.-]+/g, '$1…')
    .replace(/(:\/\/)[^\s"]*@/g, '$1…@');
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** A secret as an error message may show it: the prefix that tells its kind, or only its length. */
export function showSecret(value: string): string {
  const [kind] = /^(?:xoxe\.)?(?:xox[a-z]|xapp|xwfp)[-.]/.exec(value) ?? [];
  return kind ? `"${kind}…"` : `${value.length} characters`;
}

/** Shows a variable's value, masked if it is a secret. */
export function showVariable(name: string, value: string): string {
  if ((SECRET_VARIABLES as string[]).includes(name)) return showSecret(value);
  return show(name.endsWith('_URL') ? value.replace(/^([^/]*\/\/)?.*@/, '$1…@') : value);
}
