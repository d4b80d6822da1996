/** What Chasqui lends an adapter. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Ingest } from './ingest.ts';

/** What the receiver's process lends it. */
export interface ReceiverHost {
  ingest: Ingest;
  /** The process's one HTTP server; routes are registered while the receiver is built, before the server listens. */
  http: FastifyInstance;
}

/** Budgets that all processes share, since a platform counts by workspace or channel and not by process. */
export interface Limits {
  /** Takes one (or `cost`, at most the burst) of `perMinute` from the named bucket. 0: taken; otherwise the ms until one is free (and none is taken). */
  take(bucket: string, perMinute: number, burst?: number, cost?: number): Promise<number>;
}

/** Small values that the processes of one adapter share; keys are prefixed with the platform's name. */
export interface Store {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, lifetimeSeconds: number): Promise<void>;
}

/** What an adapter is built with. */
export interface AdapterContext {
  log: Logger;
  limits: Limits;
  store: Store;
  /** A reply is at most this many platform messages. */
  maxReplyMessages: number;
  /** Called for each error of the platform's API, for `/metrics`. */
  onPlatformError(method: string, code: string): void;
}
