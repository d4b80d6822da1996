/** What the server says, as documented in docs/web.md. */

export interface ModelInfo {
  label: string;
  host: string;
  licence: string;
  /** The built-in stand-in answers: no model is connected. */
  offline: boolean;
}

export interface Session {
  token?: string;
  assistant: { name: string; suggestions: string[]; model: ModelInfo };
  limits: { messageChars: number; messagesPerMinute: number };
}

export interface Summary {
  id: string;
  title: string;
  updatedAt: number | string;
}

export type Feedback = 'good' | 'bad' | 'none';
export type Reason = 'wrong' | 'not helpful' | 'too long' | 'other';
export type Outcome = 'answered' | 'stopped' | 'failed';

export interface StoredMessage {
  id: string;
  role: 'user' | 'assistant';
  text: string;
  at: number | string;
  /** Absent while the answer is being written. */
  outcome?: Outcome;
  model?: string;
  feedback?: Feedback;
}

export interface Snapshot {
  id: string;
  title: string;
  /** Events after this one are not in `messages`. */
  cursor: string;
  messages: StoredMessage[];
  running: boolean;
  /** There are older ones than the first of `messages`. */
  more?: boolean;
}

export interface Accepted {
  conversation: string;
  id: string;
  cursor: string;
}

export type ChatEvent =
  | { type: 'user'; id: string; text: string; at: number | string }
  | { type: 'typing'; turn: string }
  | { type: 'delta'; turn: string; at: number; text: string }
  | { type: 'text'; turn: string; text: string }
  | { type: 'final'; turn: string; text: string; outcome: Outcome; model?: string; title?: string }
  | { type: 'cleared' };
