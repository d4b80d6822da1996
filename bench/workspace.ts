/** The world that the load plays in: made-up ids, one bot, many people who each write in their own direct messages. */

export const BOT_TOKEN = 'xoxb-1000000000-2000000000-benchBenchBenchBench';
export const SIGNING_SECRET = '0f742231b10e8888abcd990000000085';
export const TEAM = 'T0BENCH001';
export const APP = 'A0BENCH001';
export const BOT_USER = 'U0BENCHBOT';
export const BOT = 'B0BENCH001';

export interface Person {
  user: string;
  /** Their direct message with the bot. */
  channel: string;
}

export function personAt(index: number): Person {
  const code = index.toString(36).toUpperCase().padStart(6, '0');
  return { user: `U0P${code}`, channel: `D0P${code}` };
}

/** Each message and its answer carry the message's number, so that every reply is known by the messages it answers. */
export const markOf = (id: number): string => `msg-${id}`;

/** The numbers that a text carries, in its order. */
export function marksIn(text: string): number[] {
  return Array.from(text.matchAll(/\bmsg-(\d+)/g), ([, id]) => Number(id));
}

/** What a person writes. */
export const questionOf = (id: number): string => `Could you tell me about ${markOf(id)}, please?`;

/** How every answer of the model ends: a reply without it is not whole. */
export const ENDING = 'in its good time.';
