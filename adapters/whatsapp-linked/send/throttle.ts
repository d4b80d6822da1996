/** A human pace: accounts that look automatic are banned. */
import type { Limits } from '../../../src/contract/index.ts';
import { hasRoom, throttle } from '../../kit/throttle.ts';

/** Nobody answers at once, nor always after the same time; ms. */
const MIN_DELAY_MS = 300;
const MAX_DELAY_MS = 1_500;
const BURST = 4;

export interface Throttle {
  /** Before a message. @throws SendError `rate-limited` when this minute's messages are spent */
  message(): Promise<void>;
  /** False: leave an edit out; they count as messages do. */
  mayEdit(): Promise<boolean>;
}

/** @param options.pause waits this many ms */
export function createThrottle(options: {
  limits: Limits;
  messagesPerMinute: number;
  pause(ms: number): Promise<unknown>;
}): Throttle {
  const { limits, messagesPerMinute } = options;
  return {
    async message() {
      await throttle(limits, { bucket: 'messages', perMinute: messagesPerMinute, burst: BURST });
      await options.pause(MIN_DELAY_MS + Math.random() * (MAX_DELAY_MS - MIN_DELAY_MS));
    },
    mayEdit: () => hasRoom(limits, { bucket: 'edits', perMinute: messagesPerMinute * 2, burst: BURST }),
  };
}
