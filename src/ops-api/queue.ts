/** `GET queue` */
export interface QueueView {
  pauses: PauseView[];
  platforms: string[];
  shards: { name: string; waiting: number; running: number; delayed: number; paused: boolean }[];
}
export interface PauseView {
  scope: 'all' | 'platform' | 'conversation';
  /** The platform, or the conversation's hash; empty for all. */
  name: string;
  by: string;
  at: number;
}
/** `POST queue/pause`, `POST queue/resume` → 204. A conversation is named by its hash or by one of its turns. */
export type PauseChoice =
  | { scope: 'all' }
  | { scope: 'platform'; name: string }
  | { scope: 'conversation'; name: string }
  | { scope: 'conversation'; entry: string };
/** `POST queue/hasten {}` → `DoneView`: what waits for its next attempt is tried now. `POST processes/forget {id}` → 204. */
