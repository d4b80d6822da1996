import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { SettingsView } from '../../../../ops-api/index.ts';
import { Card } from '../components/card.tsx';
import { Loaded } from '../components/loaded.tsx';
import { Table } from '../components/table.tsx';
import { counted } from '../format.ts';
import { useData } from '../state/use-data.ts';
import { Doctor } from './settings/doctor.tsx';
import { Models } from './settings/models.tsx';

/** What it was told to do, by whom, and whether that works. */
export function Settings(): VNode {
  const settings = useData<SettingsView>('settings');
  return (
    <div class="grid">
      <Doctor />
      <Loaded of={settings}>
        {(data) => (
          <>
            <Models models={data.models} />
            <AllSettings settings={data.settings} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function AllSettings({ settings }: Pick<SettingsView, 'settings'>): VNode {
  const [words, setWords] = useState('');
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = settings.filter(({ name, value, from }) => {
    const text = `${name} ${value} ${from}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  return (
    <Card
      title="All settings"
      class="wide"
      aside={
        <label class="filter">
          <span class="off-screen">Filter the settings</span>
          <input
            type="search"
            placeholder="Filter"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        </label>
      }
    >
      <p class="off-screen" role="status">
        {wanted.length > 0 && counted(rows.length, 'setting')}
      </p>
      {rows.length === 0 ? (
        <p class="quiet">{settings.length === 0 ? 'There are no settings.' : 'No setting fits the filter.'}</p>
      ) : (
        <Table
          label="Settings"
          cards
          rows={rows}
          rowKey={({ name }) => name}
          columns={[
            { label: 'Setting', head: true, cell: ({ name }) => <code>{name}</code> },
            {
              label: 'Value',
              cell: ({ value, secret }) => (
                <span class="words">
                  {value === '' ? <span class="muted">empty</span> : <code>{value}</code>}
                  {secret && <small> secret</small>}
                </span>
              ),
            },
            { label: 'From', cell: ({ from }) => from },
          ]}
        />
      )}
    </Card>
  );
}
