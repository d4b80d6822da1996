import { expect, test } from 'vitest';
import { createReceiver, type ReceivingPlatform } from '../../adapters/kit/receiver.ts';
import { SendError, type SendErrorKind } from '../../src/contract/index.ts';
import { captureLog } from '../support/config.ts';
import { createGate, createRecord } from '../support/gate.ts';

const refused = (kind: SendErrorKind) => new SendError(kind, 'x', `it is ${kind}`, { retryAfterMs: 1 });

function receiver(more: Partial<ReceivingPlatform<string>>) {
  const { log, lines } = captureLog();
  const platform = {
    name: 'Example',
    log,
    identify: async () => 'me',
    describe: (me: string) => `${me} here`,
    ...more,
  };
  return { ...createReceiver<string>(platform), lines };
}

test('a platform that is away is waited for, and one line says so', async () => {
  const answers: (() => string)[] = [
    () => {
      throw refused('unavailable');
    },
    () => {
      throw refused('rate-limited');
    },
    () => 'me',
  ];
  const { start, status, lines } = receiver({ identify: async () => answers.shift()?.() ?? '' });
  expect(status().connected).toBe(false);
  await start();
  expect(status()).toEqual({ connected: true, detail: 'me here' });
  expect(lines.map(({ msg }) => msg)).toEqual(['Example cannot be reached; trying again']);
});

test('a refusal for good ends the start, and the status says why; so does a fault of ours', async () => {
  const bad = receiver({ identify: () => Promise.reject(refused('auth')) });
  await expect(bad.start()).rejects.toThrow('it is auth');
  expect(bad.status()).toEqual({ connected: false, detail: 'it is auth' });
  const wrong = receiver({ identify: () => Promise.reject(refused('invalid')), final: ['auth', 'invalid'] });
  await expect(wrong.start()).rejects.toThrow('it is invalid');
  await expect(receiver({ identify: () => Promise.reject(new TypeError('bug')) }).start()).rejects.toThrow('bug');
});

test('a stop during the start ends it, without an error', async () => {
  const asked = createGate();
  const away = receiver({
    identify() {
      asked.open();
      return Promise.reject(new SendError('unavailable', 'x', 'away'));
    },
  });
  const starting = away.start();
  await asked.opened;
  await away.stop();
  await starting;
  expect(away.status()).toEqual({ connected: false, detail: 'stopped' });
});

test('rounds go on until the stop, which waits for the one in hand', async () => {
  const rounds = createRecord<string>();
  const faults: unknown[] = [refused('unavailable'), undefined, new Error('Redis is away'), undefined];
  const statuses: boolean[] = [];
  const aborted: boolean[] = [];
  const stopped = createGate();
  const polling = receiver({
    async poll(me, signal) {
      statuses.push(polling.status().connected);
      rounds.add(me);
      if (faults.length === 0) await stopped.opened;
      const fault = faults.shift();
      if (fault) throw fault;
      aborted.push(signal.aborted);
    },
  });
  await polling.start();
  await rounds.until((items) => items.length === 5);
  // What the platform refuses takes the connection away, a fault elsewhere does not.
  expect(statuses).toEqual([true, false, true, true, true]);
  let over = false;
  const stopping = polling.stop().then(() => {
    over = true;
  });
  await Promise.resolve();
  expect(over).toBe(false);
  stopped.open();
  await stopping;
  expect(rounds.items).toHaveLength(5);
  expect(aborted).toEqual([false, false, true]);
});
