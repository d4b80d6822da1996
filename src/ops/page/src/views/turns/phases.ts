import type { TimelineWhat, TurnView } from '../../../../../ops-api/index.ts';

export type Step = TurnView['timeline'][number];
export type Phase = 'waiting' | 'preparing' | 'thinking' | 'writing' | 'finishing';

/** What goes on from such a step until the next one. */
const AFTER: Partial<Record<TimelineWhat, Phase>> = {
  arrived: 'waiting',
  taken: 'preparing',
  guard: 'preparing',
  model: 'thinking',
  'model-failed': 'preparing',
  'first-token': 'writing',
  whole: 'finishing',
  delivered: 'finishing',
};

export interface Segment {
  phase: Phase;
  from: number;
  to: number;
}

/** The time of a turn cut by what went on. Posts and edits change nothing: they are part of the writing. */
export function segments(timeline: Step[]): Segment[] {
  const found: Segment[] = [];
  let phase: Phase = 'waiting';
  timeline.forEach((step, index) => {
    // A step that another version wrote may be any word, such as `constructor`.
    if (Object.hasOwn(AFTER, step.what)) phase = AFTER[step.what] ?? phase;
    const to = timeline[index + 1]?.ms ?? step.ms;
    const last = found.at(-1);
    if (last && last.phase === phase) last.to = to;
    else if (to > step.ms) found.push({ phase, from: step.ms, to });
  });
  return found;
}

/** A step in words. `attempt`: how many workers have taken the turn by now. */
export function stepText({ what, detail }: Step, attempt: number): string {
  const more = detail ? `: ${detail}` : '';
  switch (what) {
    case 'arrived':
      return `The oldest message arrived${more}`;
    case 'taken':
      return attempt > 1 ? `Went on by worker ${detail}` : `Taken by worker ${detail}`;
    case 'guard':
      return `Guard${more}`;
    case 'model':
      return `Model called${more}`;
    case 'model-failed':
      return `The model failed${more}`;
    case 'overtaken':
      return `Cancelled, another model was faster${more}`;
    case 'first-token':
      return `First token${more}`;
    case 'whole':
      return `The answer was whole${more}`;
    case 'post':
      return `Posted${more}`;
    case 'edit':
      return `Edited${more}`;
    case 'delivered':
      return `Delivered${more}`;
    case 'committed':
      return `Committed${more}`;
  }
}
