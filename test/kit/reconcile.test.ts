import { expect, test } from 'vitest';
import { type MessageOps, reconcileAll, reconcileOne } from '../../adapters/kit/reconcile.ts';
import type { Draft } from '../../src/contract/index.ts';
import { SendError } from '../../src/contract/index.ts';

function chat() {
  const messages = new Map<string, string>();
  const calls: string[] = [];
  const faults: SendError[] = [];
  const done = (call: string): void => {
    calls.push(call);
    const fault = faults.shift();
    if (fault) throw fault;
  };
  const ops: MessageOps<string> = {
    async post(text, n) {
      const id = `m${messages.size + 1}`;
      messages.set(id, text);
      done(`post ${n}`);
      return id;
    },
    async edit(id, text) {
      messages.set(id, text);
      done(`edit ${id}`);
    },
    async remove(id) {
      done(`remove ${id}`);
      messages.delete(id);
    },
  };
  return { messages, calls, faults, ops };
}

function draft(): Draft {
  return {
    to: { platform: 't', conversation: 't:1', route: {} },
    key: 'turn-1',
    messages: [],
    unverified: false,
    state: {},
  };
}

const copy = (one: Draft): Draft => JSON.parse(JSON.stringify(one)) as Draft;

test('an update makes one call at most: the first message that is not right yet', async () => {
  const { calls, ops } = chat();
  const one = draft();
  expect(await reconcileOne(one, [], ops)).toBe(false);
  expect(await reconcileOne(one, ['a'], ops)).toBe(true);
  expect(await reconcileOne(one, ['ab', 'c'], ops)).toBe(true);
  expect(await reconcileOne(one, ['ab', 'c'], ops)).toBe(true);
  expect(await reconcileOne(copy(one), ['ab', 'c'], ops)).toBe(false);
  expect(calls).toEqual(['post 0', 'edit m1', 'post 1']);
});

test('in the end there is exactly what should be, and another worker does nothing twice', async () => {
  const { messages, calls, ops } = chat();
  const one = draft();
  await reconcileAll(one, ['a', 'b', 'c', 'd'], ops);
  await reconcileAll(copy(one), ['a', 'b', 'c', 'd'], ops);
  expect(calls).toEqual(['post 0', 'post 1', 'post 2', 'post 3']);
  await reconcileAll(one, ['a', 'B'], ops);
  expect([...messages.values()]).toEqual(['a', 'B']);
  expect(calls.slice(4)).toEqual(['edit m2', 'remove m4', 'remove m3']);
  expect(one).toMatchObject({ messages: ['m1', 'm2'], state: { shown: [expect.any(String), expect.any(String)] } });
});

test('a call that fails is gone on with; what it left there is written again', async () => {
  const { messages, calls, faults, ops } = chat();
  const one = draft();
  await reconcileAll(one, ['a'], ops);
  faults.push(new SendError('unknown-outcome', 'lost', 'lost'));
  await expect(reconcileAll(one, ['b'], ops)).rejects.toThrow('lost');
  await reconcileAll(copy(one), ['a'], ops);
  expect([...messages.values()]).toEqual(['a']);
  expect(calls).toEqual(['post 0', 'edit m1', 'edit m1']);
});
