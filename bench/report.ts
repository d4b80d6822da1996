/** The figures as people read them. */
import type { Idle } from './idle.ts';
import type { ProfileSummary, Share } from './profile.ts';
import { faultsOf, type Row } from './rows.ts';
import type { Sustained } from './sustain.ts';

const LEGEND = `p50, p95, p99: ms from the event to the reply, or to the first piece of one that is streamed; whole: to its end;
ack: to the 200 for the event. CPU: seconds for 1,000 messages, Redis's beside it; ": bolt" is the sum of both against the
plain bot's with the same answers. Redis for each message: round trips (what a client sent at once), scripts, commands
(those inside of scripts too). calls: to the platform for each message. late: ms by which the load was behind its own
plan (p99); if that is large, the machine was busy with something else, and the run is worth nothing.`;

/** A table for each rate, and what its columns mean. */
export function tablesOf(rows: Row[], options: { acks: boolean }): string {
  const rates = [...new Set(rows.map(({ rate }) => rate))];
  const tables = rates.map((rate) => {
    const at = rows.filter((row) => row.rate === rate);
    return `${rate} messages a second\n${tableOf(at, options)}`;
  });
  return [...tables, LEGEND].join('\n\n');
}

type Column = [head: string, cell: (row: Row) => string];

function tableOf(rows: Row[], { acks }: { acks: boolean }): string {
  const table: Column[] = [
    ['bot', ({ bot }) => bot],
    ['p50', ({ p50 }) => short(p50)],
    ['p95', ({ p95 }) => short(p95)],
    ['p99', ({ p99 }) => short(p99)],
    ['whole p50', ({ whole50 }) => short(whole50)],
    ['whole p99', ({ whole99 }) => short(whole99)],
    ...(acks
      ? ([
          ['ack p50', ({ ack50 }) => short(ack50)],
          ['ack p99', ({ ack99 }) => short(ack99)],
        ] satisfies Column[])
      : []),
    ['CPU', ({ cpu }) => short(cpu)],
    ['Redis', ({ redisCpu }) => short(redisCpu)],
    [': bolt', (row) => shareOf(row, rows)],
    ['trips', ({ redisTrips }) => short(redisTrips)],
    ['scripts', ({ redisScripts }) => short(redisScripts)],
    ['commands', ({ redisCommands }) => short(redisCommands)],
    ['calls', ({ calls }) => short(calls)],
    ['RSS MB', ({ rssMb }) => short(rssMb)],
    ['answered', ({ answered, messages }) => `${answered}/${messages}`],
    ['faults', (row) => faultsOf(row).join(', ') || 'none'],
    ['late', ({ late99 }) => short(late99)],
  ];
  return columns([table.map(([head]) => head), ...rows.map((row) => table.map(([, cell]) => cell(row)))]);
}

/** The bot's CPU with its Redis as a multiple of the plain bot's that answers in the same way. */
function shareOf(row: Row, rows: Row[]): string {
  const [name = '', answers = ''] = row.bot.split(' ');
  const plain = rows.find(({ bot }) => bot === `bolt ${answers}`);
  return plain && name !== 'bolt' ? `${((row.cpu + (row.redisCpu ?? 0)) / plain.cpu).toFixed(1)}×` : '–';
}

const MOST_NAMED = 12;

/** The Redis commands of a message, at the last rate. */
export function commandsOf(rows: Row[]): string {
  const last = rows.at(-1)?.rate;
  return rows
    .filter(({ rate, redisCalls }) => rate === last && redisCalls.length > 0)
    .map(({ bot, rate, redisCalls }) => {
      const often = redisCalls.slice(0, MOST_NAMED).map(([name, count]) => `${name} ${short(count)}`);
      return `Most frequent in Redis for a message, ${bot} at ${rate}/s: ${often.join(', ')}`;
    })
    .join('\n');
}

export function sustainedOf(results: [bot: string, Sustained][]): string {
  return results.map(([bot, { rate, because }]) => `${bot} sustains ${rate}/s; ${because}`).join('\n');
}

export function profileOf(summary: ProfileSummary): string {
  const list = (shares: Share[], most: number) =>
    shares.slice(0, most).map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`);
  return [
    `Busy ${summary.busy.toFixed(1)} of ${summary.seconds.toFixed(1)} s. By part, Node's own code charged to its caller:`,
    ...list(summary.charged, 24),
    'By part, own code:',
    ...list(summary.own, 24),
    'By function, own time:',
    ...list(summary.functions, 40),
  ].join('\n');
}

export function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

/** Lines of cells, the first column to the left. */
export function columns(lines: string[][]): string {
  const widths = (lines[0] ?? []).map((_, n) => Math.max(...lines.map((line) => line[n]?.length ?? 0)));
  return lines
    .map((line) =>
      line.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join('  '),
    )
    .join('\n');
}

/** What Chasqui weighs when nothing happens. */
export function idleOf(weighed: Idle[]): string {
  return columns([['idle', 'MB'], ...weighed.map(({ what, rss }) => [what, (rss / 2 ** 20).toFixed(0)])]);
}
