/** What a turn works with: the rooms below, how it is interrupted, and the error that puts it off. */
import type { Analytics } from '../src/analytics/recorder.ts';
import type { Budgets } from '../src/budgets/budgets.ts';
import type { Commands } from '../src/commands/commands.ts';
import type { Sender } from '../src/contract/index.ts';
import type { Conversations } from '../src/conversation/conversations.ts';
import type { Parked } from '../src/conversation/records.ts';
import type { DeadLetters } from '../src/dead-letters/dead-letters.ts';
import type { Guard } from '../src/guard/guard.ts';
import type { Logger } from '../src/log/logger.ts';
import type { Metrics } from '../src/metrics/metrics.ts';
import type { Breaker } from '../src/models/breaker.ts';
import type { Model } from '../src/models/model.ts';
import type { Personas } from '../src/persona/personas.ts';
import type { Tracing } from '../src/tracing/tracing.ts';

export interface TurnDeps {
  conversations: Conversations;
  /** All that any persona may ask. */
  models: readonly Model[];
  breaker: Breaker;
  guard: Guard;
  commands: Commands;
  budgets: Budgets;
  personas: Personas;
  deadLetters: DeadLetters;
  /** By platform. */
  senders: ReadonlyMap<string, Sender>;
  metrics: Metrics;
  analytics: Analytics;
  tracing: Tracing;
  /** This process's name, for operators. */
  worker: string;
  log: Logger;
  settings: {
    historyTokens: number;
    retries: number;
    /** How late a first token is before the next model is asked as well; undefined: never. */
    hedgeAfterMs?: number | undefined;
    /** A worker that last made sure of its turn longer ago than this does so again before it posts. */
    confirmAfterMs: number;
    logContent: boolean;
  };
}

/** How a running turn is interrupted. */
export interface TurnControl {
  /** The person pressed stop, or wrote on (`reason`): what was written is the answer. */
  stop: AbortController;
  /** This worker must let go; another will go on. */
  handOver: AbortSignal;
  /** Makes sure of the job for another while; false when it was given to another worker, or may be at any moment. */
  extendLock(): Promise<boolean>;
}

/** The turn is put off: nobody is to be asked before `until` (ms since the epoch). */
export class ParkedError extends Error {
  readonly until: number;
  constructor({ until, waitsFor }: Parked) {
    super(`the turn waits for the ${waitsFor} until ${new Date(until).toISOString()}`);
    this.name = 'ParkedError';
    this.until = until;
  }
}
