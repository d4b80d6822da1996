/** What is not answered on other platforms without a word is told in the web chat: its page waits for each answer. */
import { afterEach, expect, test } from 'vitest';
import { createTestModel } from '../doubles/model.ts';
import { startTestChasqui, type TestChasqui } from '../support/chasqui.ts';
import { createBrowser } from './browser.ts';

let chasqui: TestChasqui | undefined;
const browsers: ReturnType<typeof createBrowser>[] = [];
afterEach(async () => {
  for (const browser of browsers.splice(0)) browser.close();
  await chasqui?.stop();
});

async function start(sections: object) {
  chasqui = await startTestChasqui({
    models: [createTestModel(() => ['The answer.']).model],
    roles: ['web', 'worker'],
    sections: { web: { enabled: true }, ...sections } as never,
  });
  const browser = createBrowser(chasqui.address);
  browsers.push(browser);
  await browser.openSession();
  return browser;
}

test('each message over a limit is told so', async () => {
  const browser = await start({ limits: { person_per_minute: 4 } });
  const said = await browser.say('one');
  const stream = await browser.events(said.conversation);
  for (let n = 2; n <= 5; n++) {
    await browser.say(`message ${n}`, said.conversation);
    await stream.until(() => finals().length >= n);
  }
  function finals() {
    return stream.events.filter(({ event }) => event === 'final').map(({ data }) => data.text);
  }
  const limited = expect.stringContaining('That is more than I can answer here at once');
  expect(finals()).toEqual(['The answer.', 'The answer.', limited, limited, limited]);
});

test.each([
  ['ignored', { allow: ['nobody'], when_denied: 'ignore' }, false],
  ['told once that they may not', { allow: ['nobody'] }, true],
  ['given a code', { pairing: true }, true],
])('one who is %s is told so by the call, also when it is made again', async (_, place, told) => {
  const browser = await start({ places: [{ where: 'web', ...place }] });
  if (told) {
    const { conversation } = await browser.say('let me in');
    await (await browser.events(conversation)).until('final');
  }
  const again = { id: crypto.randomUUID(), text: 'again' };
  for (let n = 0; n < 2; n++) {
    const { status, body } = await browser
      .call('POST', '/api/chat', again)
      .then(async (response) => ({ status: response.status, body: await response.json() }));
    expect([status, body]).toMatchObject([403, { error: { code: 'not_allowed' } }]);
  }
});
