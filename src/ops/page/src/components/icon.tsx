import type { VNode } from 'preact';

/** 24 × 24, drawn with lines. */
const PATHS = {
  now: 'M3 12h4l3-8 4 16 3-8h4',
  turns: 'M4 6h16M4 12h16M4 18h10',
  failures: 'M12 4l9 16H3zM12 10v4M12 17v.1',
  queue: 'M4 5h16v4H4zM4 15h16v4H4zM12 9v6',
  people:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6M18 14a6.500 6.500 0 0 1 3.500 6',
  cost: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15 8.500c-1-1-5.500-1.500-5.500 1s5.500 1.500 5.500 4.500-5 2.500-6.200 1M12 6v12',
  settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  well: 'M5 12.500l4.500 4.500L19 7.500',
  look: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v6M12 16.200v.1',
  broken: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM9 9l6 6M15 9l-6 6',
  close: 'M6 6l12 12M18 6L6 18',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.600L19 19M19 5l-1.4 1.400M6.4 17.600L5 19',
  moon: 'M20 14.500A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.500z',
  help: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.300-1 .900-1 1.700M12 16.500v.1',
  leave: 'M14 4H5v16h9M10 12h11M17 8l4 4-4 4',
  back: 'M19 12H5M11 6l-6 6 6 6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a cord with knots, as a chasqui carried. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M6 10c5-3 15-3 20 0M10 9v14M16 8v17M22 9v12" />
      <circle cx="10" cy="15" r="2.4" />
      <circle cx="16" cy="19" r="2.4" />
      <circle cx="22" cy="14" r="2.4" />
    </svg>
  );
}
