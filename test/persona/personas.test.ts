import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { InboundMessage } from '../../src/contract/index.ts';
import { createPersonas, instructionsFor, type PersonaSettings } from '../../src/persona/personas.ts';
import { createTestModel } from '../doubles/model.ts';
import { testConfig } from '../support/config.ts';

const { model: first } = createTestModel(() => [], { id: 'test:first' });
const { model: second } = createTestModel(() => [], { id: 'test:second' });
const folder = mkdtempSync(join(tmpdir(), 'chasqui-personas-'));
writeFileSync(join(folder, 'support.md'), 'You help customers.\n');

const create = (settings: Partial<PersonaSettings>) =>
  createPersonas({
    settings: { ...testConfig({ prefix: 'x' }), ...settings },
    models: [first, second],
    chain: [first],
    file: join(folder, 'chasqui.yaml'),
  });

test('the most specific place wins, and a part of an id is no beginning of another', () => {
  const personas = create({
    personas: { team: {}, support: {} },
    places: [
      { where: 'slack:T1', persona: 'team' },
      { where: 'slack:T1:C2', persona: 'support' },
    ],
  });
  const of = (conversation: string) => personas.in(conversation, null).id;
  expect(['slack:T1:C1:5', 'slack:T1:C2:5', 'slack:T1:C22', 'slack:T12', 'web:1'].map(of)).toEqual([
    'team',
    'support',
    'team',
    'default',
    'default',
  ]);
  expect(personas.in('slack:T1:C1', 'support').id).toBe('support');
  expect(personas.in('slack:T1:C1', 'gone').id).toBe('team');
});

test('what a persona does not say is the assistant’s', () => {
  const personas = create({
    personas: { support: { name: 'Sue', instructions_file: 'support.md', models: ['test:second'], temperature: 0 } },
  });
  const [assistant, support] = personas.list();
  expect(support).toMatchObject({ name: 'Sue', instructions: 'You help customers.', models: [second], temperature: 0 });
  expect(support?.maxAnswerTokens).toBe(assistant?.maxAnswerTokens);
  expect(assistant?.models).toEqual([first]);
});

test('personas.default changes the assistant', () => {
  const personas = create({ personas: { default: { instructions: 'Be kind.', footer: 'model' } } });
  expect(personas.list()).toMatchObject([{ id: 'default', instructions: 'Be kind.', footer: 'model' }]);
});

test.each([
  [{ personas: { a: { models: ['test:third'] } } }, /personas\.a\.models: "test:third"/],
  [{ personas: { a: { instructions_file: 'missing.md' } } }, /personas\.a\.instructions_file: .*missing\.md/],
  [{ personas: { a: { instructions: 'x', instructions_file: 'support.md' } } }, /cannot both be set/],
  [{ places: [{ where: 'web', persona: 'b' }] }, /there is no persona "b".*web.*default/],
] as [Partial<PersonaSettings>, RegExp][])('%j is refused in words', (settings, words) => {
  expect(() => create(settings)).toThrow(words);
});

test('a change that is wrong changes nothing', () => {
  const personas = create({ personas: { a: { name: 'A' } } });
  const wrong = { ...testConfig({ prefix: 'x' }), places: [{ where: 'web', persona: 'nobody' }] };
  expect(() => personas.change(wrong, [first])).toThrow('nobody');
  expect(personas.get('a')?.name).toBe('A');
});

test('instructions are filled in; what is no variable stays', () => {
  const personas = create({
    personas: {
      a: {
        name: 'Ann',
        instructions:
          '{{name}} {name} {{ date }} {{time}} {{channel}} {{workspace}} {{person}} {{platform}} {{other}} {x}',
        language: 'German',
      },
    },
  });
  const asker = {
    author: { id: 'U1', name: '{{name}}' },
    channel: 'C1',
    workspace: 'T1',
    to: { platform: 'slack', conversation: 'slack:T1:C1', route: {} },
  } as unknown as InboundMessage;
  const text = instructionsFor(personas.in('x', 'a'), asker, new Date('2026-12-01T10:20:30Z'));
  expect(text).toBe(
    'Ann Ann 2026-12-01 10:20 UTC C1 T1 {{name}} slack {{other}} {x}\n\nAnswer in German, whatever language is asked in.',
  );
});
