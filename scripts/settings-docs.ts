/** The tables of docs/configuration.md, .env.example and config/chasqui.yaml, from what the schema says of each setting. */
import { stringify } from 'yaml';
import type { z } from 'zod';
import { type SettingSchema, settingsOf, wants } from '../config/explain.ts';
import { PLATFORM_SETTINGS } from '../config/platform-settings.ts';
import { EnvSchema, FileSchema } from '../config/schema.ts';
import { modelVariables, operatorVariables, processVariables } from '../config/variables.ts';

const WIDTH = 120;
const VARIABLES = withDefaults(settingsOf(EnvSchema), EnvSchema.parse({}));
const SECTIONS = withDefaults(settingsOf(FileSchema), FileSchema.parse({}));

const GROUPS: readonly { title: string; intro?: string; variables: z.ZodRawShape }[] = [
  { title: 'Models', variables: modelVariables },
  ...Object.values(PLATFORM_SETTINGS).map(({ group, variables }) => ({ ...group, variables })),
  { title: 'Operators', variables: operatorVariables },
  { title: 'Process', variables: processVariables },
];

/** JSON Schema knows the defaults of what a person writes; where it knows none, the value that holds without one counts. */
function withDefaults({ properties = {} }: SettingSchema, values: object): Record<string, SettingSchema> {
  const each = Object.entries(properties).map(([name, setting]): [string, SettingSchema] => {
    const value = (values as Record<string, unknown>)[name];
    if (setting.properties) return [name, { ...setting, properties: withDefaults(setting, value as object) }];
    return [name, { ...setting, default: setting.default ?? value }];
  });
  return Object.fromEntries(each);
}

/** The files, and each one's new text by its old one. */
export const WRITTEN_FROM_THE_SCHEMA: readonly { path: string; write(before: string): string }[] = [
  {
    path: 'docs/configuration.md',
    write: (page) => between(between(page, 'variables', variableTables()), 'settings', settingTables()),
  },
  { path: '.env.example', write: envExample },
  { path: 'config/chasqui.yaml', write: yamlFile },
];

function between(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name}: npm run docs -->\n`, `<!-- /${name} -->`];
  const [before, rest] = [page.indexOf(start), page.indexOf(end)];
  if (before < 0 || rest < before) throw new Error(`docs/configuration.md wants the lines ${start.trim()} and ${end}`);
  return `${page.slice(0, before + start.length)}${text}${page.slice(rest)}`;
}

function variableTables(): string {
  return GROUPS.map(({ title, intro, variables }) => {
    const rows = Object.keys(variables).map((name) => {
      const { default: standard, unset = 'none', meaning, source } = described(VARIABLES, name);
      return [`\`${name}\``, standard === undefined ? unset : `\`${standard}\``, meaning, capital(source ?? '')];
    });
    return `### ${title}\n${intro ? `${intro}\n\n` : ''}${table(['variable', 'default', 'meaning', 'where to get it'], rows)}`;
  }).join('\n');
}

function settingTables(): string {
  const named = Object.entries(SECTIONS).filter(([, { properties }]) => properties);
  const whole = Object.keys(SECTIONS).filter((name) => !SECTIONS[name]?.properties);
  const tables = named.map(([section, { properties = {} }]) => [
    section,
    Object.keys(properties).map((key) => settingRow(`${section}.${key}`, described(properties, key))),
  ]) as [string, string[][]][];
  tables.push([whole.join(', '), whole.map((name) => settingRow(name, described(SECTIONS, name)))]);
  return tables
    .map(([title, rows]) => `### ${title}\n${table(['setting', 'default', 'takes', 'meaning'], rows)}`)
    .join('\n');
}

function settingRow(name: string, setting: Described): string[] {
  const { default: standard, unset = 'none', meaning } = setting;
  const text = typeof standard === 'string' ? standard : JSON.stringify(standard);
  const shown = standard === undefined ? unset : text.length < 60 ? `\`${text}\`` : 'see the file';
  const takes = wants(setting)
    .replace(/, such as 500ms, .*$/, '')
    .replace(/\d{5,}/g, (number) => Number(number).toLocaleString('en'));
  return [`\`${name}\``, shown, takes === 'something else' ? 'names, with settings below them' : takes, meaning];
}

