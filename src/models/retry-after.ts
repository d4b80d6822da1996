/** How long a host asks to wait, however it says it. */

const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "1m29.8s", "120ms", "2h0m3s", "29.8 seconds": Groq's and OpenAI's way. */
const DURATION = /^(?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\s*)+/i;
const PART = /(\d+(?:\.\d+)?)\s*(ms|milli|[smhd])[a-z]*/gi;

/** Groq, OpenAI: "Please try again in 29.8s"; Azure: "Please retry after 26 seconds"; Gemini: "retry in 34.07s". */
const IN_WORDS = /(?:try again|retry|wait)\s+(?:in|after|for)?\s*(\d[^,;]{0,60})/i;

/** What began before is a moment of the clock, in seconds or milliseconds, and no length. */
const CLOCK_S = 1_000_000_000;
const CLOCK_MS = CLOCK_S * 1_000;

/**
 * `retry-after-ms` is OpenAI's finer `Retry-After`, which is seconds or a date (RFC 9110, 10.2.3); then the host's words;
 * then `x-ratelimit-reset…`, of what is used up.
 * @param words the whole message of the refusal
 * @returns milliseconds, of any length; undefined when nothing is said
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, words: string): number | undefined {
  const fine = numberIn(headers['retry-after-ms']);
  if (fine !== undefined) return fine;
  const coarse = headers['retry-after'];
  return (coarse === undefined ? undefined : lengthOf(coarse)) ?? saidIn(words) ?? resetOf(headers);
}

function lengthOf(text: string): number | undefined {
  const [first = ''] = /^[a-z]{3,9},/i.test(text.trim()) ? [text] : text.split(',');
  const number = numberIn(first);
  if (number !== undefined) return fromNumber(number);
  const duration = durationIn(first.trim());
  if (duration !== undefined) return duration;
  const date = /[a-z]{3}|\d-\d/i.test(first) ? Date.parse(first) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function fromNumber(number: number): number {
  if (number >= CLOCK_MS) return Math.max(0, number - Date.now());
  return number >= CLOCK_S ? Math.max(0, number * 1_000 - Date.now()) : number * 1_000;
}

function numberIn(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return /^\d+(\.\d+)?$/.test(trimmed) && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
}

function saidIn(words: string): number | undefined {
  const said = IN_WORDS.exec(words)?.[1];
  if (said === undefined) return undefined;
  return durationIn(said);
}

function durationIn(text: string): number | undefined {
  const found = DURATION.exec(text)?.[0];
  if (found === undefined) return undefined;
  let ms = 0;
  for (const [, count, unit = ''] of found.matchAll(PART)) {
    const short = unit.toLowerCase() === 'milli' ? 'ms' : unit.toLowerCase();
    ms += Number(count) * (UNITS[short] ?? 0);
  }
  return Math.ceil(ms);
}

/** The longest wait of those allowances that are used up; where nothing is said of what is left, of all. */
function resetOf(headers: Readonly<Record<string, string>>): number | undefined {
  const waits: number[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (!/^(x-)?ratelimit-reset(-\w+)*$/.test(name)) continue;
    const left = numberIn(headers[name.replace('reset', 'remaining')]);
    const wait = left === undefined || left === 0 ? lengthOf(value) : undefined;
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length > 0 ? Math.max(...waits) : undefined;
}
