import type { ApiError } from '../api/api.ts';
import type { Session, Summary } from '../api/types.ts';
import { EMPTY, type Thread } from './thread.ts';

export interface Notice {
  text: string;
  kind: 'error' | 'info';
}

export interface State {
  session: Session | null;
  /** The server could not be reached at the start; tried again by itself. */
  unreachable: boolean;
  conversations: Summary[];
  thread: Thread;
  /** The event stream is connected (or none is needed). */
  live: boolean;
  /** Stop was pressed and the answer has not ended yet. */
  stopping: boolean;
  notice: Notice | null;
  /** What a screen reader says next: a finished answer, a changed state. */
  announcement: string;
}

export const INITIAL: State = {
  session: null,
  unreachable: false,
  conversations: [],
  thread: EMPTY,
  live: true,
  stopping: false,
  notice: null,
  announcement: '',
};

/** An error as a sentence for the person. */
export function explain(error: ApiError): string {
  return error.status === 0 && !navigator.onLine ? 'You are offline.' : error.message;
}