function envExample(): string {
  const head = paragraph(
    'Secrets and addresses. Copy this file to .env and fill in what you use; what stays empty has its default or is off. A variable of the same name in the environment goes before it. A value with a "#" or spaces in it needs quotation marks, one with a "$" single ones. Behaviour is set in config/chasqui.yaml. `npm run doctor` checks both.',
  );
  const groups = GROUPS.map(({ title, intro, variables }) => {
    const line = `# --- ${title} ${'-'.repeat(WIDTH - title.length - 7)}\n`;
    const each = Object.keys(variables).map((name) => {
      const { default: standard, unset, meaning, source } = described(VARIABLES, name);
      const said = [
        `${meaning}.`,
        source && `Where to get it: ${source}.`,
        standard !== undefined && `Default: ${standard}`,
        unset && `Empty: ${unset}.`,
      ];
      return `${paragraph(said.filter(Boolean).join(' '))}${name}=\n`;
    });
    return `${line}${intro ? `${paragraph(intro)}\n` : ''}${each.join('')}`;
  });
  return `${head}\n${groups.join('\n')}`;
}

function yamlFile(): string {
  const head = [
    "Chasqui's behaviour. Secrets and addresses do not belong here: they are variables (.env.example).",
    '',
    'Every setting is here with its default, switched off by the "#" in front of it. To change one, take its "#" away and leave the spaces. Durations are written 500ms, 30s, 5m, 2h or 90d. `npm run doctor` checks the file.',
  ];
  const names = Object.keys(SECTIONS);
  const sections = names.map((section, n) => {
    const { properties } = SECTIONS[section] as SettingSchema;
    const before = SECTIONS[names[n - 1] ?? '']?.properties;
    // The formatter takes a comment behind a section whose settings are all switched off for a part of that section.
    if (!properties) return `${before ? '' : '\n'}${switchedOff(section, described(SECTIONS, section), '')}`;
    const keys = Object.keys(properties).map((key) => switchedOff(key, described(properties, key), '  '));
    return `\n${section}:\n${keys.join('')}`;
  });
  return `${head.map((text) => paragraph(text)).join('')}${sections.join('')}`;
}

const FOLDED = { defaultStringType: 'BLOCK_FOLDED', defaultKeyType: 'PLAIN' } as const;

/** A setting with its default behind a "#", and its meaning above. */
function switchedOff(name: string, { default: standard, unset, meaning }: Described, indent: string): string {
  const isLong = typeof standard === 'string' && standard.length > WIDTH / 2;
  const value =
    standard === undefined
      ? `${name}:\n`
      : stringify({ [name]: standard }, { lineWidth: WIDTH - 4, ...(isLong ? FOLDED : {}) });
  const said = `${meaning}.${unset ? ` Without a value: ${unset}.` : ''}`;
  return paragraph(said, indent) + value.replace(/^(?=.)/gm, `${indent}#`);
}

type Described = SettingSchema & { meaning: string };

function described(settings: Record<string, SettingSchema>, name: string): Described {
  const setting = settings[name];
  if (!setting?.meaning) throw new Error(`${name} wants a meaning: .meta({ meaning: '…' }) in its schema`);
  return setting as Described;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return `${line(head)}|${'---|'.repeat(head.length)}\n${rows.map(line).join('')}`;
}

/** Markdown as a comment of plain text, in lines of at most 120 characters. */
function paragraph(markdown: string, indent = ''): string {
  const text = markdown
    .replace(/`([^` ]*)`/g, '$1')
    .replace(/\[[^\]]*\]\(([^)#]*)[^)]*\)/g, (_, path: string) =>
      path.startsWith('../') ? path.slice(3) : `docs/${path}`,
    );
  const lines = [`${indent}#`];
  for (const word of text.split(' ').filter(Boolean)) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}# ${word}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A sentence's first letter; an address stays as it is. */
const capital = (text: string): string => (/^\S*\.\S/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1));
