import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedRedis } from '../support/redis.ts';
import { type Chat, startChat } from './harness.ts';

let chat: Chat;
beforeAll(async () => {
  const { url, prefix } = sharedRedis();
  chat = await startChat({ redisUrl: url, prefix, script: () => ['A relay ', 'runner'] });
});
afterAll(() => chat.stop());

test("the page's example in docs/web.md works as it stands", async () => {
  const docs = await readFile(new URL('../../docs/web.md', import.meta.url), 'utf8');
  const example = /```js\n([\s\S]*?)```/.exec(docs)?.[1] as string;
  const code = `${example.replace('https://chat.example.com', chat.url)}\nexport { ask };`;
  const { ask } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const shown: string[] = [];
  const final = await ask('What is a chasqui?', (text: string) => shown.push(text));
  expect(final).toMatchObject({ text: 'A relay runner', outcome: 'answered' });
  expect(shown.at(-1)).toBe('A relay runner');
});
