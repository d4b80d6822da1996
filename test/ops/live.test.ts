/** The live stream: for as long as its login lasts, and with room for everybody. */
import { afterEach, expect, test } from 'vitest';
import type { TestChasqui } from '../support/chasqui.ts';
import { OPERATOR, startOperators, VIEWER } from './operators.ts';

let chasqui: TestChasqui | undefined;
const tabs = new AbortController();
afterEach(async () => {
  tabs.abort();
  await chasqui?.stop();
});

test('one login has few tabs, viewers leave room for operators, and a tab ends with its login', async () => {
  const started = await startOperators({ env: { OPS_PASSWORD: OPERATOR, OPS_VIEWER_PASSWORD: VIEWER } });
  chasqui = started.chasqui;
  const { address } = started.chasqui;
  const follow = (cookie: string) => fetch(`${address}/ops/api/live`, { headers: { cookie }, signal: tabs.signal });
  const logIn = async (password: string) => {
    const browser = started.createBrowser();
    await browser.logIn(password);
    return browser;
  };
  const statuses: number[] = [];
  for (let viewer = 0; viewer < 6; viewer++) {
    const { cookie } = await logIn(VIEWER);
    for (let tab = 0; tab < 11; tab++) statuses.push((await follow(cookie())).status);
  }
  expect(statuses.filter((status) => status === 200)).toHaveLength(50);
  expect(statuses.slice(0, 11)).toEqual([...Array.from({ length: 10 }, () => 200), 429]);

  const operator = await logIn(OPERATOR);
  const stream = await follow(operator.cookie());
  expect(stream.status).toBe(200);
  const read = stream.text();
  expect((await operator.post('logout')).status).toBe(204);
  // It resolves only when the server ends the stream.
  expect(await read).toContain('event: now');
});
