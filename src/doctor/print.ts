import type { Finding } from './doctor.ts';

const MARKS: Record<Finding['state'], { sign: string; colour: number }> = {
  ok: { sign: '✓', colour: 32 },
  warning: { sign: '!', colour: 33 },
  wrong: { sign: '✗', colour: 31 },
  off: { sign: '·', colour: 2 },
};

/** Whether a stream may be sent colours: a terminal, and nobody said no (no-color.org). */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** A finding as one line: a mark, the area in a column, what was found, and after an arrow what to do. */
export function formatFinding(finding: Finding, options: { width: number; colour: boolean }): string {
  const { sign, colour } = MARKS[finding.state];
  const mark = options.colour ? `\u001b[${colour}m${sign}\u001b[0m` : sign;
  const advice = finding.advice ? ` → ${finding.advice}` : '';
  return `${mark} ${finding.area.padEnd(options.width)}  ${`${finding.detail}${advice}`.replace(/\s*\n\s*/g, ' ')}`;
}

/** The closing line. */
export function formatSummary(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  const mind = warnings > 0 ? `${warnings} to keep in mind` : '';
  if (wrong === 0) return mind ? `Nothing is wrong, ${mind}.` : 'All is well.';
  return `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong${mind ? `, ${mind}` : ''}.`;
}
