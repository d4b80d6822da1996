import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import type { AuditView } from '../../../../../ops-api/index.ts';
import { query } from '../../api/client.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Table } from '../../components/table.tsx';
import { Time } from '../../components/time.tsx';
import { useOlder } from '../../state/use-older.ts';

/** Who did what, newest first. It is fetched anew after each of one's own `acts`. */
export function Audit({ acts }: { acts: number }): VNode {
  const older = useOlder<AuditView>((before) => `audit${query({ before })}`);
  // Only a new act asks for the newest.
  useEffect(() => {
    if (acts > 0) older.restart();
  }, [acts]);
  return (
    <Loaded of={older.first}>
      {() => {
        const rows = older.pages.flatMap((page) => page.rows);
        if (rows.length === 0)
          return <p class="quiet">Nobody did anything yet. Whatever an operator does is written here.</p>;
        return (
          <>
            <Table
              label="Audit log"
              cards
              rows={rows}
              rowKey={({ entry }) => entry}
              columns={[
                { label: 'When', cell: ({ at }) => <Time at={at} /> },
                { label: 'Who', cell: ({ who }) => who },
                { label: 'What', head: true, cell: ({ what }) => <span class="words">{what}</span> },
              ]}
            />
            <p class="foot">
              {older.more ? (
                <button type="button" class="plain" aria-busy={older.busy} onClick={older.go}>
                  Older
                </button>
              ) : (
                'There is nothing older.'
              )}
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
