/** Does to processes and connections what the schedule says. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './people/stage.ts';
import type { Processes } from './processes.ts';
import type { StormRedis } from './redis.ts';
import type { Strike } from './schedule.ts';
import type { Weather } from './weather.ts';

/** As the storm configures Chasqui. */
export const STALLED_AFTER_MS = 4_000;

export function createStriker(deps: {
  processes: Processes;
  redis: StormRedis;
  stages: readonly Stage[];
  weather: Weather;
}) {
  const { processes, redis, stages, weather } = deps;
  const busy = new Set<Promise<void>>();
  let redisIsAway = false;
  /** When a receiver of a stage that needs rest was killed last. */
  const restingSince = new Map<Stage, number>();

  function later(done: Promise<void>): void {
    const tracked = done.finally(() => busy.delete(tracked));
    busy.add(tracked);
  }

  /** False while a stage with a receiver in this process still recovers from the last kill. */
  function mayKill(name: string): boolean {
    const tired = stages.filter((stage) => stage.restMs !== undefined && isReceiverOf(stage, name));
    const now = performance.now();
    if (tired.some((stage) => now - (restingSince.get(stage) ?? -Infinity) < (stage.restMs ?? 0))) return false;
    for (const stage of tired) restingSince.set(stage, now);
    return true;
  }

  /** True when somebody was killed. */
  function kill(isWorker: boolean, which: number, awayMs: number): boolean {
    const names = processes.standing().filter((name) => name.startsWith('worker') === isWorker);
    const name = names[Math.floor(which * names.length)];
    // Some worker always stands: on a slow machine the storm would else have nobody to disturb.
    if (!name || (isWorker && names.length < 2)) return false;
    if (!isWorker && !mayKill(name)) return false;
    for (const stage of stages) stage.beforeKill?.();
    weather.count(isWorker ? 'kill-worker' : 'kill-receiver', name);
    later(processes.restart(name, 'SIGKILL', awayMs));
    return true;
  }

  function freeze(which: number, awayMs: number): void {
    const workers = processes.standing().filter((name) => name.startsWith('worker'));
    const name = workers[Math.floor(which * workers.length)];
    for (const stage of stages) stage.beforeKill?.();
    if (!name) return;
    weather.count('freeze-worker', name);
    later(processes.freeze(name, STALLED_AFTER_MS * 1.2 + awayMs * 2));
  }

  async function killRedis(awayMs: number): Promise<void> {
    if (redisIsAway) return;
    weather.count('kill-redis', 'redis');
    redisIsAway = true;
    await redis.kill();
    await sleep(awayMs);
    await redis.restart();
    redisIsAway = false;
  }

  async function roll(): Promise<void> {
    weather.count('rolling', 'all');
    for (const name of processes.names()) {
      if (!weather.stormy) return;
      await processes.restart(name, 'SIGTERM', 0);
    }
  }

  return {
    strike({ kind, which, awayMs }: Strike): void {
      if (kind === 'kill-worker') kill(true, which, awayMs);
      else if (kind === 'kill-receiver') kill(false, which, awayMs);
      else if (kind === 'freeze-worker') freeze(which, awayMs);
      else if (kind === 'kill-redis') later(killRedis(awayMs));
      else if (kind === 'rolling') later(roll());
      else {
        const droppable = stages.filter((stage) => stage.dropSockets);
        const stage = droppable[Math.floor(which * droppable.length)];
        if (stage) weather.count('drop-sockets', stage.platform);
        stage?.dropSockets?.();
      }
    },
    /** A worker dies this instant; true if one did. */
    killWorkerNow: (which: number) => kill(true, which, 0),
    /** Resolves when everything that was struck stands again. */
    async over(): Promise<void> {
      while (busy.size > 0) await Promise.all(busy);
      await processes.settled();
    },
  };
}

/** A process is named by its only role and a number, or `receiver` where it has those of all platforms. */
function isReceiverOf(stage: Stage, name: string): boolean {
  const role = name.replace(/-\d+$/, '');
  return role === 'receiver' || stage.receivers.some((receiver) => receiver.role === role);
}
