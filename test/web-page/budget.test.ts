import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = fileURLToPath(new URL('../../adapters/web/page/dist', import.meta.url));
const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
const gzipped = (name: string) => gzipSync(readFileSync(join(DIST, name))).length;

test('the whole page, code colours included, is at most 60 KB gzipped', () => {
  const sizes = Object.fromEntries(files.filter((name) => name !== 'embed.js').map((name) => [name, gzipped(name)]));
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  expect(Object.keys(sizes)).toContain('index.html');
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(60_000);
});

test('the script for other pages is at most 3 KB as it is, and no module', () => {
  const script = readFileSync(join(DIST, 'embed.js'), 'utf8');
  expect(Buffer.byteLength(script)).toBeLessThanOrEqual(3_000);
  expect(script).not.toMatch(/\b(import|export)\b/);
});

test('nothing is inline and nothing comes from elsewhere', () => {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc=)|\son\w+=/i);
  for (const name of files.filter((file) => /\.(html|css)$/.test(file))) {
    expect(readFileSync(join(DIST, name), 'utf8')).not.toMatch(/https?:|data:|@import/);
  }
});
