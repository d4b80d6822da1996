/** `npm run doctor` as a person runs it: the real program, its output and its exit code. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/doctor.ts';
import { sharedRedis } from '../support/redis.ts';

const folder = mkdtempSync(join(tmpdir(), 'chasqui-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));
const main = join(import.meta.dirname, '../../src/app/doctor.ts');

/** Runs it in a folder of its own, so that nobody's .env takes part. */
function doctor(flags: string[], env: Record<string, string>): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { PATH: process.env.PATH, ...env } };
    execFile(process.execPath, [main, ...flags], options, (error, out, err) => {
      resolve({ code: error?.code ?? 0, out, err });
    });
  });
}

/** Two processes that load everything; a busy machine takes its time. */
const LIMIT_MS = 60_000;
const right = { REDIS_URL: sharedRedis().url, MODEL: 'offline:', PORT: '0' };

test('all is right: marks, no colours, exit code 0', { timeout: LIMIT_MS }, async () => {
  const { code, out, err } = await doctor([], right);
  expect(out).toMatch(/^✓ Node {11}\d/);
  expect(out).toMatch(/^✓ Redis {10}\w+ [\d.]+ at/m);
  expect(out).toMatch(/^! Model {10}.*→ set MODEL in \.env$/m);
  expect(out).toMatch(/Nothing is wrong, .*\n$/);
  expect(out).not.toContain('\u001b');
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('what is wrong is told as JSON too, the rest is checked all the same, and no secret is shown', {
  timeout: LIMIT_MS,
}, async () => {
  writeFileSync(join(folder, '.env'), 'SLACK_BOT_TOKEN=xapp-1-hidden\nOPENAI_API_KEY=hidden-key\nLOG_LEVEL=loud\n');
  const { code, out } = await doctor(['--json'], right);
  const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] };
  expect({ ok, code }).toEqual({ ok: false, code: 1 });
  const wrong = findings.filter(({ state }) => state === 'wrong').map(({ detail }) => detail.split(':')[0]);
  expect(wrong).toEqual(['LOG_LEVEL (.env, line 3)', 'SLACK_BOT_TOKEN (.env, line 1)']);
  expect(findings.map(({ area }) => area)).toEqual(expect.arrayContaining(['Node', 'Redis', 'HTTP port', 'Model']));
  expect(out).not.toContain('hidden');
});
