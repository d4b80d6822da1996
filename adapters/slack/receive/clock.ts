/** Whether this machine's clock and Slack's agree: Slack's requests are signed with their time, and refused when it is off. */
import type { Check } from '../../../src/contract/index.ts';

/** Requests are taken within five minutes; half of that is a warning in time. */
const MOST_S = 150;
const TIMEOUT_MS = 10_000;

/** Seconds as people say them: "45 seconds", "6 minutes", "3 hours". */
export function inWords(seconds: number): string {
  const size = Math.abs(seconds);
  const [count, unit] = size < 90 ? [size, 'second'] : size < 5_400 ? [size / 60, 'minute'] : [size / 3_600, 'hour'];
  const whole = Math.round(count);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** Compares with the `Date` of an answer of Slack's. */
export async function checkClock(apiUrl: string): Promise<Check> {
  const name = 'Clock';
  try {
    const response = await fetch(`${apiUrl}/api.test`, { method: 'POST', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return { name, ok: true, detail: 'Slack does not tell its time' };
    const aheadS = Math.round((Date.now() - theirs) / 1_000);
    if (Math.abs(aheadS) <= MOST_S) return { name, ok: true, detail: 'this machine’s time is Slack’s' };
    const where = aheadS > 0 ? 'ahead' : 'behind';
    const detail = `Slack’s time differs by ${inWords(aheadS)} (this machine is ${where}): set the clock, or its events are refused`;
    return { name, ok: false, detail };
  } catch {
    return { name, ok: true, detail: 'not compared, since Slack did not answer' };
  }
}
