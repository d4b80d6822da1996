import { expect, test } from 'vitest';
import { paused } from './model.ts';
import { say, soon, useSite } from './site.ts';

const site = useSite({ maxChars: 1_000 });
const answers = '.answer:not(.streaming)';

test('before the first message it says what it is and who answers; a suggestion begins', async () => {
  const page = await site.visit();
  await page.getByText('Test Llama answers here, hosted by this test.').waitFor();
  await soon(() => page.title()).toBe('Chasqui');
  site.model.says((asked) => [`You asked: ${asked}`]);
  await page.getByRole('button', { name: 'What can you do?' }).click();
  await page.locator(answers, { hasText: 'You asked: What can you do?' }).waitFor();
  await page.getByRole('button', { name: 'About this assistant' }).click();
  await page.getByRole('dialog').getByText('Test License').waitFor();
});

test('an answer appears while it is written, and is shown as Markdown', async () => {
  const page = await site.visit();
  const { script, goOn } = paused(
    'Some **bold** words\n\n```js\nconst a = 1;',
    '\n```\n\n| a | b |\n|--|--|\n| 1 | 2 |\n',
  );
  site.model.says(script);
  await say(page, 'Show me');
  await page.locator('.streaming strong').waitFor();
  // The fence is not closed yet, and still it is code.
  await page.locator('.streaming pre', { hasText: 'const a = 1;' }).waitFor();
  goOn();
  await page.locator(`${answers} td`, { hasText: '2' }).waitFor();
  await soon(() => page.locator('.code figcaption').textContent()).toBe('js');
  await page.locator('.code .hl-keyword', { hasText: 'const' }).waitFor();
  await soon(() => page.locator('.markdown').textContent()).not.toContain('```');
});

test('code is copied as it is', async () => {
  const page = await site.visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  site.model.says('```py\nif a < b:\n    print("&amp;")\n```');
  await say(page, 'Code, please');
  // It says so for a moment only: one looks out for it before.
  const copied = page.getByRole('button', { name: 'Copied' }).waitFor();
  await page.getByRole('button', { name: 'Copy code' }).click();
  await copied;
  await soon(() => page.evaluate('navigator.clipboard.readText()')).toBe('if a < b:\n    print("&amp;")');
  await page.getByRole('button', { name: 'Copy answer' }).click();
  await soon(() => page.evaluate('navigator.clipboard.readText()')).toContain('```py');
});

test('what a person writes stays as it was written', async () => {
  const page = await site.visit();
  const text = 'Two  spaces, **stars** and\n<b>no</b> markup 🧑‍🚀 שלום';
  await say(page, text);
  await page.locator(answers).waitFor();
  await soon(() => page.locator('.bubble').textContent()).toBe(text);
});

