/** The contract between Chasqui and its adapters. Start with adapter.ts. */
export * from './adapter.ts';
export * from './context.ts';
export * from './errors.ts';
export * from './ingest.ts';
export * from './json.ts';
export * from './message.ts';
export * from './reply.ts';
