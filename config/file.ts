/** Reads the YAML file and checks it; every problem carries its line. */
import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type SettingSchema, settingAt, settingsOf, show, wants } from './explain.ts';
import type { Problem } from './problem.ts';
import { type FileConfig, FileSchema } from './schema.ts';
import { closest } from './suggest.ts';

export interface FileResult {
  /** What the file says where it is right, the defaults elsewhere. */
  config: FileConfig;
  problems: Problem[];
  warnings: string[];
  /** Where each setting of the file stands, by its dotted name. */
  sources: Record<string, string>;
}

/**
 * Reads and checks a YAML file.
 * @param required whether someone named this file: then it must exist. Otherwise a missing file means the defaults.
 */
export function readConfigFile(path: string, required: boolean): FileResult {
  const nothing = (problem: Problem): FileResult => ({
    config: FileSchema.parse({}),
    problems: [problem],
    warnings: [],
    sources: {},
  });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !required)
      return { config: FileSchema.parse({}), problems: [], warnings: [], sources: {} };
    const why: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'is a folder, and must be a YAML file',
      EACCES: 'may not be read by this user',
    };
    return nothing({ setting: path, wants: why[code ?? ''] ?? `cannot be read (${code})` });
  }

  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${path}, line ${lines.linePos(offset).line}`;
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      setting: path,
      where: `line ${lines.linePos(error.pos[0]).line}`,
      wants: `cannot be read as YAML: ${error.message}`,
    }));
    return { config: FileSchema.parse({}), problems, warnings: [], sources: {} };
  }
  let data: unknown;
  try {
    data = withoutNulls(document.toJS()) ?? {};
  } catch (error) {
    // An alias without its anchor, or aliases that unfold to far too much.
    return nothing({ setting: path, wants: `cannot be read as YAML: ${(error as Error).message}` });
  }
  const warnings = document.warnings.map((warning) => `${at(warning.pos[0])}: ${warning.message}`);
  if (typeof data !== 'object' || Array.isArray(data)) {
    return nothing({
      setting: path,
      got: show(data),
      wants: `wants sections (${Object.keys(FileSchema.shape).join(', ')}) with settings below them`,
    });
  }
  const where = (setting: PropertyKey[]): string => at(offsetOf(document, setting));
  return { ...check(data as object, where), warnings, sources: sourcesOf(data as object, where) };
}

function sourcesOf(data: object, where: (path: PropertyKey[]) => string): Record<string, string> {
  const sources: Record<string, string> = {};
  for (const [section, settings] of Object.entries(data))
    if (typeof settings === 'object' && settings !== null)
      for (const name of Object.keys(settings)) sources[`${section}.${name}`] = where([section, name]);
  return sources;
}

/** A key without a value, such as a section whose settings are all commented out, counts as not there. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}

function check(data: object, where: (path: PropertyKey[]) => string): { config: FileConfig; problems: Problem[] } {
  const result = FileSchema.safeParse(data);
  if (result.success) return { config: result.data, problems: [] };
  const settings = settingsOf(FileSchema);
  const problems: Problem[] = [];
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const path = [...issue.path, key];
        problems.push({ setting: dotted(path), where: where(path), wants: unknownKey(settings, issue.path, key) });
      }
    } else {
      problems.push({
        setting: dotted(issue.path),
        where: where(issue.path),
        got: show(valueAt(data, issue.path)),
        wants: `wants ${wants(settingAt(settings, issue.path))}`,
      });
    }
  }
  return { config: whatIsRight(data, result.error.issues), problems };
}

function unknownKey(settings: SettingSchema, section: PropertyKey[], key: string): string {
  const own = Object.keys(settingAt(settings, section)?.properties ?? {});
  const inOtherSections = Object.entries(settings.properties ?? {})
    .filter(([, { properties }]) => properties && key in properties)
    .map(([name]) => `${name}.${key}`);
  const near = closest(key, own);
  const meant = near ? dotted([...section, near]) : inOtherSections[0];
  return meant
    ? `there is no such setting. Did you mean ${meant}?`
    : `there is no such setting; here can stand ${own.join(', ')}`;
}

/** `web.allowed_origins[2]` */
export function dotted(path: PropertyKey[]): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

export function valueAt(data: unknown, path: PropertyKey[]): unknown {
  let at = data;
  for (const step of path) at = (at as Record<PropertyKey, unknown> | undefined)?.[step];
  return at;
}

/** Where the key (in a list: the item) of this path begins in the text; the nearest thing above it, if it is not there. */
export function offsetOf(document: Document, path: PropertyKey[]): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (isNode(pair?.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair?.value;
    } else {
      node = isNode(node) && 'get' in node ? (node.get(step as number, true) as unknown) : undefined;
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}

/** A part whose missing or wrong piece cannot be left out goes as well. */
function whatIsRight(data: object, issues: z.core.$ZodIssue[]): FileConfig {
  let rest = withoutPaths(data, issues);
  for (let result = FileSchema.safeParse(rest); ; result = FileSchema.safeParse(rest)) {
    if (result.success) return result.data;
    const above = result.error.issues.map((issue) => ({ ...issue, path: issue.path.slice(0, -1) }));
    if (above.some(({ path }) => path.length === 0)) return FileSchema.parse({});
    rest = withoutPaths(rest, above);
  }
}

/** The data without what the issues are about, so that the rest still counts. A list with a wrong item goes whole. */
function withoutPaths(data: object, issues: z.core.$ZodIssue[]): object {
  const copy = structuredClone(data);
  for (const issue of issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
    for (const key of keys) {
      const path = key === undefined ? issue.path : [...issue.path, key];
      const depth = path.findIndex((step) => typeof step === 'number');
      const whole = depth < 0 ? path : path.slice(0, depth);
      const parent = valueAt(copy, whole.slice(0, -1)) as Record<PropertyKey, unknown> | undefined;
      if (parent && whole.length > 0) delete parent[whole.at(-1) as PropertyKey];
    }
  }
  return copy;
}
