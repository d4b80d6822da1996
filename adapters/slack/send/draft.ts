/** What a Slack draft keeps between calls, and between workers. */
import { createHash } from 'node:crypto';
import { type Draft, SendError } from '../../../src/contract/index.ts';

export interface SlackState {
  /** How the first message came to be. */
  mode?: 'stream' | 'edit';
  /** Characters shown in it so far, and their digest: only an exact continuation can be appended. */
  shown?: number;
  digest?: string;
  /** Milliseconds since the epoch. */
  since: number;
  editedAt?: number;
  /** The file of a long answer. `shared`: it is in the conversation; false: Slack was asked, and the answer was lost. */
  file?: { id: string; shared: boolean };
  /** Slack does not stream here. */
  unstreamed?: boolean;
}

export function stateOf(draft: Draft): SlackState {
  return draft.state as unknown as SlackState;
}

export function withState(draft: Draft, state: SlackState, messages = draft.messages): Draft {
  return { ...draft, messages, state: { ...state } };
}

/** Forgets what the first message shows. */
export function restate(draft: Draft, mode: 'stream' | 'edit'): void {
  const { since, file } = stateOf(draft);
  draft.state = { since, mode, ...(file && { file }) };
}

/** Whether the text begins with exactly what the stream shows. */
export function continues(text: string, { shown: length, digest }: SlackState): boolean {
  return length !== undefined && text.length >= length && digestOf(text.slice(0, length)) === digest;
}

export function shown(text: string): { shown: number; digest: string } {
  return { shown: text.length, digest: digestOf(text) };
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 12);
}

/** docs.slack.dev, "chat.appendStream" and "chat.stopStream": the stream has ended, by time or by us; by the person. */
const OVER = new Set(['message_not_in_streaming_state', 'stopped_by_user']);

export function isStreamOver(error: unknown): boolean {
  return error instanceof SendError && OVER.has(error.code);
}

/** After a lost answer nobody knows what the stream shows: it is then closed and edited, never appended to. */
export function unsureOf(draft: Draft, error: unknown): unknown {
  if (error instanceof SendError && error.kind === 'unknown-outcome') restate(draft, 'stream');
  return error;
}
