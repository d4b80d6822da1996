import { isBelow } from '../conversation/beginning.ts';

/** What a message does to the answer that is being written: waits for its turn, or ends it. */
export type FollowUps = 'queue' | 'interrupt';

/**
 * The word that ends a running answer, as people write it. Only these, alone in a message: "stop it, please" is for the
 * model.
 */
const STOP = /^(?:stop|⏹️?|🛑)[.!]*$/i;

export const isStop = (text: string): boolean => STOP.test(text.trim());

/**
 * @param setting.in by platform, or by the beginning of a conversation's id; the longest that fits counts
 * @returns how a conversation takes messages that come while it is answered
 */
export function createFollowUps(setting: {
  everywhere: FollowUps;
  in: Readonly<Record<string, FollowUps>>;
}): (conversation: string) => FollowUps {
  const places = Object.entries(setting.in).sort(([a], [b]) => b.length - a.length);
  if (places.length === 0) return () => setting.everywhere;
  return (conversation) => places.find(([place]) => isBelow(place, conversation))?.[1] ?? setting.everywhere;
}
