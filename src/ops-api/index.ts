/**
 * The shapes of `/ops/api`, one file a view, shared by the server and the page.
 * Points in time are ms since the epoch, durations ms, money US dollars, days `YYYY-MM-DD` in UTC. Conversations,
 * workspaces, channels and people are hashes: twelve hexadecimal digits that tell them apart and name nobody.
 *
 * Every answer that is not 2xx is `{ error: { code, message } }`; `message` is for people.
 * Calls that change something are POST with JSON and the header `x-csrf-token` (`SessionView.csrf`).
 */
export * from './audit.ts';
export * from './cost.ts';
export * from './failures.ts';
export * from './overview.ts';
export * from './people.ts';
export * from './queue.ts';
export * from './session.ts';
export * from './settings.ts';
export * from './turns.ts';
