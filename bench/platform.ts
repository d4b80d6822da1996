/** What the load needs of a platform that is played here. */
import type { Ledger } from './ledger.ts';
import type { Message } from './plan.ts';

/** Sends one message; tells whether the bot took it, once. */
export type Send = (done: (ok: boolean) => void) => void;

export interface Platform {
  name: PlatformName;
  /** How a bot reaches it, as environment variables. */
  env: Record<string, string>;
  /** How many calls bots have made. */
  calls(): number;
  /** Calls that were refused, by what was wrong; a bot that is well makes none. */
  refusals: ReadonlyMap<string, number>;
  /** Where the answer to a message belongs. */
  placeOf(message: Message): string;
  /** Makes messages ready to be sent, so that sending itself costs little. */
  prepare(messages: Message[], port: number): Send[];
  close(): void;
}

export const PLATFORM_NAMES = ['slack', 'discord'] as const;
export type PlatformName = (typeof PLATFORM_NAMES)[number];

/** Starts it on a free port of loopback; what becomes visible there goes into the ledger. */
export async function startPlatform(name: PlatformName, ledger: Ledger): Promise<Platform> {
  if (name === 'slack') return (await import('./slack-events.ts')).startSlack(ledger);
  return (await import('./fake-discord.ts')).startDiscord(ledger);
}
