/** What the adapters' own tests do not show: a platform that can look up what it posted, and when the typing ends. */
import { expect, test } from 'vitest';
import { createEditingSender } from '../../adapters/kit/editing-sender.ts';
import { SendError } from '../../src/contract/index.ts';

const to = { platform: 'example', conversation: 'example:1', route: {} };
const answered = (markdown: string) => ({ markdown, outcome: 'answered' as const });

function example(options: { find: boolean }) {
  const messages: string[] = [];
  const typing: string[] = [];
  const courtesies: boolean[] = [];
  const faults: SendError[] = [];
  const found = { times: 0 };
  const failing = <T>(result: T): T => {
    const fault = faults.shift();
    if (fault) throw fault;
    return result;
  };
  const sender = createEditingSender<string>({
    capabilities: { updateEveryMs: 1, firstUpdateAfterMs: 0 },
    typing: {
      begin: (_, key) => void typing.push(`begin ${key}`),
      end: async (key) => void typing.push(`end ${key}`),
      close: () => void typing.push('close'),
    },
    render: (markdown) => [markdown],
    renderGrowing: (markdown) => (markdown.trim() === '' ? [] : [`${markdown}…`]),
    ops(_, updating) {
      courtesies.push(updating);
      return {
        post: async (text) => failing(String(messages.push(text) - 1)),
        async edit(id, text) {
          messages[Number(id)] = text;
          failing(undefined);
        },
        remove: async () => {},
      };
    },
    ...(options.find && {
      async find() {
        found.times++;
        return messages.map((_, n) => String(n));
      },
    }),
    enrich: async (inbound) => ({ messages: inbound, earlier: [] }),
    download: async () => new Uint8Array(),
  });
  return { sender, messages, typing, courtesies, faults, found };
}

test('what was posted without an answer is found and edited, where the platform can tell', async () => {
  for (const find of [true, false]) {
    const { sender, messages, faults, found } = example({ find });
    expect(sender.capabilities.streaming).toBe('edit');
    const draft = await sender.begin(to, 'turn-1');
    faults.push(new SendError('unknown-outcome', 'lost', 'lost'));
    await expect(sender.update(draft, 'So far')).rejects.toThrow('lost');
    expect(draft.messages).toEqual([]);
    draft.unverified = true;
    await sender.finish(draft, answered('Done.'));
    expect(draft.unverified).toBe(false);
    expect(found.times).toBe(find ? 1 : 0);
    expect(messages).toEqual(find ? ['Done.'] : ['So far…', 'Done.']);
  }
});

test('typing ends with the first text, with the last, and with a refusal; not while there is to wait', async () => {
  const { sender, typing, courtesies, faults } = example({ find: false });
  const draft = await sender.begin(to, 'turn-1');
  await sender.update(draft, ' ');
  expect(typing).toEqual(['begin turn-1']);
  faults.push(new SendError('rate-limited', 'x', 'wait'));
  await expect(sender.finish(draft, answered('Done.'))).rejects.toThrow('wait');
  expect(typing).toEqual(['begin turn-1']);
  await sender.update(draft, 'So far');
  faults.push(new SendError('gone', 'x', 'gone'));
  await expect(sender.finish(draft, answered('Done.'))).rejects.toThrow('gone');
  await sender.finish(draft, answered('Done.'));
  await sender.close();
  expect(typing).toEqual(['begin turn-1', 'end turn-1', 'end turn-1', 'end turn-1', 'close']);
  expect(courtesies).toEqual([true, false, true, false, false]);
});