test('stop ends the answer where it is; Escape does the same', async () => {
  const page = await site.visit();
  site.model.says(paused('The beginning', ' never comes').script);
  await say(page, 'Tell me');
  await page.locator('.streaming', { hasText: 'The beginning' }).waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('.answer.stopped', { hasText: 'The beginning' }).waitFor();
  await page.getByText('Stopped.', { exact: true }).waitFor();

  site.model.says(paused('Another one', ' never comes').script);
  await say(page, 'And again');
  await page.locator('.streaming', { hasText: 'Another one' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.answer.stopped', { hasText: 'Another one' }).waitFor();
  await soon(() => page.getByText('never comes').count()).toBe(0);
});

test('"answer again" replaces the last answer', async () => {
  const page = await site.visit();
  site.model.says('First try');
  await say(page, 'A joke');
  await page.locator(answers, { hasText: 'First try' }).waitFor();
  site.model.says('Second try');
  await page.getByRole('button', { name: 'Answer again' }).click();
  await page.locator(answers, { hasText: 'Second try' }).waitFor();
  await soon(() => page.locator('.answer').count()).toBe(1);
  await page.reload();
  await page.locator(answers, { hasText: 'Second try' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(2);
});

test('after a thumb down one may say why, at a click', async () => {
  const page = await site.visit();
  site.model.says('Judge me');
  await say(page, 'Say something');
  await page.getByRole('button', { name: 'Bad answer' }).click();
  const saved = page.waitForRequest(/feedback$/);
  await page.getByRole('button', { name: 'It is too long' }).click();
  expect((await saved).postDataJSON()).toMatchObject({ value: 'bad', reason: 'too long' });
  await page.getByText('Thank you.').waitFor();
});

test('a judgement of an answer is kept, and can be taken back', async () => {
  const page = await site.visit();
  site.model.says('Judge me');
  await say(page, 'Say something');
  const good = page.getByRole('button', { name: 'Good answer' });
  const saved = page.waitForResponse(/feedback$/);
  await good.click();
  await saved;
  await page.reload();
  await good.waitFor();
  await soon(() => good.getAttribute('aria-pressed')).toBe('true');
  await good.click();
  await soon(() => good.getAttribute('aria-pressed')).toBe('false');
});

test('a message sent during an answer waits, says so, and is answered next', async () => {
  const page = await site.visit();
  const { script, goOn } = paused('Working', ' done');
  site.model.says(script);
  await say(page, 'One');
  await page.locator('.streaming', { hasText: 'Working' }).waitFor();
  await say(page, 'Two');
  await page.getByText('Waiting: will be answered next').waitFor();
  site.model.says('Second answer');
  goOn();
  await page.locator(answers, { hasText: 'Second answer' }).waitFor();
  await soon(() => page.getByText('Waiting:').count()).toBe(0);
  await soon(() => page.locator('article').allInnerTexts()).toEqual([
    expect.stringContaining('One'),
    expect.stringContaining('Working done'),
    expect.stringContaining('Two'),
    expect.stringContaining('Second answer'),
  ]);
});

test('commands are answered in a note, without the model', async () => {
  const page = await site.visit();
  site.model.says('The model should not be asked');
  await say(page, '/about');
  const note = page.getByRole('complementary', { name: '/about' });
  await note.getByText('Where your messages go').waitFor();
  await soon(() => page.locator('article').count()).toBe(0);

  site.model.says('Something to forget');
  await say(page, 'Hello');
  await page.locator(answers).waitFor();
  await say(page, '/reset');
  await page.getByRole('complementary', { name: '/reset' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(0);
  await note.waitFor();
});

test('what a command said in a conversation is still there after a reload, in its place', async () => {
  const page = await site.visit();
  site.model.says('First answer');
  await say(page, 'Hello');
  await page.locator(answers).waitFor();
  await say(page, '/usage');
  const note = page.getByRole('complementary', { name: '/usage' });
  await note.waitFor();
  site.model.says('Second answer');
  await say(page, 'Again');
  await soon(() => page.locator(answers).count()).toBe(2);
  await page.reload();
  await note.waitFor();
  await soon(async () => {
    const text = await page.locator('main').textContent();
    return ['First answer', '/usage', 'Second answer'].map((part) => text?.indexOf(part) ?? -1);
  }).toSatisfy((places: number[]) => places.every((place, n) => place > (places[n - 1] ?? -1)));
});

test('the field grows, keeps a draft over a reload, and counts near the limit', async () => {
  const page = await site.visit();
  const field = page.getByRole('textbox', { name: 'Message' });
  const send = page.getByRole('button', { name: 'Send' });
  await soon(() => send.isDisabled()).toBe(true);
  const height = async () => (await field.boundingBox())?.height ?? 0;
  const low = await height();
  await field.fill('One line');
  await field.press('Shift+Enter');
  await field.pressSequentially('another');
  await soon(() => height()).toBeGreaterThan(low);
  await page.reload();
  await soon(() => field.inputValue()).toBe('One line\nanother');

  await field.fill('x'.repeat(950));
  await page.getByText('50 characters left').waitFor();
  await field.fill('x'.repeat(1_003));
  await page.getByText('3 characters over the limit of 1,000').waitFor();
  await soon(() => send.isDisabled()).toBe(true);
  await field.press('Enter');
  await soon(() => page.locator('.user').count()).toBe(0);
});

test('Enter that ends a word of an input method does not send', async () => {
  const page = await site.visit();
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill('にほん');
  await field.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true });
  await soon(() => page.locator('.user').count()).toBe(0);
  await soon(() => field.inputValue()).toBe('にほん');
  await field.press('Enter');
  await page.locator('.user', { hasText: 'にほん' }).waitFor();
});

test('a reader who scrolled up is left there, and can jump to the newest', async () => {
  const page = await site.visit({ viewport: { width: 800, height: 500 } });
  const { script, goOn } = paused('line\n\n'.repeat(60), 'line\n\n'.repeat(30));
  site.model.says(script);
  await say(page, 'Much');
  const log = page.getByRole('log');
  const fromEnd = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  await soon(() => page.locator('.streaming p').count()).toBe(60);
  await soon(fromEnd).toBeLessThan(5);
  await log.evaluate((box) => box.scrollTo(0, 100));
  const jump = page.getByRole('button', { name: /Jump to the/ });
  await jump.waitFor();
  goOn();
  await page.locator(answers).waitFor();
  await soon(() => log.evaluate((box) => box.scrollTop)).toBe(100);
  await jump.click();
  await soon(fromEnd).toBeLessThan(5);
  await jump.waitFor({ state: 'detached' });
});
