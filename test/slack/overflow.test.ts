/** An answer that is too long for messages: the whole of it follows as a file, once, whatever fails on the way. */
import { afterEach, expect, test } from 'vitest';
import { toAddress } from '../../adapters/slack/route.ts';
import { DEFAULT_SCOPES, type SlackDoubleOptions } from '../doubles/slack/index.ts';
import { type Boots, startSlack } from './bot.ts';

let bot: Boots | undefined;
afterEach(async () => {
  await bot?.end();
  bot = undefined;
});

const LONG = Array.from({ length: 3_000 }, (_, n) => `Line ${n} of a very long answer with “quotes”.`).join('\n\n');
const REPLY = { markdown: LONG, outcome: 'answered' as const, model: 'test:model' };

async function start(options: SlackDoubleOptions = {}) {
  bot = await startSlack({ slack: options });
  const { slack, ana, general, boot } = bot;
  const { adapter } = await boot();
  const { ts: asked } = slack.say(ana, general, 'hello all');
  const to = toAddress({ team: slack.ids.team, channel: general, thread: asked, user: ana, asked });
  const own = () =>
    slack.visible(general, { all: true }).filter(({ user, deleted }) => user === slack.ids.botUser && !deleted);
  const files = () => [...own()].flatMap((message) => message.files);
  const parts = () => own().filter((message) => message.files.length === 0);
  return { slack, sender: adapter.sender(), to, files, parts, own };
}

test('the whole answer follows its eight messages as a file, in the thread', async () => {
  const { slack, sender, to, files, parts, own } = await start();
  await sender.finish(await sender.begin(to, 'turn-1'), REPLY);
  expect(parts()).toHaveLength(8);
  expect(parts().at(-1)?.text).toContain('The rest of the answer is in the file.');
  expect(files()).toHaveLength(1);
  expect(own().at(-1)?.files).toHaveLength(1);
  const uploaded = slack.calls.find(({ method }) => method === 'files.getUploadURLExternal');
  expect(uploaded?.args.length).toBe(String(Buffer.byteLength(LONG)));
  await sender.close();
});

test.each([
  ['files.getUploadURLExternal', { applyThenCut: true }],
  ['files.upload', { applyThenCut: true }],
  ['files.upload', { status: 500 }],
  ['files.completeUploadExternal', { applyThenCut: true }],
  ['files.completeUploadExternal', { applyThenStatus: 500 }],
  ['files.completeUploadExternal', { cut: true }],
] as const)('another worker goes on after %s ended with %o: one file', async (method, fault) => {
  const { slack, sender, to, files, parts } = await start();
  const begun = await sender.begin(to, 'turn-2');
  const struck = slack.fault(method, fault);
  await expect(sender.finish(structuredClone(begun), REPLY)).rejects.toMatchObject({ name: 'SendError' });
  expect(struck.hits).toBe(1);
  await sender.finish({ ...structuredClone(begun), unverified: true }, REPLY);
  expect(parts()).toHaveLength(8);
  expect(files()).toHaveLength(1);
  await sender.close();
});

test.each([
  ['applied', { applyThenCut: true }],
  ['not applied', { cut: true }],
] as const)(
  'a share whose answer was lost (%s) is repeated for the same file, whatever the history shows',
  async (_, fault) => {
    const { slack, sender, to, files, parts } = await start();
    const draft = await sender.begin(to, 'turn-5');
    slack.fault('files.completeUploadExternal', fault);
    await expect(sender.finish(draft, REPLY)).rejects.toMatchObject({ kind: 'unknown-outcome' });
    // Slack shows the file only a while after the call: it is as if the history did not have it yet.
    await sender.finish({ ...structuredClone(draft), unverified: false }, REPLY);
    expect(parts()).toHaveLength(8);
    expect(parts().at(-1)?.text).toContain('The rest of the answer is in the file.');
    expect(files()).toHaveLength(1);
    await sender.close();
  },
);

test('without the scope, a line says that the rest is left out', async () => {
  const { sender, to, files, parts } = await start({ scopes: DEFAULT_SCOPES.filter((one) => one !== 'files:write') });
  await sender.finish(await sender.begin(to, 'turn-3'), REPLY);
  expect(parts().at(-1)?.text).toContain('the rest is left out');
  expect(files()).toEqual([]);
  await sender.close();
});

test('the doctor names the missing scope, and an installation without it is sound', async () => {
  bot = await startSlack({ slack: { scopes: DEFAULT_SCOPES.filter((one) => one !== 'files:write') } });
  const { adapter } = await bot.boot();
  const token = (await adapter.check()).find(({ name }) => name === 'Slack bot token');
  expect(token).toMatchObject({ ok: true, detail: expect.stringContaining('files:write') });
});

test('where Slack refuses to share the file, the last message says that the rest is left out', async () => {
  const { slack, sender, to, files, parts } = await start();
  slack.fault('files.completeUploadExternal', { error: 'file_uploads_disabled' });
  await sender.finish(await sender.begin(to, 'turn-4'), REPLY);
  expect(parts()).toHaveLength(8);
  expect(JSON.stringify(parts().at(-1)?.blocks)).toContain('feedback_buttons');
  expect(parts().at(-1)?.text).toContain('the rest is left out');
  expect(files()).toEqual([]);
  await sender.close();
});
