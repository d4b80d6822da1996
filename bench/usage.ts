/** What processes cost, as Linux and Redis count it. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

/** Linux counts CPU time in hundredths of a second on every machine that Node runs on (proc(5), USER_HZ). */
const TICKS_A_SECOND = 100;

export interface ProcessUsage {
  /** User and system time so far, in seconds. */
  cpu: number;
  /** Bytes in memory now. */
  rss: number;
}

/** A process with all its descendants. Zero for what is gone. */
export function usageOfTree(root: number): ProcessUsage {
  const children = childrenByParent();
  const total: ProcessUsage = { cpu: 0, rss: 0 };
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    open.push(...(children.get(pid) ?? []));
    const fields = statOf(pid);
    if (!fields) continue;
    total.cpu += (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
    total.rss += rssOf(pid);
  }
  return total;
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = pid > 0 ? Number(statOf(pid)?.[1]) : Number.NaN;
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

/** The fields after the command's name, which may hold spaces (proc(5)): state, ppid, … */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // It ended meanwhile.
  }
}

/** Bytes of one process that are in memory now; 0 when it is gone. */
export function rssOf(pid: number): number {
  try {
    return 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // It ended meanwhile.
  }
}

export interface RedisUsage {
  /** User and system time so far, in seconds. */
  cpu: number;
  /** Commands so far, those inside of scripts among them. */
  commands: number;
  /** Scripts among them. */
  scripts: number;
  /** Reads from clients' sockets so far: commands that a client sent together count once, as one round trip. */
  trips: number;
  /** Bytes that its data take now. */
  memory: number;
  /** Calls so far, by command. */
  calls: Map<string, number>;
}

export async function usageOfRedis(redis: Redis): Promise<RedisUsage> {
  const text = [await redis.info('cpu'), await redis.info('stats'), await redis.info('memory')].join('\n');
  const field = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1] ?? 0);
  const commands = await redis.info('commandstats');
  const calls = new Map(
    Array.from(commands.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm), ([, name, count]) => [
      name as string,
      Number(count),
    ]),
  );
  return {
    cpu: field('used_cpu_user') + field('used_cpu_sys'),
    commands: field('total_commands_processed'),
    scripts: (calls.get('evalsha') ?? 0) + (calls.get('eval') ?? 0),
    trips: field('total_reads_processed'),
    memory: field('used_memory'),
    calls,
  };
}
