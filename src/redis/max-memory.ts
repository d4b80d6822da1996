import { totalmem } from 'node:os';

/**
 * Half of the memory that this machine or container has, in bytes. The other half is for Chasqui itself, and for the copy
 * that Redis makes of what changes while it rewrites its append-only file.
 */
export function defaultMaxMemory(): number {
  const limit = process.constrainedMemory();
  return Math.floor((limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 2);
}
