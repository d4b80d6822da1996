import type { VNode } from 'preact';
import type { ProcessView } from '../../../../../ops-api/index.ts';
import { post } from '../../api/client.ts';
import { Action } from '../../components/action.tsx';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { Badge } from '../../components/words.tsx';
import { age, bytes, count, duration, fullTime, NONE, title } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';

export function Processes({ processes, at }: { processes: ProcessView[]; at: number }): VNode {
  const { operator } = useDesk();
  return (
    <Card title="Processes" class="wide">
      {processes.length === 0 ? (
        <p class="quiet">No process has told of itself.</p>
      ) : (
        <Table
          label="Processes"
          cards
          rows={processes}
          rowKey={({ id }) => id}
          rowClass={({ state }) => (state === 'silent' ? 'silent' : '')}
          columns={[
            {
              label: 'Process',
              head: true,
              cell: (row) => (
                <>
                  {row.roles.map(title).join(', ')}
                  <small class="under" id={`process-${row.id}`}>
                    {row.host}, pid {row.pid}
                  </small>
                </>
              ),
            },
            {
              label: 'Heartbeat',
              tip: 'When the process last said that it lives; one that is silent died or cannot reach Redis.',
              cell: (row) => (
                <>
                  <span data-tip={fullTime(row.at)}>{age(at - row.at)}</span>{' '}
                  {row.state === 'silent' && <Badge tone="red">silent</Badge>}
                </>
              ),
            },
            {
              label: 'Running',
              tip: 'Turns that this worker answers now; a dash where it is no worker.',
              number: true,
              cell: (row) => (row.running === null ? NONE : count(row.running)),
            },
            {
              label: 'Receivers',
              tip: 'The platforms that this process receives from, and whether the connection stands.',
              cell: (row) => <Receivers {...row} />,
            },
            {
              label: 'Memory',
              tip: 'Memory that the operating system has given to the process (resident set).',
              number: true,
              cell: (row) => bytes(row.rssBytes),
            },
            {
              label: 'Loop delay',
              tip: 'How late the event loop was in the last seconds, at the 99th percentile; above 100 ms it is overloaded.',
              number: true,
              cell: (row) => duration(row.eventLoopMs),
            },
            {
              label: 'Up',
              tip: 'For how long the process has run.',
              number: true,
              cell: (row) => (
                <span data-tip={`Since ${fullTime(row.startedAt)}`}>{duration(row.at - row.startedAt)}</span>
              ),
            },
            { label: 'Version', cell: (row) => row.version },
            ...(operator
              ? [{ label: 'Act', cell: (row: ProcessView) => row.state === 'silent' && <Forget {...row} /> }]
              : []),
          ]}
        />
      )}
    </Card>
  );
}

function Receivers({ receivers }: ProcessView): VNode | string {
  if (receivers.length === 0) return NONE;
  return (
    <ul class="plain-list">
      {receivers.map(({ platform, connected, state, detail }) => (
        <li key={platform}>
          {title(platform)} <Badge tone={connected ? 'good' : 'red'}>{connected ? 'connected' : state}</Badge>
          {!connected && detail && <small class="under">{detail}</small>}
        </li>
      ))}
    </ul>
  );
}

function Forget({ id, host, pid }: ProcessView): VNode {
  return (
    <Action
      action="Forget"
      on={`process-${id}`}
      question={`Forget the silent process ${pid} on ${host}?`}
      detail="It is taken off this page. No turn is lost: others go on with what it had begun. If it still lives, it appears again."
      run={async () => {
        await post('processes/forget', { id });
        return `Process ${pid} on ${host} is forgotten.`;
      }}
    />
  );
}
