/** Numbers, times and names in words, the same everywhere. The page is in English, the times are local. */
const LOCALE = 'en-GB';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const clockTime = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const minuteTime = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' });
const dayTime = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const allOfIt = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'full', timeStyle: 'long' });
const utcDay = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });

export const NONE = '–';

export const count = (value: number): string => whole.format(value);
export const tenth = (value: number): string => tenths.format(value);
/** Large numbers, such as tokens: 1.23M. */
export const compact = (value: number): string => (value < 10_000 ? whole.format(value) : short.format(value));

/** `1 turn`, `2 turns`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function percent(part: number, of: number): string {
  return of === 0 ? NONE : `${Math.round((100 * part) / of)}%`;
}

/** At most two units: `340 ms`, `3.2 s`, `4 min 5 s`, `2 d 3 h`. */
export function duration(ms: number | null): string {
  if (ms === null) return NONE;
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${tenths.format(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return two(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return two(minutes, 60, 'h', 'min');
  return two(Math.round(minutes / 60), 24, 'd', 'h');
}

function two(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  return `${Math.floor(value / base)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** How long ago, in one unit. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 2) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1_000 && unit < units.length - 1) {
    rest /= 1_024;
    unit += 1;
  }
  return `${rest < 10 && unit > 0 ? tenths.format(rest) : whole.format(rest)} ${units[unit]}`;
}

/** Small amounts keep two digits that say something: $0.0004. */
export function money(usd: number | null): string {
  if (usd === null) return NONE;
  if (usd === 0) return '$0';
  const sign = usd < 0 ? '−' : '';
  const size = Math.abs(usd);
  if (size < 0.000_001) return `${sign}under $0.000001`;
  const digits = size >= 0.1 ? 2 : Math.min(7, 1 - Math.floor(Math.log10(size)));
  return `${sign}$${size.toLocaleString('en-US', { minimumFractionDigits: size >= 0.1 ? 2 : 0, maximumFractionDigits: digits })}`;
}

/** Today only the time, else with the day. */
export function moment(at: number): string {
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? clockTime.format(date) : dayTime.format(date);
}
export const minute = (at: number): string => minuteTime.format(at);
export const fullTime = (at: number): string => allOfIt.format(at);

/** `2026-03-09` → `9 Mar`. */
export function day(name: string): string {
  const at = Date.parse(`${name}T00:00:00Z`);
  return Number.isNaN(at) ? name : utcDay.format(at);
}

/** An id as a title: `tin-can_web` → `Tin Can Web`. */
export function title(id: string): string {
  return id
    .split(/[-_\s]+/)
    .filter(Boolean)
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join(' ');
}

/** A sentence's beginning. */
export const capital = (text: string): string => (text[0]?.toUpperCase() ?? '') + text.slice(1);
