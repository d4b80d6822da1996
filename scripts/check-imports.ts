/**
 * What `npm run check` asks of the code's imports and words, in the terms of docs/architecture.md:
 * who may import whom (rooms.ts), the shape of adapters (shape.ts), no platform's name in src/, and nothing at run time that is installed for
 * development only. Prints each place that breaks a rule; the exit code tells.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'vite';
import { againstFloors } from './rooms.ts';
import { againstShape } from './shape.ts';

/** The roof: programs and wiring. Platforms are named there, and nobody imports it. */
const ROOF = 'src/app/';

/** Words that say nothing about a platform, though an adapter is called so. */
const ORDINARY_WORDS = ['web', 'terminal', 'kit'];
const PLATFORMS = ['slack', 'discord', 'whatsapp', ...globSync('adapters/*/').map((path) => path.split('/')[1] ?? '')];
const PLATFORM_NAME = new RegExp(PLATFORMS.filter((name) => !ORDINARY_WORDS.includes(name)).join('|'), 'i');
/** Beside the roof: the shapes of all the world's secrets are known there. */
const MAY_NAME_PLATFORMS = [ROOF, 'src/log/mask.ts'];

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
    const problem = imported.name.startsWith('.')
      ? againstFloors(path, join(dirname(path), imported.name))
      : againstManifest(path, imported);
    if (problem) report(imported.at, problem);
  }
  const free = MAY_NAME_PLATFORMS.some((beginning) => path.startsWith(beginning));
  const named = path.startsWith('src/') && !free && PLATFORM_NAME.exec(code);
  if (named) report(named.index, `names a platform: "${named[0]}"`);
}

problems.push(...againstShape(globSync('adapters/**/*.ts').map((path) => path.replaceAll('\\', '/'))));

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
