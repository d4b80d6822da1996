/** Which processes of Chasqui a storm has, and how they are started. */
import type { Stage } from './people/stage.ts';
import type { ProcessPlan } from './processes.ts';

/** A process that starts takes a core for a second or two. */
const AT_ONCE = 3;

interface Planned extends ProcessPlan {
  /** Told the address, once it listens. */
  listens: ((address: string) => void)[];
}

/** Receivers, each in a process of its own or with those of other platforms, and workers. */
export async function startProcesses(
  stages: readonly Stage[],
  start: (plan: ProcessPlan) => Promise<string>,
  options: { workers: number; together: boolean },
): Promise<void> {
  const addresses = new Map(stages.map((stage) => [stage, [] as string[]]));
  const apart = stages.flatMap((stage) =>
    stage.receivers.map(({ role, env }, n): Planned => {
      const listen = (address: string): void => {
        (addresses.get(stage) as string[])[n] = address;
      };
      return { name: `${role}-${n + 1}`, env: { ROLES: role, ...env }, listens: [listen] };
    }),
  );
  const workers = Array.from({ length: options.workers }, (_, n): Planned => {
    return { name: `worker-${n + 1}`, env: { ROLES: 'worker' }, listens: [] };
  });
  const waiting = [...(options.together ? joined(apart) : apart), ...workers];

  async function startSome(): Promise<void> {
    for (let plan = waiting.shift(); plan; plan = waiting.shift()) {
      const address = await start(plan);
      for (const listen of plan.listens) listen(address);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, startSome));
  for (const stage of stages) await stage.connect?.(addresses.get(stage) as string[]);
}

/** All first receivers in one process, all second ones in another. */
function joined(plans: readonly Planned[]): Planned[] {
  const groups = new Map<string, Planned>();
  for (const { name, env, listens } of plans) {
    const group = `receiver-${name.split('-').at(-1)}`;
    const known = groups.get(group);
    if (!known) groups.set(group, { name: group, env: { ...env }, listens: [...listens] });
    else {
      const ROLES = `${known.env.ROLES},${env.ROLES}`;
      Object.assign(known.env, env, { ROLES });
      known.listens.push(...listens);
    }
  }
  return [...groups.values()];
}
