import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = join(import.meta.dirname, '../../scripts/installed.mjs');
const WANTED = {
  '': { name: 'a-project' },
  'node_modules/a': { integrity: 'sha512-a' },
  'node_modules/tool': { integrity: 'sha512-tool', dev: true },
  'node_modules/for-another-machine': { integrity: 'sha512-arm', optional: true },
};
const A = { 'node_modules/a': { integrity: 'sha512-a' } };
const TOOL = { 'node_modules/tool': { integrity: 'sha512-tool', dev: true } };

test.each<[what: string, installed: object | undefined, args: string[], complete: boolean]>([
  ['nothing is installed', undefined, [], false],
  ['all but development packages', A, [], true],
  ['all but development packages, which are asked for', A, ['--dev'], false],
  ['all', { ...A, ...TOOL }, ['--dev'], true],
  [
    'all, and what an older lockfile asked for',
    { ...A, ...TOOL, 'node_modules/old': { integrity: 'sha512-old' } },
    ['--dev'],
    true,
  ],
  ['another version of one', { 'node_modules/a': { integrity: 'sha512-older' }, ...TOOL }, ['--dev'], false],
])('%s', (_, installed, args, complete) => {
  const folder = mkdtempSync(join(tmpdir(), 'chasqui-installed-'));
  try {
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: WANTED }));
    mkdirSync(join(folder, 'node_modules'));
    if (installed)
      writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
    const { status } = spawnSync(process.execPath, [SCRIPT, ...args], { cwd: folder });
    expect(status).toBe(complete ? 0 : 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
