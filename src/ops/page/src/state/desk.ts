import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { SessionView } from '../../../../ops-api/index.ts';
import type { Live } from './use-live.ts';

/** An action that asks before it is done. */
export interface Question {
  /** The name of the action: on the button that does it. */
  action: string;
  question: string;
  detail: string;
  /** Text that must be given along. */
  field?: { label: string; hint: string };
  danger?: boolean;
  /** Does it and says what came of it. */
  run(text: string): Promise<string>;
}

/** What every view needs: who is there, what goes on, and how to ask and tell. */
export interface Desk {
  session: SessionView;
  /** May act, not only look. */
  operator: boolean;
  live: Live;
  ask(question: Question): void;
  tell(text: string): void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('outside of the desk');
  return desk;
}
