import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { title } from '../../format.ts';
import { useDesk } from '../../state/desk.ts';
import { go, hashOf } from '../../state/route.ts';

export type TurnFilters = Record<string, string>;

const OUTCOMES = ['answered', 'stopped', 'failed', 'undeliverable'];
const SLOWER = [
  ['2000', '2 s'],
  ['5000', '5 s'],
  ['10000', '10 s'],
  ['30000', '30 s'],
  ['60000', '1 min'],
  ['300000', '5 min'],
];

/** Narrows the list; what is chosen is kept in the address. Words are taken when one leaves the field or presses Enter. */
export function Filters({ filters }: { filters: TurnFilters }): VNode {
  const { live } = useDesk();
  const platforms = live.now?.platforms.map(({ platform }) => platform) ?? [];
  const models = live.now?.models.map(({ id }) => id) ?? [];
  const set = (name: string, value: string) => go(hashOf('turns', { ...filters, [name]: value.trim() }), 'replace');
  const any = Object.values(filters).some(Boolean);

  return (
    <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice name="platform" label="Platform" filters={filters} set={set} options={named(platforms, title)} />
      <Choice name="outcome" label="Outcome" filters={filters} set={set} options={named(OUTCOMES, title)} />
      <Choice name="model" label="Model" filters={filters} set={set} options={named(models, String)} />
      <Choice name="slower" label="Slower than" filters={filters} set={set} options={SLOWER as [string, string][]} />
      <Words name="error" label="Error kind" filters={filters} set={set} hint="network" />
      <Words name="conversation" label="Conversation" filters={filters} set={set} hint="12 hex digits" />
      <Words name="turn" label="Turn id" filters={filters} set={set} hint="as in the log" />
      <button type="button" class="plain" disabled={!any} onClick={() => go('#turns', 'replace')}>
        Clear
      </button>
    </form>
  );
}

interface Field {
  name: string;
  label: string;
  filters: TurnFilters;
  set(name: string, value: string): void;
}

function Choice({ name, label, filters, set, options }: Field & { options: [string, string][] }): VNode {
  const value = filters[name] ?? '';
  const known = value === '' || options.some(([option]) => option === value);
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => set(name, event.currentTarget.value)}>
        <option value="">Any</option>
        {!known && <option value={value}>{value}</option>}
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function Words({ name, label, filters, set, hint }: Field & { hint: string }): VNode {
  const value = filters[name] ?? '';
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = () => text.trim() !== value && set(name, text);
  return (
    <label>
      <span>{label}</span>
      <input
        type="search"
        spellcheck={false}
        placeholder={hint}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
        // The field's own cross.
        onSearch={take}
      />
    </label>
  );
}

function named(values: string[], name: (value: string) => string): [string, string][] {
  return values.map((value) => [value, name(value)]);
}
