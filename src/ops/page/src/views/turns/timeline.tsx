import type { VNode } from 'preact';
import { duration } from '../../format.ts';
import { type Phase, type Segment, type Step, segments, stepText } from './phases.ts';

/** A turn from the first message to its end: as a bar, and step by step. */
export function Timeline({ timeline, total }: { timeline: Step[]; total: number }): VNode {
  if (timeline.length === 0) return <p class="quiet">The steps of this turn were not recorded.</p>;
  const end = Math.max(total, timeline.at(-1)?.ms ?? 0, 1);
  const parts = segments(timeline);
  let attempt = 0;
  let before = 0;
  return (
    <div class="timeline">
      <svg class="bar" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label={barText(parts)}>
        {parts.map(({ phase, from, to }) => (
          <rect
            key={from}
            class={phase}
            x={(1_000 * from) / end}
            width={Math.max(2, (1_000 * (to - from)) / end)}
            height="20"
          />
        ))}
      </svg>
      <ul class="legend" aria-hidden="true">
        {[...sums(parts)].map(([phase, ms]) => (
          <li key={phase}>
            <i class={`swatch ${phase}`} /> {phase} <b>{duration(ms)}</b>
          </li>
        ))}
      </ul>
      <ol class="steps" aria-label="Steps">
        {timeline.map((step, index) => {
          if (step.what === 'taken') attempt += 1;
          const since = step.ms - before;
          before = step.ms;
          const again = step.what === 'taken' && attempt > 1;
          return (
            <li key={index} class={step.what === 'model-failed' || again ? 'trouble' : ''}>
              <span class="at" data-tip="Since the oldest message arrived.">
                {index === 0 ? '0' : duration(step.ms)}
              </span>
              <svg class="place" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="done" width={(1_000 * step.ms) / end} height="8" />
                <rect class="mark-at" x={Math.min(990, (1_000 * step.ms) / end)} width="10" height="8" />
              </svg>
              <span>{stepText(step, attempt)}</span>
              <span class="since">{index > 0 && since > 0 && `+${duration(since)}`}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function sums(parts: Segment[]): Map<Phase, number> {
  const found = new Map<Phase, number>();
  for (const { phase, from, to } of parts) found.set(phase, (found.get(phase) ?? 0) + to - from);
  return found;
}

function barText(parts: Segment[]): string {
  return [...sums(parts)].map(([phase, ms]) => `${phase} ${duration(ms)}`).join(', ');
}
