import type { VNode } from 'preact';
import type { TurnRow, TurnsView } from '../../../../../ops-api/index.ts';
import { query } from '../../api/client.ts';
import { Loaded } from '../../components/loaded.tsx';
import { count, counted, moment } from '../../format.ts';
import { useOlder } from '../../state/use-older.ts';
import type { TurnFilters } from './filters.tsx';
import { TurnsTable } from './turns-table.tsx';

/** How many turns a page asks for. */
const PAGE = '50';

/** The turns that fit, newest first, and how far the search came. */
export function TurnsList({ filters }: { filters: TurnFilters }): VNode {
  const older = useOlder<TurnsView>((before) => `turns${query({ ...filters, before, limit: PAGE })}`);
  return (
    <Loaded of={older.first}>
      {() => {
        const rows = older.pages.flatMap(({ turns }): TurnRow[] => turns);
        const looked = older.pages.reduce((sum, page) => sum + page.looked, 0);
        const since = older.pages.findLast((page) => page.since !== null)?.since ?? null;
        return (
          <>
            {rows.length === 0 ? (
              <p class="quiet">{nothing(filters, older.more)}</p>
            ) : (
              <TurnsTable rows={rows} filters={filters} />
            )}
            <p class="foot">
              <span role="status">
                {looked > 0 && (
                  <>
                    {counted(rows.length, 'turn')} of {count(looked)} looked at
                    {since !== null && `, back to ${moment(since)}`}.{!older.more && ' There is nothing older.'}
                  </>
                )}
              </span>
              {older.more && (
                <button type="button" class="plain" aria-busy={older.busy} onClick={older.go}>
                  Older
                </button>
              )}
              <button type="button" class="plain" onClick={older.restart}>
                Newest
              </button>
            </p>
            {older.error && (
              <p class="problem" role="alert">
                {older.error}
              </p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function nothing(filters: TurnFilters, more: boolean): string {
  if (!Object.values(filters).some(Boolean))
    return 'No turns yet. When somebody writes to the assistant, it appears here.';
  return more
    ? 'None of the turns that were looked at fits. “Older” looks further back.'
    : 'No turn fits these filters.';
}
