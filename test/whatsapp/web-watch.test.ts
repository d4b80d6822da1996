/** What is made of the signs that a browser gives: which of them end it, and which the operators are told. */
import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { createWatch } from '../../adapters/whatsapp-linked/browser/watch.ts';
import { createLinkedReceiver } from '../../adapters/whatsapp-linked/receive/receiver.ts';
import { PACE } from '../../adapters/whatsapp-linked/session.ts';
import { createState, type LinkState } from '../../adapters/whatsapp-linked/state.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { captureLog } from '../support/config.ts';

afterEach(() => void vi.useRealTimers());

/** Browser, page and client as the libraries have them: emitters; `looks` is what a look at the page does. */
function build(looks: () => Promise<unknown> = async () => ({ missed: false })) {
  vi.useFakeTimers();
  const { log } = captureLog();
  const state = createState(log);
  let ready = 0;
  const watch = createWatch({
    state,
    log,
    pace: PACE,
    signal: new AbortController().signal,
    onReady: () => {
      ready += 1;
    },
  });
  const [browser, page, client] = [new EventEmitter(), new EventEmitter(), new EventEmitter()];
  watch.browser(browser as never, Object.assign(page, { evaluate: looks, mainFrame: () => page }) as never);
  watch.client(Object.assign(client, { initialize: () => new Promise(() => {}) }) as never);
  return { watch, state, browser, page, client, ready: () => ready, reload: () => page.emit('domcontentloaded') };
}

type Built = ReturnType<typeof build>;
const link = ({ client }: Built) => {
  client.emit('authenticated');
  client.emit('ready');
};
/** Whether it has ended, and how. */
const ending = ({ watch }: Built) => Promise.race([watch.ended, Promise.resolve(undefined)]);

const ENDS: [string, (built: Built) => unknown, string][] = [
  ['the phone logs it out', ({ client }) => client.emit('disconnected', 'LOGOUT'), 'logged out'],
  ['the session is gone', ({ client }) => client.emit('disconnected', 'UNPAIRED'), 'logged out'],
  ['the session is refused', ({ client }) => client.emit('auth_failure', 'no'), 'logged out'],
  ['it is used elsewhere', ({ client }) => client.emit('disconnected', 'CONFLICT'), 'taken over'],
  ['WhatsApp blocks it', ({ client }) => client.emit('disconnected', 'TOS_BLOCK'), 'failed'],
  ['the page crashes', ({ page }) => page.emit('error', new Error('crashed')), 'the page crashed'],
  ['the page is closed', ({ page }) => page.emit('close'), 'the page crashed'],
  ['the browser ends', ({ browser }) => browser.emit('disconnected'), 'the browser ended'],
];
test.each(ENDS)('%s: it ends', async (_name, happens, why) => {
  const built = build();
  link(built);
  expect(await ending(built)).toBeUndefined();
  happens(built);
  expect(await ending(built)).toMatchObject({ why });
});

test('a page that shows no progress is given up: at the start, while it syncs, after a reload; one that waits for a scan is not', async () => {
  const { patienceMs } = PACE;
  const stuck = build();
  await vi.advanceTimersByTimeAsync(patienceMs - 1);
  expect(await ending(stuck)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(await ending(stuck)).toMatchObject({ why: 'the page hangs' });

  // As when WhatsApp has renamed a module: authenticated, and never ready.
  const syncing = build();
  syncing.client.emit('qr', 'a code');
  await vi.advanceTimersByTimeAsync(patienceMs * 10);
  expect([await ending(syncing), syncing.state.get().state]).toEqual([undefined, 'waiting for scan']);
  syncing.client.emit('authenticated');
  await vi.advanceTimersByTimeAsync(patienceMs - 1);
  syncing.client.emit('loading_screen', 50);
  await vi.advanceTimersByTimeAsync(patienceMs - 1);
  expect([await ending(syncing), syncing.state.get().state]).toEqual([undefined, 'syncing']);
  await vi.advanceTimersByTimeAsync(1);
  expect(await ending(syncing)).toMatchObject({ why: 'the page hangs' });

  const silent = build();
  silent.client.emit('qr', 'a code');
  silent.client.emit('authenticated');
  await vi.advanceTimersByTimeAsync(patienceMs);
  expect(await ending(silent)).toMatchObject({ why: 'the page hangs' });

  const reloaded = build();
  link(reloaded);
  await vi.advanceTimersByTimeAsync(patienceMs * 10);
  expect(await ending(reloaded)).toBeUndefined();
  reloaded.reload();
  expect(reloaded.state.get()).toMatchObject({ state: 'starting', detail: 'the page is reloaded' });
  await vi.advanceTimersByTimeAsync(patienceMs);
  expect(await ending(reloaded)).toMatchObject({ why: 'the page hangs' });
});

test('a page that does not answer when it is looked at, three times in a row, is given up', async () => {
  let fails = true;
  const built = build(() => (fails ? Promise.reject(new Error('hung')) : Promise.resolve({ missed: false })));
  link(built);
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs * 2);
  fails = false;
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs);
  fails = true;
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs * 2);
  expect(await ending(built)).toBeUndefined();
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs);
  expect(await ending(built)).toMatchObject({ why: 'the page hangs' });
});

