/** The real whatsapp-web.js in front of the double, for the double's own tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WAWebJS from 'whatsapp-web.js';
import type { WhatsAppWebDouble } from './index.ts';

/** An event as it came: its name and what it carried. */
export interface Heard {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: each event carries its own
  args: any[];
}

const EVENTS = [
  'qr',
  'code',
  'authenticated',
  'ready',
  'disconnected',
  'change_state',
  'message',
  'message_create',
  'message_edit',
  'message_ack',
  'message_ciphertext',
  'message_reaction',
  'message_revoke_everyone',
];

/** A profile's folder that is removed at the end. */
export function createProfile(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'whatsapp-web-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Builds a client; `initialize` is the caller's. `end` leaves no browser behind, whatever state it is in. */
export function createClient(double: WhatsAppWebDouble, profile: string, options: Partial<WAWebJS.ClientOptions> = {}) {
  const client = new WAWebJS.Client({
    authStrategy: new WAWebJS.LocalAuth({ dataPath: profile }),
    webVersionCache: { type: 'none' },
    puppeteer: { executablePath: '/usr/bin/chromium', headless: true, args: double.chromiumArgs },
    ...options,
  });
  const heard: Heard[] = [];
  const waiting = new Set<() => void>();
  for (const event of EVENTS)
    client.on(event, (...args) => {
      heard.push({ event, args });
      for (const look of [...waiting]) look();
    });

  function until<T>(find: () => T | undefined | false, what: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (!found) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`${what()}; heard ${heard.map((one) => one.event).join(', ')}`));
      }, 30_000);
      waiting.add(look);
      look();
    });
  }

  return {
    client,
    heard,
    count: (event: string) => heard.filter((one) => one.event === event).length,
    /** The first such event after the first `from` events, already there or still to come. */
    next: (event: string, { from = 0, where = (_args: Heard['args']): boolean => true } = {}) =>
      until(
        () => heard.slice(from).find((one) => one.event === event && where(one.args))?.args,
        () => `no ${event}`,
      ),
    /** Resolves when there have been so many of these events. */
    times: (event: string, times: number) =>
      until(
        () => heard.filter((one) => one.event === event).length >= times,
        () => `not ${times} times ${event}`,
      ),
    async end(): Promise<void> {
      const child = client.pupBrowser?.process();
      const exited = new Promise<void>((resolve) => {
        if (!child || child.exitCode !== null || child.signalCode !== null) resolve();
        else child.once('exit', () => resolve());
      });
      // Its helpers too: they are of the group that was started here, and would write into the profile after it is removed.
      if (child?.pid && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
      await exited;
    },
  };
}
