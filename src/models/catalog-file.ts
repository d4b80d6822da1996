/** Reads `config/models.yaml`, where it is written what each part means. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { settingAt, settingsOf, show, wants } from '../../config/explain.ts';
import { dotted, offsetOf, valueAt } from '../../config/file.ts';
import { ConfigError, type Problem } from '../../config/problem.ts';

const CATALOG = fileURLToPath(new URL('../../config/models.yaml', import.meta.url));

const day = z.iso.date().meta({ description: 'a day, such as 2026-07-17' });
const source = z.url({ protocol: /^https$/ }).meta({ description: 'the https:// address of the page that says so' });
const name = z.string().min(1).max(200);
const dollars = z.number().min(0).max(10_000);
const pattern = z
  .string()
  .refine((text) => compiled(text) !== null)
  .meta({ description: 'a regular expression' });

const ModelSchema = z.strictObject({
  label: name.optional(),
  use: z.enum(['chat', 'moderation', 'transcription', 'embedding']).default('chat'),
  context: z.number().int().min(512).max(100_000_000).optional(),
  vision: z.boolean().optional(),
  tools: z.boolean().optional(),
  reasoning: z.boolean().optional(),
  price: z.strictObject({ input: dollars, output: dollars, date: day, source }).optional(),
  licence: name.optional(),
  ends: day.optional(),
  ended: z.literal(true).meta({ description: 'true, or nothing' }).optional(),
  source,
});

const HostSchema = z.strictObject({
  name,
  addresses: z.array(name).default([]),
  local: z.boolean().default(false),
  ignore: pattern.optional(),
  trains_on_prompts: z.boolean().optional(),
  ends: day.optional(),
  source: source.optional(),
  models: z.record(name, ModelSchema),
});

const LicenceSchema = z.strictObject({ name, show: name.optional(), multimodal: z.string().optional(), source });

export const CatalogSchema = z.strictObject({
  hosts: z.record(name, HostSchema),
  licences: z.record(name, LicenceSchema),
  names: z.array(z.strictObject({ match: pattern, licence: name })),
});

export type Entry = z.infer<typeof ModelSchema>;
export type Licence = z.infer<typeof LicenceSchema>;

/** The catalogue as it is looked up; every key in lower case. */
export interface Catalog {
  hosts: readonly (Omit<z.infer<typeof HostSchema>, 'models' | 'ignore'> & {
    models: ReadonlyMap<string, Entry>;
    ignore: RegExp | null;
  })[];
  licences: ReadonlyMap<string, Licence>;
  names: readonly (readonly [RegExp, string])[];
}

/**
 * @param path for tests; default: the one beside the configuration's schema
 * @throws ConfigError that lists everything that is wrong with it, each with its line
 */
export function readCatalog(path = CATALOG): Catalog {
  const shown = path === CATALOG ? 'config/models.yaml' : path;
  const fail = (wrong: string) => new ConfigError([{ setting: shown, wants: wrong }]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fail(`cannot be read (${(error as NodeJS.ErrnoException).code}): it comes with Chasqui`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => `${shown}, line ${lines.linePos(offset).line}`;
  const broken = document.errors.map((error) => ({
    setting: shown,
    where: `line ${lines.linePos(error.pos[0]).line}`,
    wants: `cannot be read as YAML: ${error.message}`,
  }));
  if (broken.length > 0) throw new ConfigError(broken);
  const data: unknown = document.toJS();
  const where = (setting: PropertyKey[]) => lineOf(offsetOf(document, setting));
  const result = CatalogSchema.safeParse(data);
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => problemsOf(issue, data, where)));
  const unnamed = withoutLicence(result.data).map((setting) => ({
    setting: dotted(setting),
    where: where(setting),
    got: show(valueAt(data, setting)),
    wants: 'wants a key of `licences`',
  }));
  if (unnamed.length > 0) throw new ConfigError(unnamed);
  return indexed(result.data);
}

function problemsOf(issue: z.core.$ZodIssue, data: unknown, where: (path: PropertyKey[]) => string): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { setting: dotted(path), where: where(path), wants: 'there is no such part' };
    });
  }
  const { path } = issue;
  const got = show(valueAt(data, path));
  return [
    {
      setting: dotted(path),
      where: where(path),
      got,
      wants: `wants ${wants(settingAt(settingsOf(CatalogSchema), path))}`,
    },
  ];
}

/** Where a licence is named that is not there. */
function withoutLicence({ hosts, licences, names }: z.infer<typeof CatalogSchema>): PropertyKey[][] {
  const isMissing = (licence: string | undefined) => licence !== undefined && !Object.hasOwn(licences, licence);
  return [
    ...Object.entries(hosts).flatMap(([host, { models }]) =>
      Object.entries(models)
        .filter(([, { licence }]) => isMissing(licence))
        .map(([model]) => ['hosts', host, 'models', model, 'licence']),
    ),
    ...names.flatMap(({ licence }, at) => (isMissing(licence) ? [['names', at, 'licence']] : [])),
  ];
}

function indexed({ hosts, licences, names }: z.infer<typeof CatalogSchema>): Catalog {
  return {
    hosts: Object.values(hosts).map(({ models, ignore, ...host }) => {
      const beginning = ignore === undefined ? null : new RegExp(`^(${ignore})`);
      const keyed = Object.entries(models).map(([id, entry]) => [keyOf(id, beginning), entry] as const);
      return { ...host, ignore: beginning, models: new Map(keyed) };
    }),
    licences: new Map(Object.entries(licences)),
    names: names.map(({ match, licence }) => [new RegExp(match), licence] as const),
  };
}

/** What an id is looked up by: Ollama takes "llama3.3" and "llama3.3:latest" for the same. */
export function keyOf(id: string, ignore: RegExp | null): string {
  const lower = id.toLowerCase().replace(/:latest$/, '');
  return ignore ? lower.replace(ignore, '') : lower;
}

function compiled(text: string): RegExp | null {
  try {
    return new RegExp(text);
  } catch {
    return null;
  }
}
