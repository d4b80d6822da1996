import type { VNode } from 'preact';

/** 24 × 24, drawn with lines. */
const PATHS = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M12 19V5M6 11l6-6 6 6',
  stop: 'M8 8h8v8H8z',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  good: 'M7 11v9H4v-9zM7 11l4-7c1.5 0 2.5 1 2.3 2.500L13 10h5.500a1.5 1.5 0 0 1 1.5 1.900l-1.6 6.700a1.8 1.8 0 0 1-1.8 1.400H7',
  bad: 'M7 13V4H4v9zM7 13l4 7c1.5 0 2.5-1 2.3-2.500L13 14h5.500a1.5 1.5 0 0 0 1.5-1.900l-1.6-6.700A1.8 1.8 0 0 0 16.6 4H7',
  retry: 'M20 11a8 8 0 1 0-2.3 6M20 5v6h-6',
  bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5.500M13.5 11v5.5',
  down: 'M12 5v14M6 13l6 6 6-6',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.600L19 19M19 5l-1.4 1.400M6.4 17.600L5 19',
  moon: 'M20 14.500A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.500z',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.800v.1',
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
