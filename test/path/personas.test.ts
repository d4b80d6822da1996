/** Personas, places and access on the whole path. */
import { afterEach, expect, test } from 'vitest';
import type { Config } from '../../config/schema.ts';
import { createTestModel } from '../doubles/model.ts';
import { createTestPlatform } from '../doubles/platform.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';

let chasqui: TestChasqui | undefined;
afterEach(() => chasqui?.stop());

async function start(sections: { personas?: Config['personas']; places?: Config['places'] }) {
  const platform = createTestPlatform();
  const { model, calls } = createTestModel(({ messages }) => [`told: ${messages[0]?.content.split('\n')[0]}`], {
    licence: 'Llama 4 Community License',
  });
  const running = await startTestChasqui({ models: [model], platforms: [platform], sections });
  chasqui = running;
  let turns = 0;
  const send = (place: string, text: string, person: string, more: object = {}) =>
    running.ingest.message({ ...platform.says(place, text), author: { id: person }, ...more });
  return {
    platform,
    calls,
    running,
    send,
    async ask(place: string, text = 'hello', person = 'U1', more: object = {}): Promise<string> {
      await send(place, text, person, more);
      turns += 1;
      await running.turns(turns);
      return platform.texts(place).at(-1) ?? '';
    },
  };
}

test('another place has another persona, and a conversation keeps the one that it began with', async () => {
  const { ask, running } = await start({
    personas: { support: { instructions: 'Support.' }, sales: { instructions: 'Sales.', footer: 'full' } },
    places: [{ where: 'test:a', persona: 'support' }],
  });
  expect(await ask('a')).toBe('told: Support.');
  expect(await ask('b')).toMatch(/^told: You are Chasqui/);
  running.personas.change({ ...running.config, places: [{ where: 'test', persona: 'sales' }] }, []);
  expect(await ask('a')).toBe('told: Support.');
  expect(await ask('c')).toBe(
    'told: Sales.\n\n_Test Model, hosted by this test; licence: Llama 4 Community License. Built with Llama._',
  );
  // After a reset it begins anew.
  await ask('a', '!reset');
  expect(await ask('a')).toMatch(/^told: Sales\./);
});

test('a person chooses among the personas that no other place keeps for itself', async () => {
  const { ask } = await start({
    personas: { support: { instructions: 'Support.' }, board: { instructions: 'Board.' } },
    places: [{ where: 'test:board', persona: 'board', allow: ['U9'] }],
  });
  expect(await ask('a', '!persona')).toContain('`default`, `support`');
  expect(await ask('a', '!persona board')).toMatch(/no persona/);
  expect(await ask('a', '!persona support')).toContain('**support**');
  expect(await ask('a')).toBe('told: Support.');
});

test('who may not ask is told so once, and the model sees nothing of it', async () => {
  const { ask, send, calls, platform } = await start({
    places: [
      { where: 'test', deny: ['U2'] },
      { where: 'test:team', allow: ['U1', 'S-group'] },
      { where: 'test:quiet', allow: ['U1'], when_denied: 'ignore' },
    ],
  });
  expect(await ask('a', 'hello', 'U2')).toMatch(/^I may not answer you here/);
  expect(await send('a', 'again', 'U2')).toBe('ignored');
  expect(await send('quiet', 'hello', 'U3')).toBe('ignored');
  expect(await ask('team', 'hello', 'U3')).toMatch(/^I may not answer you here/);
  expect(await ask('team', 'hello', 'U4', { groups: ['S-group'] })).toMatch(/^told/);
  expect(await ask('a', 'hello', 'U1')).toMatch(/^told/);
  expect(calls.items).toHaveLength(2);
  expect(platform.texts('quiet')).toEqual([]);
});

test('a number is the same however it is written', async () => {
  const { ask } = await start({ places: [{ where: 'test', allow: ['+49 151 1234-5678'] }] });
  expect(await ask('a', 'hello', '4915112345678@c.us')).toMatch(/^told/);
  expect(await ask('b', 'hello', '4915112345679')).toMatch(/^I may not/);
});

test('a stranger gets a code once, and is answered when an operator has admitted them', async () => {
  const { ask, send, running } = await start({ places: [{ where: 'test', pairing: true }] });
  const told = await ask('a', 'hello', 'U5');
  const code = /\*\*(\w{4} \w{4})\*\*/.exec(told)?.[1] ?? '';
  expect(await send('a', 'hello?', 'U5')).toBe('ignored');
  expect(await running.access.admit('AAAA BBBB')).toBeNull();
  expect(await running.access.admit(code.toLowerCase())).toMatchObject({ person: 'U5', platform: 'test' });
  expect(await running.access.admit(code)).toBeNull();
  expect(await ask('a', 'now?', 'U5')).toMatch(/^told/);
  expect(await ask('b', 'hello', 'U6')).toMatch(/I do not know you yet/);
});

test('a place may leave commands out; help names the others', async () => {
  const { ask } = await start({ places: [{ where: 'test:a', commands: ['help', 'about'] }] });
  expect(await ask('a', '!reset')).toBe('That command cannot be used here.');
  const help = await ask('a', '!help');
  expect(help).toContain('`about`');
  expect(help).not.toContain('`usage`');
  expect(await ask('b', '!help')).toContain('`usage`');
});

test('ask, retry and stop make a message what it says', async () => {
  const { ask, calls } = await start({});
  expect(await ask('a', '/ask What is it?')).toMatch(/^told/);
  expect(calls.items.at(-1)?.question).toContain('What is it?');
  expect(calls.items.at(-1)?.question).not.toContain('/ask');
  await ask('a', '!retry');
  expect(calls.items).toHaveLength(2);
  expect(calls.items.at(-1)?.question).toContain('What is it?');
});

test('usage tells a person what their own questions took', async () => {
  const { ask, running } = await start({});
  await ask('a', 'hello', 'U1');
  await ask('a', 'hello', 'U2');
  await expect
    .poll(
      async () =>
        running.ingest.command(
          { platform: 'test', conversation: 'test:a', route: {} },
          { name: 'usage', argument: '', author: 'U1' },
        ),
      { timeout: 8_000 },
    )
    .toContain('**Today:** 1 answer, 15 tokens; what they cost is not known');
});
