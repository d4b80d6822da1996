/** What a storm's evidence says, for people and as an exit code. */
import type { Complaint, PlatformVerdict, Story } from './judge.ts';
import type { StormResult } from './storm.ts';
import { ALL_FAULTS, type FaultKind } from './weather.ts';

const MOST_STORIES = 12;
const COLUMNS: Complaint[] = [
  'lost',
  'twice',
  'out of order',
  'cut',
  'mixed up',
  'strange text',
  'left unfinished',
  'history differs',
  'seen differently',
];

/** Everything that must not have happened, one line each; empty: the storm did no harm. */
export function harm(result: StormResult): string[] {
  return [
    ...result.verdicts.flatMap((verdict) => [...verdict.stories.map(storyLine), ...excess(verdict, result)]),
    ...[...result.left].map(([kind, keys]) => `left behind, ${kind}: ${keys.length}, e.g. ${keys[0]}`),
    ...result.surprises,
  ];
}

function excess({ platform, remainder }: PlatformVerdict, { allowance }: StormResult): string[] {
  const most = allowance.get(platform) ?? 0;
  if (remainder <= most) return [];
  return [`${platform}: ${remainder} messages are there twice; lost answers explain at most ${most}`];
}

function storyLine({ platform, conversation, complaint, token, seen }: Story): string {
  return `${platform} ${token || `conversation ${conversation}`}: ${complaint}; ${seen}`;
}

export function reportOf(result: StormResult): string {
  const { verdicts, allowance } = result;
  const head = ['', 'sent', 'answered', 'refused', 'deleted', 'never told', ...COLUMNS, 'remainder', 'longest'];
  const rows = verdicts.map((verdict) => [
    verdict.platform,
    ...[verdict.sent, verdict.answered, verdict.refused, verdict.deleted, verdict.undelivered].map(String),
    ...COLUMNS.map((column) => String(verdict.stories.filter(({ complaint }) => complaint === column).length)),
    `${verdict.remainder} of ${allowance.get(verdict.platform) ?? 0}`,
    // Known from what was kept, which other bots have not.
    verdict.longestWaitMs > 0 ? `${(verdict.longestWaitMs / 1_000).toFixed(1)} s` : '–',
  ]);
  const lines = harm(result);
  const told = lines.slice(0, MOST_STORIES).map((line) => `  - ${line}`);
  if (lines.length > MOST_STORIES) told.push(`  … and ${lines.length - MOST_STORIES} more`);
  return [
    tableOf([head, ...rows]),
    '',
    `faults: ${faultsOf(result)}`,
    `seed ${result.seed}, ${Math.round(result.tookMs / 1_000)} s`,
    lines.length === 0 ? 'No harm was done.' : `HARM (${lines.length}), logs in ${result.folder}:\n${told.join('\n')}`,
  ].join('\n');
}

function faultsOf({ weather }: StormResult): string {
  const kinds = (Object.keys(ALL_FAULTS) as FaultKind[]).filter((kind) => weather.countOf(kind) > 0);
  return kinds.map((kind) => `${kind} ${weather.countOf(kind)}`).join(', ') || 'none';
}

function tableOf(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return rows.map((row) => row.map((cell, n) => cell.padStart(widths[n] ?? 0)).join('  ')).join('\n');
}
