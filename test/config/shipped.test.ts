/** The files that come with Chasqui say what the schema says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { SECRET_VARIABLES, type SettingSchema, settingsOf } from '../../config/explain.ts';
import { loadConfig } from '../../config/load.ts';
import { EnvSchema, FileSchema } from '../../config/schema.ts';
import { WRITTEN_FROM_THE_SCHEMA } from '../../scripts/settings-docs.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** `web.enabled` and so on, with each one's schema. */
const settings = new Map<string, SettingSchema>(
  Object.entries(settingsOf(FileSchema).properties ?? {}).flatMap(([section, schema]): [string, SettingSchema][] =>
    schema.properties
      ? Object.entries(schema.properties).map(([key, own]) => [`${section}.${key}`, own])
      : [[section, schema]],
  ),
);
const variables = settingsOf(EnvSchema).properties as Record<string, SettingSchema>;
const defaults = FileSchema.parse({});
/** As a person would write it: `30d` where the schema says so, else the value that holds. */
const written = new Map<string, unknown>([
  ...Object.entries(EnvSchema.parse({})),
  ...Object.entries(defaults).flatMap(([section, keys]): [string, unknown][] =>
    settings.has(section)
      ? [[section, keys]]
      : Object.entries(keys).map(([key, value]): [string, unknown] => [`${section}.${key}`, value]),
  ),
  ...[...Object.entries(variables), ...settings].flatMap(([name, schema]): [string, unknown][] =>
    schema.default === undefined ? [] : [[name, schema.default]],
  ),
]);

test.each(WRITTEN_FROM_THE_SCHEMA)('$path is as the schema says it: `npm run docs` writes it', ({ path, write }) => {
  expect(read(path)).toBe(write(read(path)));
});

describe('config/chasqui.yaml', () => {
  const text = read('config/chasqui.yaml');
  /** A "#" with a space begins an explanation; without one it stands before a setting. */
  const uncommented = text.replace(/^( *)#(?! |$)/gm, '$1').replace(/^( *)#( {2}\S)/gm, '$1$2');

  test('changes nothing as it is shipped', () => {
    expect(FileSchema.parse(withoutNulls(parseYaml(text)))).toEqual(defaults);
  });

  test('has every setting, and with all of them switched on it gives exactly the defaults', () => {
    const all = parseYaml(uncommented) as Record<string, Record<string, unknown>>;
    const named = Object.entries(all).flatMap(([section, keys]) =>
      settings.has(section) ? [section] : Object.keys(keys).map((key) => `${section}.${key}`),
    );
    expect(named.sort()).toEqual([...settings.keys()].sort());
    expect(FileSchema.parse(withoutNulls(all))).toEqual(defaults);
  });

  test('explains every setting in the line before it', () => {
    const lines = text.split('\n');
    const unexplained = lines.filter((line, i) => /^ {2}#\w+:/.test(line) && !/^ {2}# \S/.test(lines[i - 1] as string));
    expect(unexplained).toEqual([]);
  });
});

/** As a file is loaded: a key without a value is not there. */
function withoutNulls(file: Record<string, Record<string, unknown> | null>): object {
  return Object.fromEntries(
    Object.entries(file).map(([section, keys]) => [
      section,
      settings.has(section)
        ? keys
        : Object.fromEntries(Object.entries(keys ?? {}).filter(([, value]) => value !== null)),
    ]),
  );
}

describe('.env.example', () => {
  const text = read('.env.example');

  test('names every variable and no other, all empty', () => {
    const named = parseDotenv(text);
    expect(Object.keys(named).sort()).toEqual(Object.keys(variables).sort());
    expect(Object.values(named).join('')).toBe('');
  });

  test('says of each where to get it, and its default', () => {
    for (const name of Object.keys(variables)) {
      const value = written.get(name);
      const [, comment] = new RegExp(`((?:^#.*\\n)+)${name}=$`, 'm').exec(text) ?? [];
      expect(comment, name).toBeDefined();
      if (value !== undefined) expect(comment, name).toContain(`Default: ${value}`);
    }
  });

  test('copied to .env, Chasqui starts without a word about its configuration', () => {
    const { warnings, roles } = loadConfig({ env: {}, dotenv: join(root, '.env.example') });
    expect(warnings).toEqual([]);
    expect([...roles]).toEqual(['web', 'worker', 'ops']);
  });
});

describe('docs/configuration.md', () => {
  /** First and second column of every table row that begins with a name in code. */
  const rows = new Map(
    [...read('docs/configuration.md').matchAll(/^\| `([\w.]+)` \| (.*?) \|/gm)].map(([, name, value]) => [name, value]),
  );

  test('has a row for every variable and setting, and no other', () => {
    expect([...rows.keys()].sort()).toEqual([...Object.keys(variables), ...settings.keys()].sort());
  });

  test('gives the defaults that hold', () => {
    for (const [name, cell = ''] of rows) {
      const value = written.get(name as string);
      if (value === undefined) expect(cell, name).not.toMatch(/^`/);
      else if (String(value).length < 60) expect(cell, name).toBe(`\`${shown(value)}\``);
    }
  });
});

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

test('whatever is named like a secret is treated as one', () => {
  const named = Object.keys(variables).filter((name) => /TOKEN|SECRET|PASSWORD|KEY|HEADERS/.test(name));
  expect([...SECRET_VARIABLES].sort()).toEqual(named.sort());
});
