import type { VNode } from 'preact';
import type { SettingsView } from '../../../../../ops-api/index.ts';
import { Card } from '../../components/card.tsx';
import { Table } from '../../components/table.tsx';
import { compact, money } from '../../format.ts';
import { hashOf } from '../../state/route.ts';

export function Models({ models }: Pick<SettingsView, 'models'>): VNode {
  return (
    <Card title="Models" class="wide">
      {models.length === 0 ? (
        <p class="quiet">No model is set up.</p>
      ) : (
        <Table
          label="Models and prices"
          rows={models}
          rowKey={({ id }) => id}
          columns={[
            {
              label: 'Model',
              head: true,
              cell: ({ id, label }) => (
                <>
                  <a href={hashOf('turns', { model: id })}>{label}</a>
                  <small class="under">{id}</small>
                </>
              ),
            },
            { label: 'Host', cell: ({ host }) => host },
            { label: 'Licence', cell: ({ licence }) => licence },
            {
              label: 'Context',
              tip: 'How many tokens prompt and answer may have together.',
              number: true,
              cell: ({ contextTokens }) => compact(contextTokens),
            },
            {
              label: '$/M read',
              tip: 'US dollars for a million tokens of prompts.',
              number: true,
              cell: ({ inputUsd }) => (inputUsd === null ? 'not known' : money(inputUsd)),
            },
            {
              label: '$/M written',
              tip: 'US dollars for a million tokens of answers.',
              number: true,
              cell: ({ outputUsd }) => (outputUsd === null ? 'not known' : money(outputUsd)),
            },
            { label: 'Price from', cell: ({ priceFrom }) => priceFrom ?? '–' },
          ]}
        />
      )}
    </Card>
  );
}
