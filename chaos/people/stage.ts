/** A platform as the storm plays it: its double, the people on it, and what goes wrong there. */
import type { View } from '../judge.ts';

/** What came of a message. */
export interface Said {
  id: string;
  /** False when the platform itself gave up telling Chasqui of it. */
  delivered: Promise<boolean>;
  /** False: the platform asks for no acknowledgement. */
  acknowledged?: false;
}

/** One conversation, from the person's side. */
export interface Talk {
  /** Resolves when the message stands in the conversation. */
  say(text: string): Promise<Said>;
  edit?(id: string, text: string): void;
  remove?(id: string): void;
  /** Chasqui's name of the conversation, where the person's side can know it. */
  name(): string | undefined;
  look(): Promise<Omit<View, 'platform' | 'conversation'>>;
  /** Ends what the person holds open. */
  leave?(): void;
}

interface ReceiverPlan {
  role: string;
  env?: Record<string, string>;
}

export interface Stage {
  platform: string;
  /** By its own documentation a lost answer may put a message there twice. */
  mayDouble: boolean;
  /** What every process of Chasqui needs to speak with it. */
  env: Record<string, string>;
  receivers: ReceiverPlan[];
  /** So many conversations it can be asked to serve by its own documentation. */
  mostTalks?: number;
  /** One of its receivers is not killed sooner than this after another, so that it is at work in between. */
  restMs?: number;
  /** After the last fault, what was missed is fetched within this time; only where that takes longer than usual. */
  fetchedWithinMs?: number;
  /** Before faults begin, a person's first word; only where being known matters. */
  greets?: (direct: boolean) => boolean;
  /** Told where its receivers listen, in the order of `receivers`. */
  connect?(addresses: string[]): Promise<void>;
  talk(index: number, direct: boolean): Talk;
  /** Breaks connections that stand. */
  dropSockets?(): void;
  /** Called by the stage whenever Chasqui calls the platform; set by the storm. True: that killed a worker. */
  onCall?: () => boolean;
  /** Before a process dies. */
  beforeKill?(): void;
  /** How many messages may be there twice, as far as the faults of this run explain it. */
  doubtful?(): number;
  /** What the platform saw that it had asked Chasqui not to do. */
  complaints?(): string[];
  /** What Chasqui called, a line each, to be read when something went wrong. */
  diary?(): string[];
  close(): Promise<void>;
}

/** One call in a diary. */
export function lineOf(at: number, name: string, body: unknown, outcome = 'failed'): string {
  return `${new Date(at).toISOString()} ${name} ${outcome} ${JSON.stringify(body).slice(0, 400)}`;
}
