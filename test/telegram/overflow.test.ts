/** An answer that is too long for messages: the whole of it follows as a file. */
import { afterEach, expect, test, vi } from 'vitest';
import { createTestIngest } from '../conformance/adapter.ts';
import { Refusal } from '../doubles/telegram/index.ts';
import { GROUP, startTelegram, TOPIC } from './harness.ts';

const LONG = Array.from({ length: 1_000 }, (_, n) => `Line ${n} of a “very” long answer, with <tags> & *marks*.`).join(
  '\n\n',
);
const REPLY = { markdown: LONG, outcome: 'answered' as const };

let running: Awaited<ReturnType<typeof startTelegram>> | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await running?.double.close();
  running = undefined;
});

async function start(maxReplyMessages = 4) {
  running = await startTelegram(createTestIngest(), { maxReplyMessages });
  const to = {
    platform: 'telegram',
    conversation: `telegram:${GROUP}:${TOPIC}`,
    route: { chat: GROUP, thread: TOPIC },
  };
  const { double, adapter } = running;
  return { double, sender: adapter.sender(), to, shown: () => double.shown(GROUP, TOPIC) };
}

test('the last of its messages is the whole answer as a file, in the topic', async () => {
  const { sender, to, shown } = await start();
  await sender.finish(await sender.begin(to, 'turn-1'), REPLY);
  expect(shown().map(({ file }) => file)).toEqual([undefined, undefined, undefined, LONG]);
  expect(shown().at(-1)?.text).toBe('The rest of the answer is in the file.');
  await sender.close();
});

test('a file that must wait is posted later, once; what is there costs no call', async () => {
  const { double, sender, to, shown } = await start();
  const draft = await sender.begin(to, 'turn-2');
  double.faults.push({ method: 'sendDocument', refusal: new Refusal(429, 'Too Many Requests', { retry_after: 3 }) });
  await expect(sender.finish(draft, REPLY)).rejects.toMatchObject({ kind: 'rate-limited', retryAfterMs: 3_000 });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_001 });
  const kept = structuredClone(draft);
  await sender.finish(kept, REPLY);
  await sender.finish(structuredClone(kept), REPLY);
  expect(shown()).toHaveLength(4);
  expect(double.calls.items.map(({ method }) => method).filter((method) => method !== 'sendChatAction')).toEqual([
    ...Array(3).fill('sendMessage'),
    ...Array(2).fill('sendDocument'),
  ]);
  await sender.close();
});

test('a file whose answer was lost is posted again, as a text is: Telegram lists no messages', async () => {
  const { double, sender, to, shown } = await start();
  const draft = await sender.begin(to, 'turn-5');
  double.faults.push({ method: 'sendDocument', lost: true });
  await expect(sender.finish(draft, REPLY)).rejects.toMatchObject({ kind: 'unknown-outcome' });
  await sender.finish({ ...structuredClone(draft), unverified: true }, REPLY);
  expect(shown().map(({ file }) => file)).toEqual([undefined, undefined, undefined, LONG, LONG]);
  await sender.close();
});

test('where no file may be posted, a line says that the rest is left out', async () => {
  const { double, sender, to, shown } = await start();
  const refusal = new Refusal(400, 'Bad Request: not enough rights to send documents to the chat');
  double.faults.push({ method: 'sendDocument', refusal });
  await sender.finish(await sender.begin(to, 'turn-3'), REPLY);
  expect(shown()).toHaveLength(4);
  expect(shown().at(-1)?.text).toContain('the rest is left out');
  await sender.close();
});

test('another answer to the same draft brings its own file', async () => {
  const { sender, to, shown } = await start();
  const draft = await sender.begin(to, 'turn-4');
  await sender.finish(draft, REPLY);
  await sender.finish(draft, { ...REPLY, markdown: `Again: ${LONG}` });
  expect(shown().map(({ file }) => file)).toEqual([undefined, undefined, undefined, `Again: ${LONG}`]);
  await sender.close();
});

test('four thousand empty bullets stay within the limit of messages, while they grow and at the end', async () => {
  const { sender, to, shown } = await start(2);
  const markdown = '*\n'.repeat(4_000);
  let draft = await sender.begin(to, 'turn-7');
  for (let n = 0; n < 3; n++) draft = await sender.update(draft, markdown);
  expect(shown()).toHaveLength(1);
  await sender.finish(draft, { markdown, outcome: 'answered' });
  expect(shown().map(({ file }) => file)).toEqual([undefined, markdown]);
  await sender.close();
});
