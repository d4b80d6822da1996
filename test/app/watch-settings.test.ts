/** Personas and places follow their files; a file with mistakes changes nothing and is told. */
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { inspectConfig } from '../../config/load.ts';
import { watchSettings } from '../../src/app/watch-settings.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

/** In one step, as editors do: a look in between must not find half of it. */
function save(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

let chasqui: TestChasqui;
let stop = () => {};
afterEach(async () => {
  stop();
  await chasqui.stop();
});

test('a good edit counts in the next turn, a bad one does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chasqui-settings-'));
  const [file, text] = [join(folder, 'chasqui.yaml'), join(folder, 'a.md')];
  const read = () => inspectConfig({ env: { CHASQUI_CONFIG: file, DATA_DIR: folder }, dotenv: '/nonexistent' });
  writeFileSync(text, 'First.');
  writeFileSync(file, 'personas:\n  default: { instructions_file: a.md }\n');
  const { config } = read();
  const platform = createTestPlatform();
  const { model } = createTestModel(({ messages }) => [String(messages[0]?.content.split('\n')[0])]);
  chasqui = await startTestChasqui({
    models: [model],
    platforms: [platform],
    roles: ['worker', 'ops'],
    env: { CHASQUI_CONFIG: file },
    sections: { personas: config.personas },
  });
  stop = watchSettings({ config, chasqui, models: [model], log: chasqui.log, everyMs: 20, read });
  let turns = 0;
  const ask = async () => {
    await chasqui.ingest.message(platform.says('a', `hello ${turns}`));
    turns += 1;
    await chasqui.turns(turns);
    return platform.texts('a').at(-1);
  };
  const told = (words: string) => chasqui.lines.filter(({ msg }) => String(msg).includes(words));
  const reasons = async () => {
    const now = await fetch(`${chasqui.address}/ops/api/now`, chasqui.asOperator);
    return ((await now.json()) as { reasons: { text: string }[] }).reasons.map((reason) => reason.text).join();
  };

  expect(await ask()).toBe('First.');
  save(text, 'Second.');
  await expect.poll(() => told('read again').length, { timeout: 5_000 }).toBe(1);
  expect(await ask()).toBe('Second.');

  save(file, 'personas:\n  default: { instruction: oops }\nplaces: [{ where: test, persona: nobody }]\n');
  await expect.poll(() => told('has mistakes').length, { timeout: 5_000 }).toBe(1);
  expect(told('has mistakes')[0]).toMatchObject({
    problem: expect.stringMatching(/instruction.*chasqui\.yaml, line 2/s),
  });
  await expect.poll(reasons, { timeout: 5_000 }).toMatch(/settings file has mistakes.*line 2/);
  expect(await ask()).toBe('Second.');

  save(file, 'personas:\n  default: { instructions: Third. }\n');
  await expect.poll(() => told('read again').length, { timeout: 5_000 }).toBe(2);
  await expect.poll(reasons, { timeout: 5_000 }).not.toMatch(/mistakes/);
  expect(await ask()).toBe('Third.');
});
