/** The traffic light: what is wrong, in words. */
import type { NowView, Reason } from '../ops-api/index.ts';

const LONG_WAIT_MS = 10_000;
const VERY_LONG_WAIT_MS = 60_000;
const SLOW_LOOP_MS = 250;
const SLOW_REDIS_MS = 50;
/** Judged over the last minutes, when there was at least so much. */
const FAILED_MINUTES = 5;
const FEW = 3;

type Seen = Omit<NowView, 'light' | 'reasons'>;

/** The worst first. */
export function judge(now: Seen): Pick<NowView, 'light' | 'reasons'> {
  const reasons = [
    ...ofRedis(now),
    ...ofProcesses(now),
    ...ofSettings(now),
    ...ofModels(now),
    ...ofQueue(now),
    ...ofPlatforms(now),
    ...ofFailures(now),
  ];
  reasons.sort((a, b) => Number(b.level === 'red') - Number(a.level === 'red'));
  return { light: reasons[0]?.level ?? 'green', reasons };
}

const red = (text: string, view: Reason['view']): Reason => ({ level: 'red', text, view });
const amber = (text: string, view: Reason['view']): Reason => ({ level: 'amber', text, view });

function ofRedis({ redis }: Seen): Reason[] {
  if (redis.version === '') return [red(`Redis does not answer: ${redis.detail}.`, 'now')];
  const list = redis.ok ? [] : [amber(`Redis: ${redis.detail}.`, 'now')];
  if (redis.latencyMs > SLOW_REDIS_MS) list.push(amber(`Redis answers slowly: ${redis.latencyMs} ms.`, 'now'));
  return list;
}

function ofProcesses({ processes }: Seen): Reason[] {
  const running = processes.filter(({ state }) => state === 'running');
  const list = processes
    .filter(({ state }) => state === 'silent')
    .map(({ host, pid, roles, at }) =>
      amber(
        `The process ${host}/${pid} (${roles.join(', ')}) has been silent for ${seconds(Date.now() - at)}: it died, or cannot reach Redis.`,
        'now',
      ),
    );
  if (!running.some(({ running: turns }) => turns !== null))
    list.unshift(red('No worker runs: nobody answers. Start a process with the role worker.', 'now'));
  for (const { host, pid, eventLoopMs } of running)
    if (eventLoopMs > SLOW_LOOP_MS)
      list.push(amber(`The process ${host}/${pid} is overloaded: its event loop is ${eventLoopMs} ms late.`, 'now'));
  return list;
}

function ofModels({ models }: Seen): Reason[] {
  const failing = models.filter(({ state }) => state === 'failing');
  const others = models.filter(({ state }) => state === 'well' || state === 'shaky');
  const ending = models.flatMap(({ ending: end }) =>
    end ? [amber(`${end.text}: choose its successor in MODEL.`, 'settings')] : [],
  );
  const health = models.flatMap((model) => {
    const { label, failed, calls, reason } = model;
    const left = model.leftOutBy > 0 ? `; ${model.leftOutBy} of the workers ask it last for the moment` : '';
    const words = `${failed} of ${calls} calls in five minutes failed (${reason ?? 'the reason is not known'})${left}.`;
    if (model.state === 'shaky') return [amber(`The model ${label} fails now and then: ${words}`, 'turns')];
    if (model.state !== 'failing') return [];
    const alone = others.length === 0 && failing.length > 0;
    return [(alone ? red : amber)(`The model ${label} does not answer: ${words}`, 'turns')];
  });
  return [...health, ...ending];
}

function ofSettings({ processes }: Seen): Reason[] {
  const problems = processes.flatMap(({ state, settingsProblem }) => (state === 'running' && settingsProblem) || []);
  return [...new Set(problems)].map((problem) =>
    amber(`A changed settings file has mistakes, and the settings from before still count: ${problem}.`, 'settings'),
  );
}

function ofQueue({ queue, pauses }: Seen): Reason[] {
  const list = pauses.map(({ scope, name, by, at }) => {
    const what =
      scope === 'all' ? 'Everything' : scope === 'platform' ? `The platform ${name}` : `The conversation ${name}`;
    return amber(
      `${what} is paused, by ${by} since ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
      'queue',
    );
  });
  const paused = pauses.some(({ scope }) => scope === 'all');
  if (!paused && queue.oldestMs > VERY_LONG_WAIT_MS)
    list.push(red(`Somebody has been waiting for ${seconds(queue.oldestMs)}; ${queue.waiting} wait.`, 'queue'));
  else if (!paused && queue.oldestMs > LONG_WAIT_MS)
    list.push(amber(`The oldest message has waited ${seconds(queue.oldestMs)}; ${queue.waiting} wait.`, 'queue'));
  if (queue.failed > 0)
    list.push(amber(`${queue.failed} ${queue.failed === 1 ? 'turn has' : 'turns have'} failed for good.`, 'failures'));
  return list;
}

function ofPlatforms({ platforms }: Seen): Reason[] {
  return platforms
    .filter(({ connected }) => connected === false)
    .map(({ platform, detail }) => red(`${platform} is not connected: ${detail}.`, 'now'));
}

function ofFailures({ traffic }: Seen): Reason[] {
  const sum = (list: number[]): number => list.slice(-FAILED_MINUTES).reduce((a, b) => a + b, 0);
  const failed = sum(traffic.failed);
  const all = failed + sum(traffic.answered);
  if (failed < FEW || failed * 20 < all) return [];
  const text = `${failed} of ${all} turns in five minutes failed.`;
  return [failed * 2 > all ? red(text, 'failures') : amber(text, 'failures')];
}

function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} min`;
}
