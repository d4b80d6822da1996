/**
 * An adapter in a repository of its own: what docs/adapters.md shows, in a folder outside of this tree, against the package
 * as `npm pack` makes it. Its dependencies are linked from here in place of an installation.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
let folder: string;

/** The files that the page shows: code whose first line is a comment with the file's name. */
function filesOf(page: string): [name: string, text: string][] {
  const section = page.split(/^## /m).find((part) => part.startsWith('An adapter in a repository of your own')) ?? '';
  return [...section.matchAll(/^ {3}```ts\n {3}\/\/ (\S+)\n(.*?)^ {3}```$/gms)].map(([, name = '', text = '']) => [
    name,
    text.replace(/^ {3}/gm, ''),
  ]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chasqui-outside-'));
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT });
  await run('tar', ['xzf', (await run('sh', ['-c', 'echo *.tgz'], { cwd: folder })).stdout.trim()], { cwd: folder });
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, '@types'), { recursive: true });
  await rename(join(folder, 'package'), join(packages, 'chasqui'));
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const names = [...Object.keys(dependencies).filter((name) => !name.includes('/')), 'vitest', '@types/node'];
  for (const name of names) await symlink(join(ROOT, 'node_modules', name), join(packages, name));
  await writeFile(join(folder, 'package.json'), '{ "name": "board-adapter", "type": "module" }');
  for (const [name, text] of filesOf(readFileSync(join(ROOT, 'docs/adapters.md'), 'utf8')))
    await writeFile(join(folder, name), text);
}, 60_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the package holds what it exports, and no source', () => {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/chasqui/package.json'), 'utf8'));
  for (const file of ['./contract', './conformance'])
    expect(existsSync(join(folder, 'node_modules/chasqui', exports[file]))).toBe(true);
  expect(existsSync(join(folder, 'node_modules/chasqui/src'))).toBe(false);
});

test('the adapter of the page passes the suite', async () => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const results = join(folder, 'results.json');
  await run(process.execPath, [vitest, 'run', '--reporter=json', `--outputFile=${results}`], { cwd: folder });
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(results, 'utf8'));
  expect([numFailedTests, numPendingTests]).toEqual([0, 0]);
  expect(numPassedTests).toBeGreaterThan(15);
});

test('its types fit the contract', async () => {
  const options = '--noEmit --strict --module nodenext --target es2024 --skipLibCheck --allowImportingTsExtensions';
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  await run(tsc, [...options.split(' '), 'adapter.ts', 'adapter.test.ts'], { cwd: folder });
});
