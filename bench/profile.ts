/** Reads a CPU profile: which functions, and which parts of the program, had the CPU. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `profiler.ts` calls its file. */
export const PROFILE_NAME = 'chasqui.cpuprofile';

interface CpuProfile {
  nodes: { id: number; callFrame: CallFrame; children?: number[] }[];
  samples: number[];
  /** Microseconds between samples. */
  timeDeltas: number[];
}

interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

export interface ProfileSummary {
  /** Seconds that the profile covers, and of them those with code running. */
  seconds: number;
  busy: number;
  functions: Share[];
  /** By the package, the room of ours, or the part of Node whose own code ran. */
  own: Share[];
  /** The same, but the time of Node's own code counts for the package that called it. */
  charged: Share[];
}

export interface Share {
  name: string;
  /** Of the busy time, 0 to 1. */
  share: number;
}

const IDLE = new Set(['(idle)', '(root)']);
const root = fileURLToPath(new URL('..', import.meta.url));

export function summariseProfile(file: string): ProfileSummary {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parentOf = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const selfOf = new Map<number, number>();
  profile.samples.forEach((id, n) => {
    selfOf.set(id, (selfOf.get(id) ?? 0) + (profile.timeDeltas[n] ?? 0));
  });

  const functions = new Map<string, number>();
  const own = new Map<string, number>();
  const charged = new Map<string, number>();
  let seconds = 0;
  let busy = 0;
  for (const [id, self] of selfOf) {
    const frame = nodes.get(id)?.callFrame as CallFrame;
    seconds += self / 1e6;
    // The profiler's own work, most of it the writing of the profile, is none of Chasqui's.
    if (IDLE.has(frame.functionName) || payerOf(id) === 'bench/profiler.ts') continue;
    busy += self / 1e6;
    add(functions, describe(frame), self / 1e6);
    add(own, partOf(frame), self / 1e6);
    add(charged, payerOf(id), self / 1e6);
  }

  /** The nearest caller that is no code of Node's, or Node's part itself where nobody else called. */
  function payerOf(id: number): string {
    const own = partOf(nodes.get(id)?.callFrame as CallFrame);
    for (let at: number | undefined = id; at !== undefined; at = parentOf.get(at)) {
      const part = partOf(nodes.get(at)?.callFrame as CallFrame);
      if (!part.startsWith('node') && !part.startsWith('(')) return part;
    }
    return own;
  }

  const shares = (times: Map<string, number>): Share[] =>
    Array.from(times, ([name, time]) => ({ name, share: time / busy })).sort((a, b) => b.share - a.share);
  return { seconds, busy, functions: shares(functions), own: shares(own), charged: shares(charged) };
}

function add(times: Map<string, number>, name: string, time: number): void {
  times.set(name, (times.get(name) ?? 0) + time);
}

/** `adapters/slack`, `npm bullmq`, `node:net`, `(garbage collector)`. */
function partOf({ url, functionName }: CallFrame): string {
  const file = fileOf(url);
  const packages = file.split('node_modules/');
  if (packages.length > 1) {
    const [scope = '', name = ''] = (packages.at(-1) as string).split('/');
    return `npm ${scope.startsWith('@') ? `${scope}/${name}` : scope}`;
  }
  if (file.startsWith('node:internal/deps/')) return `node ${file.split('/')[2]}`;
  if (file.startsWith('node:')) return `node ${file.replace('node:internal/', '').replace('node:', '').split('/')[0]}`;
  if (file === '') return functionName.startsWith('(') ? functionName : '(built in)';
  return file.split('/').slice(0, 2).join('/');
}

function describe(frame: CallFrame): string {
  const file = fileOf(frame.url).split('node_modules/').at(-1) as string;
  const name = frame.functionName || '(anonymous)';
  return file === '' ? name : `${name}  ${file}:${frame.lineNumber + 1}`;
}

function fileOf(url: string): string {
  const path = url.startsWith('file:') ? fileURLToPath(url) : url;
  return path.startsWith(root) ? path.slice(root.length) : path;
}
