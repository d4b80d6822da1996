/** What is going on, asked for about once a second at most, however many look. */
import { createRecent } from '../analytics/read-now.ts';
import type { Core } from '../core/core.ts';
import type { Model } from '../models/model.ts';
import { endingOf, endingText } from '../models/radar.ts';
import type { ModelHealth, NowView, PauseView, PlatformView, ProcessView } from '../ops-api/index.ts';
import { createPauses } from '../queue/pauses.ts';
import { judge } from './health.ts';
import { readProcesses } from './processes.ts';
import { readRedisState } from './redis-state.ts';

/** Less than the second after which one looks again: a timer comes a little early or late, and must not find what it told before. */
const FRESH_MS = 800;
const PER_MINUTE_NOTHING = { in: 0, answered: 0, failed: 0 };

export type Now = ReturnType<typeof createNow>;

export function createNow(core: Core, options: { fresh?: number } = {}) {
  const { redis, queue, deadLetters, models, config } = core;
  const { prefix } = config.queue;
  const recent = createRecent({ redis, prefix, models });
  const pauses = createPauses({ redis, prefix });
  const { fresh = FRESH_MS } = options;
  let last: { at: number; view: Promise<NowView> } | undefined;

  async function look(): Promise<NowView> {
    const state = await readRedisState(redis);
    if (state.version === '') return { ...nothing(), redis: state, ...judge({ ...nothing(), redis: state }) };
    const [depth, failed, listed, everything, processes, seen] = await Promise.all([
      queue.depth(),
      deadLetters.count(),
      pauses.list(),
      queue.isPaused(),
      readProcesses(redis, prefix),
      recent.read(),
    ]);
    const paused = reconcile(listed, everything);
    const view = {
      at: Date.now(),
      queue: {
        waiting: depth.waiting,
        oldestMs: depth.oldestMs,
        running: depth.active,
        delayed: depth.delayed,
        failed,
      },
      pauses: paused.map(({ scope, name, by, at }) => ({ scope, name, by, at })),
      platforms: platformsOf(processes, seen.platforms),
      traffic: seen.traffic,
      latency: seen.latency,
      processes,
      redis: state,
      models: seen.models.map((model) => ({
        ...model,
        ending: endingIn(models, model.id),
        leftOutBy: processes.filter(({ state: now, leftOut = [] }) => now === 'running' && leftOut.includes(model.id))
          .length,
      })),
    };
    return { ...view, ...judge(view) };
  }

  return {
    read(): Promise<NowView> {
      if (!last || Date.now() - last.at >= fresh) {
        const view = look();
        last = { at: Date.now(), view };
        view.catch(() => {
          last = undefined;
        });
      }
      return last.view;
    },
    /** Something was changed: whoever asks next wants to see it. */
    forget(): void {
      last = undefined;
    },
  };
}

function nothing(): Omit<NowView, 'light' | 'reasons' | 'redis'> {
  const none = { count: 0, p50: null, p95: null, p99: null };
  const times = { waiting: none, firstToken: none, whole: none };
  return {
    at: Date.now(),
    queue: { waiting: 0, oldestMs: 0, running: 0, delayed: 0, failed: 0 },
    pauses: [],
    platforms: [],
    traffic: { at: [], in: [], answered: [], failed: [] },
    latency: { '1h': times, '24h': times, '7d': times },
    processes: [],
    models: [],
  };
}

/** The queue itself says whether it is paused: Bull Board's button, or another tool, may have done it or undone it. */
function reconcile(listed: readonly PauseView[], everything: boolean): PauseView[] {
  const others = listed.filter(({ scope }) => scope !== 'all');
  if (!everything) return others;
  const known = listed.find(({ scope }) => scope === 'all');
  return [known ?? { scope: 'all', name: '', by: 'somebody outside of this page', at: Date.now() }, ...others];
}

/** Those that some process listens to, and those that something came from. */
function platformsOf(
  processes: readonly ProcessView[],
  counts: ReadonlyMap<string, { in: number; answered: number; failed: number }>,
): PlatformView[] {
  const listening = new Map<string, ProcessView['receivers'][number][]>();
  for (const { state, receivers } of processes)
    if (state === 'running')
      for (const receiver of receivers)
        listening.set(receiver.platform, [...(listening.get(receiver.platform) ?? []), receiver]);
  const names = [...new Set([...listening.keys(), ...counts.keys()])].sort();
  return names.map((platform) => {
    const receivers = listening.get(platform) ?? [];
    const connected = receivers.some((receiver) => receiver.connected);
    return {
      platform,
      ...(counts.get(platform) ?? PER_MINUTE_NOTHING),
      connected: receivers.length === 0 ? null : connected,
      detail:
        receivers.find((receiver) => receiver.connected === connected)?.detail ?? 'no running process listens to it',
    };
  });
}

function endingIn(models: readonly Model[], id: string): ModelHealth['ending'] {
  const model = models.find((one) => one.id === id);
  const ending = model && endingOf(model);
  return ending ? { daysLeft: ending.daysLeft, text: endingText(model, ending) } : null;
}
