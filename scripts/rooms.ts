/**
 * The rooms of the code and the floors that they stand on, in the terms of docs/architecture.md. A room imports its own
 * files and rooms on lower floors, types too, so that no two rooms can depend on each other.
 */

/** From the ground up. A room is a folder, named by the beginning of its path. */
const FLOORS: readonly (readonly string[])[] = [
  ['src/contract', 'src/settings', 'src/ops-api', 'src/overload'],
  ['adapters/*/settings.ts'],
  ['config'],
  ['src/log'],
  ['src/text', 'src/redis', 'src/models', 'src/tracing', 'src/http', 'src/metrics'],
  ['src/markdown', 'src/guard', 'src/rate-limit', 'src/conversation', 'src/delivery', 'src/analytics', 'src/doctor'],
  ['src/dead-letters', 'src/queue', 'src/budgets', 'src/persona'],
  ['src/commands'],
  ['src/ingest'],
  ['src/core'],
  ['src/ops', 'workers', 'adapters/kit'],
  ['adapters/whatsapp'],
  ['adapters/*'],
  ['src/app'],
];

/** A browser's code shares nothing with the server but files that import nothing. */
const FOR_PAGES = ['src/markdown/hostile.ts', 'src/markdown/link-label.ts', 'src/ops-api/'];

/** A platform's settings are read at every start, so that they must not lead to its code. */
const SETTINGS = /^adapters\/[^/]+\/settings\.ts$/;

/** @returns the room of a file; undefined where no floor has it */
export function roomOf(path: string): string | undefined {
  if (SETTINGS.test(path)) return 'adapters/*/settings.ts';
  const [top = '', folder = '', ...rest] = path.split('/');
  const room = top === 'src' || top === 'adapters' ? (rest.length > 0 ? `${top}/${folder}` : '') : top;
  return FLOORS.some((floor) => floor.some((name) => fits(name, room))) ? room : undefined;
}

/** @returns what is wrong with an import of one of our files by another; undefined: nothing */
export function againstFloors(path: string, target: string): string | undefined {
  const page = /^(adapters|src)\/[^/]+\/page\//.exec(path)?.[0];
  if (page) {
    if ([page, ...FOR_PAGES].some((beginning) => target.startsWith(beginning))) return;
    return `imports ${target}; what runs in the browser may import ${FOR_PAGES.join(', ')} and its own files`;
  }
  const [from, to] = [roomOf(path), roomOf(target)];
  if (!from) return `is in no room that scripts/rooms.ts knows: give its folder a floor`;
  if (from === to) return;
  if (!to) return `imports ${target}, which is in no room that scripts/rooms.ts knows`;
  const [own, other] = [floorOf(from), floorOf(to)];
  if (other < own) return;
  return `imports ${target}: ${to} is on floor ${other}, and ${from}, on floor ${own}, may only import from below`;
}

function floorOf(room: string): number {
  const exact = FLOORS.findIndex((floor) => floor.includes(room));
  return exact >= 0 ? exact : FLOORS.findIndex((floor) => floor.some((name) => fits(name, room)));
}

function fits(name: string, room: string): boolean {
  return name === room || (name.endsWith('/*') && room !== '' && room.startsWith(name.slice(0, -1)));
}