test('a lost connection is told, and when it is back what was missed is asked for', () => {
  const built = build();
  link(built);
  expect(built.ready()).toBe(1);
  built.client.emit('change_state', 'TIMEOUT');
  expect(built.state.get()).toMatchObject({ state: 'lost', detail: 'TIMEOUT' });
  built.client.emit('change_state', 'OPENING');
  expect([built.state.get().state, built.ready()]).toEqual(['lost', 1]);
  built.client.emit('change_state', 'CONNECTED');
  expect([built.state.get().state, built.ready()]).toEqual(['linked', 2]);
});

test('a state whose event was missed in a reload is found by looking', async () => {
  let socket = 'TIMEOUT';
  const built = build(async () => ({ state: socket, missed: false }));
  link(built);
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs);
  expect(built.state.get().state).toBe('linked');
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs);
  expect(built.state.get()).toMatchObject({ state: 'lost', detail: 'TIMEOUT' });
  socket = 'CONNECTED';
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs * 2);
  expect([built.state.get().state, built.ready()]).toEqual(['linked', 2]);
  socket = 'CONFLICT';
  await vi.advanceTimersByTimeAsync(PACE.lookEveryMs * 2);
  expect(await ending(built)).toMatchObject({ why: 'taken over' });
});

test('operators are told by one of five words how it is, and by a detail that begins with the state', async () => {
  const { log } = captureLog();
  const http = createHttpServer(log);
  const state = createState(log);
  const receiver = createLinkedReceiver({
    http,
    state,
    build: () => Promise.reject(new Error('no Chromium')),
    release: async () => {},
  });
  const told = (next: LinkState, more?: Parameters<typeof state.set>[1]) => {
    state.set(next, more);
    const { connected, detail, state: word } = receiver.status();
    return `${word} ${connected}: ${detail}`;
  };
  expect(told('starting')).toBe('starting false: starting');
  expect(told('waiting for scan', { qr: 'x' })).toBe('waiting false: waiting for scan, see /ops/whatsapp');
  expect(told('syncing')).toBe('starting false: syncing');
  expect(told('linked')).toBe('connected true: linked');
  expect(told('lost', { detail: 'TIMEOUT' })).toBe('lost false: lost: TIMEOUT');
  expect(told('taken over')).toBe('lost false: taken over');
  expect(told('restarting', { detail: 'the page hangs' })).toBe('starting false: restarting: the page hangs');
  // Until there is a code to scan it stays logged out, and after that one reads why there is one.
  expect(told('logged out')).toBe('logged-out false: logged out');
  expect(told('starting')).toBe('logged-out false: logged out: starting');
  expect(told('waiting for scan')).toMatch(/^waiting false: waiting for scan, .*logged it out/);
  expect(told('syncing')).toBe('starting false: syncing');
  expect(told('linked')).toBe('connected true: linked');
  expect(told('starting')).toBe('starting false: starting');
  expect(told('standby')).toBe('connected true: standby');
  await expect(receiver.start()).rejects.toThrow('no Chromium');
  expect(receiver.status()).toEqual({ connected: false, detail: 'no Chromium', state: 'lost' });
  await http.close();
});
