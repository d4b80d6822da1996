/** Runs the checks of `npm run doctor`: all at once, reported in their order. */

export interface Finding {
  /** What was looked at: `Redis`, `Slack`, `Model`. */
  area: string;
  /** `off`: not configured, and so neither right nor wrong. */
  state: 'ok' | 'warning' | 'wrong' | 'off';
  /** What was found. */
  detail: string;
  /** What to do about it. */
  advice?: string;
}

/** One area's checks. */
export interface Probe {
  area: string;
  /** May throw: then that is what was found. */
  run(): Promise<Finding[]> | Finding[];
}

/** How long one area may take, in ms. */
export const LIMIT_MS = 25_000;

/**
 * Runs all probes at the same time. A probe that throws or hangs is a finding like any other and holds up nobody.
 * @param report called for each finding in the probes' order, as soon as it and all before it are known
 * @param limitMs how long a probe may take
 */
export async function runDoctor(options: {
  probes: readonly Probe[];
  report?: (finding: Finding) => void;
  limitMs?: number;
}): Promise<Finding[]> {
  const { probes, report, limitMs = LIMIT_MS } = options;
  const running = probes.map(({ area, run }) => settle(area, run, limitMs));
  const findings: Finding[] = [];
  for (const probe of running) {
    for (const finding of await probe) {
      findings.push(finding);
      report?.(finding);
    }
  }
  return findings;
}

/** The findings of one check; a failure and a silence of more than `limitMs` are findings too. Never throws. */
export async function settle(
  area: string,
  run: () => Promise<Finding[]> | Finding[],
  limitMs: number,
): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Finding[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([{ area, state: 'wrong', detail: `no result within ${limitMs / 1_000} s`, advice: 'try again' }]);
    }, limitMs);
  });
  try {
    return await Promise.race([(async () => run())(), silence]);
  } catch (error) {
    return [{ area, state: 'wrong', detail: error instanceof Error ? error.message : String(error) }];
  } finally {
    clearTimeout(timer);
  }
}

/** The exit code: 1 if anything is wrong. */
export function exitCode(findings: readonly Finding[]): 0 | 1 {
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}
