import type { VNode } from 'preact';
import type { PauseView, PlatformView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { Badge } from '../../components/words.tsx';
import { count, title } from '../../format.ts';
import { hashOf } from '../../state/route.ts';

export function Platforms({ platforms, pauses }: { platforms: PlatformView[]; pauses: PauseView[] }): VNode {
  const paused = (name: string) =>
    pauses.some((pause) => pause.scope === 'all' || (pause.scope === 'platform' && pause.name === name));
  return (
    <Card title="Platforms">
      {platforms.length === 0 ? (
        <p class="quiet">No platform is connected and nobody wrote.</p>
      ) : (
        <Table
          label="Platforms"
          rows={platforms}
          rowKey={({ platform }) => platform}
          columns={[
            {
              label: 'Platform',
              head: true,
              cell: ({ platform }) => <a href={hashOf('turns', { platform })}>{title(platform)}</a>,
            },
            {
              label: 'State',
              tip: 'Whether a process that runs receives from this platform, and whether answering there is paused.',
              cell: (row) => (
                <>
                  <Connected {...row} /> {paused(row.platform) && <Badge tone="amber">paused</Badge>}
                  {row.detail && <small class="under">{row.detail}</small>}
                </>
              ),
            },
            {
              label: 'In',
              tip: 'Messages that arrived in the last whole minute.',
              number: true,
              cell: (row) => count(row.in),
            },
            {
              label: 'Answered',
              tip: 'Turns that were answered in the last whole minute.',
              number: true,
              cell: (row) => count(row.answered),
            },
            {
              label: 'Failed',
              tip: 'Turns that failed in the last whole minute.',
              number: true,
              cell: (row) =>
                row.failed > 0 ? (
                  <a class="bad" href={hashOf('turns', { platform: row.platform, outcome: 'failed' })}>
                    {count(row.failed)}
                  </a>
                ) : (
                  '0'
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function Connected({ connected }: PlatformView): VNode {
  if (connected === null) return <Badge tone="calm">nobody listens</Badge>;
  return connected ? <Badge tone="good">connected</Badge> : <Badge tone="red">not connected</Badge>;
}
