import { test } from 'vitest';
import { paused } from './model.ts';
import { LAN, say, soon, useSite } from './site.ts';

const site = useSite();
const answers = '.answer:not(.streaming)';

test('a reload in the middle of an answer goes on with it', async () => {
  const page = await site.visit();
  const { script, goOn } = paused('It begins', ' and it ends.');
  site.model.says(script);
  await say(page, 'Go');
  await page.locator('.streaming', { hasText: 'It begins' }).waitFor();
  await page.reload();
  await page.locator('.streaming', { hasText: 'It begins' }).waitFor();
  goOn();
  await page.locator(answers, { hasText: 'It begins and it ends.' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(2);
});

test('a connection that breaks in the middle of an answer costs nothing and doubles nothing', async () => {
  const page = await site.visit();
  const { script, goOn } = paused('one two ', 'three four');
  site.model.says(script);
  await say(page, 'Count');
  await page.locator('.streaming', { hasText: 'one two' }).waitFor();
  site.wire.sever();
  await page.getByText('Reconnecting…').waitFor();
  goOn();
  site.wire.mend();
  await page.locator(answers).waitFor();
  await soon(() => page.locator('.answer .markdown').textContent()).toBe('one two three four');
  await page.getByText('Reconnecting…').waitFor({ state: 'detached' });
  await soon(() => page.locator('article').count()).toBe(2);
});

test('an answer that was finished while the browser was cut off is there when it is back', async () => {
  const page = await site.visit();
  const { script, goOn } = paused('alpha ', 'omega');
  site.model.says(script);
  await say(page, 'All');
  await page.locator('.streaming', { hasText: 'alpha' }).waitFor();
  const id = new URL(page.url()).hash.slice('#c='.length);
  site.wire.sever();
  goOn();
  const finished = async () => (await site.chasqui.conversations.view(`web:${id}`)).history.length;
  await soon(finished).toBe(1);
  site.wire.mend();
  await page.locator(answers, { hasText: 'alpha omega' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(2);
});

test('a browser that was away until the events were gone reads the conversation again', async () => {
  const page = await site.visit();
  const { script, goOn } = paused('first half, ', 'second half');
  site.model.says(script);
  await say(page, 'Wait for me');
  await page.locator('.streaming', { hasText: 'first half' }).waitFor();
  const id = new URL(page.url()).hash.slice('#c='.length);
  site.wire.sever();
  goOn();
  await soon(async () => (await site.chasqui.conversations.view(`web:${id}`)).history.length).toBe(1);
  await site.redis.del(`${site.prefix}:{web:${id}}:events`);
  site.wire.mend();
  await page.locator(answers, { hasText: 'first half, second half' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(2);
  // It follows from there on.
  site.model.says('Welcome back');
  await say(page, 'And now?');
  await page.locator(answers, { hasText: 'Welcome back' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(4);
});

test('a message that could not be sent stays, is sent on "try again", and only once', async () => {
  const page = await site.visit();
  site.model.says('Got it');
  // The server takes the first try, but its answer is lost: the worst case for "only once".
  await page.route('**/api/chat', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await say(page, 'Important');
  const problem = page.getByRole('alert');
  await problem.getByText('Not sent. The server cannot be reached.').waitFor();
  await page.reload();
  await problem.getByText('Not sent.').waitFor();
  await page.unroute('**/api/chat');
  await problem.getByRole('button', { name: 'Try again' }).click();
  await page.locator(answers, { hasText: 'Got it' }).waitFor();
  await soon(() => page.locator('.user').count()).toBe(1);
  await page.reload();
  await page.locator(answers, { hasText: 'Got it' }).waitFor();
  await soon(() => page.locator('article').count()).toBe(2);
  await soon(() => problem.count()).toBe(0);
});

test('an unsent message survives a look at another conversation, and can be discarded', async () => {
  const page = await site.visit();
  site.model.says('Fine');
  await say(page, 'First');
  await page.locator(answers).waitFor();
  await page.route('**/api/chat', (route) => route.abort());
  await say(page, 'Lost words');
  await page.getByRole('alert').waitFor();
  await page.getByRole('button', { name: 'New conversation' }).first().click();
  await page.getByText('What can I help with?').waitFor();
  await page.goBack();
  await page.getByText('Lost words').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('Lost words').waitFor({ state: 'detached' });
  await page.reload();
  await page.locator(answers).waitFor();
  await soon(() => page.getByText('Lost words').count()).toBe(0);
});

test('too many messages: it says when to come back, and then lets one', async () => {
  const page = await site.visit();
  await page.route('**/api/chat', (route) =>
    route.fulfill({
      status: 429,
      json: { error: { code: 'slow_down', message: 'Too many messages.', retryAfterSeconds: 2 } },
    }),
  );
  site.model.says('Thank you for waiting');
  const again = page.getByRole('button', { name: 'Try again' });
  // Both are so for two seconds only: one looks out for them before.
  const told = page.getByText('You can send again in 2 s.').waitFor();
  const closed = page.getByRole('button', { name: 'Try again', disabled: true }).waitFor();
  await say(page, 'Again and again');
  await Promise.all([told, closed]);
  await page.unroute('**/api/chat');
  await again.click(); // Waits until it may be clicked.
  await page.locator(answers, { hasText: 'Thank you for waiting' }).waitFor();
});

test('a session that the server no longer knows is replaced without a word', async () => {
  const page = await site.visit();
  site.model.says('Welcome back');
  await page.getByText('What can I help with?').waitFor();
  await page.context().clearCookies();
  await say(page, 'Still there?');
  await page.locator(answers, { hasText: 'Welcome back' }).waitFor();
});

test('conversations: a new one, the list, back and forward, deleting with a question', async () => {
  const page = await site.visit();
  const list = page.getByRole('navigation', { name: 'Conversations' });
  site.model.says((asked) => [`About ${asked}`]);
  await say(page, 'apples');
  await page.locator(answers, { hasText: 'About apples' }).waitFor();
  await list.getByRole('button', { name: 'New conversation' }).click();
  await page.getByText('What can I help with?').waitFor();
  await say(page, 'pears');
  await page.locator(answers, { hasText: 'About pears' }).waitFor();
  await soon(() => list.getByRole('link').allInnerTexts()).toEqual(['pears', 'apples']);

  await list.getByRole('link', { name: 'apples' }).click();
  await page.locator(answers, { hasText: 'About apples' }).waitFor();
  await soon(() => list.getByRole('link', { name: 'apples' }).getAttribute('aria-current')).toBe('page');
  await page.goBack();
  await page.locator(answers, { hasText: 'About pears' }).waitFor();
  await page.goForward();
  await page.locator(answers, { hasText: 'About apples' }).waitFor();

  await list.getByRole('button', { name: 'Delete “apples”' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await list.getByRole('button', { name: 'Delete “apples”' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('What can I help with?').waitFor();
  await soon(() => list.getByRole('link').allInnerTexts()).toEqual(['pears']);
  await page.reload();
  await soon(() => list.getByRole('link').allInnerTexts()).toEqual(['pears']);
});

test('a conversation of someone else is not shown, and says so', async () => {
  const mine = await site.visit();
  site.model.says('A secret');
  await say(mine, 'Tell me');
  await mine.locator(answers, { hasText: 'A secret' }).waitFor();
  const other = await site.visit({ path: `/${new URL(mine.url()).hash}` });
  await other.getByText('This conversation is not here').waitFor();
  await other.getByRole('button', { name: 'Begin a new one' }).click();
  await other.getByText('What can I help with?').waitFor();
  await soon(() => other.getByText('A secret').count()).toBe(0);
});

test('two tabs show the same conversation, also an answer that one of them asked for again', async () => {
  const first = await site.visit();
  site.model.says('Reply one');
  await say(first, 'From the first tab');
  await first.locator(answers, { hasText: 'Reply one' }).waitFor();
  const second = await site.tab(first.context(), `/${new URL(first.url()).hash}`);
  await second.locator(answers, { hasText: 'Reply one' }).waitFor();

  site.model.says('Reply two');
  await say(second, 'From the second tab');
  for (const tab of [first, second]) {
    await tab.locator(answers, { hasText: 'Reply two' }).waitFor();
    await soon(() => tab.locator('.bubble').allInnerTexts()).toEqual(['From the first tab', 'From the second tab']);
  }
  site.model.says('Reply three');
  await first.getByRole('button', { name: 'Answer again' }).click();
  for (const tab of [first, second]) {
    await tab.locator(answers, { hasText: 'Reply three' }).waitFor();
    await soon(() => tab.locator('.answer').count()).toBe(2);
    await soon(() => tab.getByText('Reply two').count()).toBe(0);
  }
});

test('a page that is opened while the server is away comes up when it is back', async () => {
  const page = await site.visit();
  await page.getByText('What can I help with?').waitFor();
  await page.route('**/api/session', (route) => route.abort());
  await page.reload();
  await page.getByText('The server cannot be reached.').waitFor();
  await page.unroute('**/api/session');
  await page.getByText('What can I help with?').waitFor();
});

test('a message that was sent while the page was still connecting is sent when it is connected', async () => {
  const page = await site.visit();
  await page.getByText('What can I help with?').waitFor();
  const connected = Promise.withResolvers<void>();
  await page.route('**/api/session', async (route) => {
    await connected.promise;
    await route.continue();
  });
  await page.reload();
  site.model.says('Here I am');
  await say(page, 'Quick');
  await page.getByText('Your message is sent as soon as').waitFor();
  connected.resolve();
  await page.locator(answers, { hasText: 'Here I am' }).waitFor();
  await soon(() => page.locator('.user').count()).toBe(1);
});

test('over plain http in a LAN, where browsers give no secure context, one can write, ask again and use commands', async () => {
  // The browser leaves out what is for secure contexts, and says so.
  site.expectComplaint(/Cross-Origin-Opener-Policy/);
  const page = await site.visit({ path: site.url.replace('127.0.0.1', LAN), device: {} });
  await soon(() => page.evaluate('isSecureContext')).toBe(false);
  site.model.says('Hello over there');
  await say(page, 'Hi');
  await page.locator(answers, { hasText: 'Hello over there' }).waitFor();
  site.model.says('Once more');
  await page.getByRole('button', { name: 'Answer again' }).click();
  await page.locator(answers, { hasText: 'Once more' }).waitFor();
  await say(page, '/help');
  await page.locator('.note').waitFor();
});
