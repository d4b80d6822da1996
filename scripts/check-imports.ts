/**
 * What `npm run check` asks of the code's imports and words, in the terms of docs/architecture.md:
 * who may import whom (the table below), no platform's name in src/, and nothing at run time that is installed for
 * development only. Prints each place that breaks a rule; the exit code tells.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'vite';

/** They wire the rooms together, so they may import everything; only src/ may use their types, nobody their code. */
const WIRING = ['src/app/main.ts', 'src/app/start.ts', 'src/app/platforms.ts', 'src/app/chat.ts', 'src/app/doctor.ts'];

const FOR_PAGES = ['src/markdown/hostile.ts', 'src/markdown/link-label.ts'];

/** Where a file is → what it may import of ours, as beginnings of paths. The first row that fits counts. */
const ROOMS: { room: RegExp; may: (own: string) => string[] }[] = [
  { room: /^config\//, may: () => ['config/'] },
  { room: /^src\//, may: () => ['src/', 'config/', 'src/contract/index.ts'] },
  { room: /^workers\//, may: () => ['workers/', 'src/', 'config/', 'src/contract/index.ts'] },
  { room: /^adapters\/contract\.ts$/, may: () => ['src/'] },
  // What runs in the browser shares nothing with the server but two files that import nothing.
  { room: /^adapters\/[^/]+\/page\//, may: (own) => [`${own}/page/`, ...FOR_PAGES] },
  {
    room: /^adapters\/[^/]+\//,
    may: (own) => [`${own}/`, 'adapters/kit/', 'src/', 'config/', 'src/contract/index.ts'],
  },
];

/** Words that say nothing about a platform, though an adapter is called so. */
const ORDINARY_WORDS = ['web', 'terminal', 'kit'];
const PLATFORMS = ['slack', 'discord', 'whatsapp', ...globSync('adapters/*/').map((path) => path.split('/')[1] ?? '')];
const PLATFORM_NAME = new RegExp(PLATFORMS.filter((name) => !ORDINARY_WORDS.includes(name)).join('|'), 'i');
/** Beside the wiring: the shapes of all the world's secrets are known there. */
const MAY_NAME_PLATFORMS = [...WIRING, 'src/log/mask.ts'];

interface Import {
  name: string;
  at: number;
  kind: 'code' | 'types' | 'on demand';
}

const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object>;
const problems: string[] = [];

for (const path of globSync('{config,src,workers,adapters}/**/*.{ts,tsx}', { exclude: ['**/dist/**'] }).sort()) {
  const text = readFileSync(path, 'utf8');
  const parsed = parseSync(path, text);
  const code = withoutComments(text, parsed.comments);
  const report = (at: number, what: string): void => {
    problems.push(`${path}:${code.slice(0, at).split('\n').length}  ${what}`);
  };
  for (const imported of importsOf(parsed, code)) {
    const problem = imported.name.startsWith('.') ? againstRooms(path, imported) : againstManifest(path, imported);
    if (problem) report(imported.at, problem);
  }
  const named = path.startsWith('src/') && !MAY_NAME_PLATFORMS.includes(path) && PLATFORM_NAME.exec(code);
  if (named) report(named.index, `names a platform: "${named[0]}"`);
}

function importsOf({ module }: ReturnType<typeof parseSync>, code: string): Import[] {
  const from = [
    ...module.staticImports.map(({ start, moduleRequest }) => ({ start, moduleRequest })),
    ...module.staticExports.map(({ start, entries }) => ({ start, moduleRequest: entries[0]?.moduleRequest })),
  ];
  const statements = from.flatMap(({ start, moduleRequest }): Import[] => {
    const types = /^(import|export)\s+type\b/.test(code.slice(start));
    return moduleRequest ? [{ name: moduleRequest.value, at: start, kind: types ? 'types' : 'code' }] : [];
  });
  const calls = [...code.matchAll(/\bimport\(\s*['"]([^'"]+)/g)].map(
    ({ 1: name = '', index }): Import => ({ name, at: index, kind: 'on demand' }),
  );
  return [...statements, ...calls];
}

/** What is wrong with an import of a file of ours. */
function againstRooms(path: string, { name, kind }: Import): string | undefined {
  if (WIRING.includes(path)) return;
  const target = join(dirname(path), name);
  const may = ROOMS.find(({ room }) => room.test(path))?.may(path.split('/').slice(0, 2).join('/')) ?? [];
  if (!may.some((beginning) => target.startsWith(beginning))) {
    return `imports ${target}; it may import from ${may.join(', ')}`;
  }
  if (WIRING.includes(target) && !(kind === 'types' && path.startsWith('src/'))) {
    return `imports ${target}, which wires the rooms and is imported by nobody`;
  }
}

/** What is wrong with an import of a package, where no development package is installed. */
function againstManifest(path: string, { name, kind }: Import): string | undefined {
  if (name.startsWith('node:') || path.includes('/page/')) return;
  const wanted = name.split('/', name.startsWith('@') ? 2 : 1).join('/');
  if (dependencies && wanted in dependencies) return;
  // Types are gone at run time; who imports on demand deals with what is not there.
  const development = kind === 'types' ? `@types/${wanted}` : kind === 'on demand' ? wanted : '';
  if (devDependencies && development in devDependencies) return;
  return `imports ${wanted}, which is not among the "dependencies" of package.json`;
}

/** The text with its comments blanked out, every place and line where it was. */
function withoutComments(text: string, comments: { start: number; end: number }[]): string {
  let out = text;
  for (const { start, end } of comments) {
    out = out.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + out.slice(end);
  }
  return out;
}

if (/"resolved": "https?:/.test(readFileSync('package-lock.json', 'utf8'))) {
  problems.push(
    'package-lock.json names a registry ("resolved"): run `npm install` in this folder, whose .npmrc forbids it',
  );
}
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
