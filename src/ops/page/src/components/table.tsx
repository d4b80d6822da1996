import type { ComponentChildren, VNode } from 'preact';
import { Explained } from './explained.tsx';

export interface Column<Row> {
  label: string;
  /** What the column's numbers mean. */
  tip?: string;
  number?: boolean;
  /** Names the row. */
  head?: boolean;
  cell(row: Row): ComponentChildren;
}

/** A table that scrolls within itself where it is too wide; with `cards`, each row becomes a card on a phone. */
export function Table<Row>(props: {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey(row: Row): string;
  cards?: boolean;
  rowClass?(row: Row): string;
  /** A click anywhere in a row, beside its links and buttons; for the keyboard, a link in the row must do the same. */
  onRow?(row: Row): void;
}): VNode {
  const { label, columns, rows, cards, onRow } = props;
  return (
    // Without anything to focus in it, it must itself be reachable by keyboard, to be scrolled.
    <div class={`scroll-x ${cards ? 'cards' : ''}`} tabIndex={columns.some(({ tip }) => tip) ? undefined : 0}>
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.label} scope="col" class={column.number ? 'number' : ''}>
                {column.tip ? <Explained tip={column.tip}>{column.label}</Explained> : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={props.rowKey(row)}
              class={props.rowClass?.(row) ?? ''}
              onClick={onRow && ((event) => !isOwn(event) && onRow(row))}
            >
              {columns.map((column) => cellOf(column, row))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellOf<Row>(column: Column<Row>, row: Row): VNode {
  const { label, number, tip } = column;
  const look = number ? 'number' : '';
  const content = column.cell(row);
  return column.head ? (
    <th key={label} scope="row" class={look} data-label={label}>
      {content}
    </th>
  ) : (
    <td key={label} class={look} data-label={label} data-tip={tip}>
      {content}
    </td>
  );
}

/** A click on something that does its own, or the end of selecting text. */
function isOwn(event: MouseEvent): boolean {
  return Boolean((event.target as Element).closest('a, button')) || !getSelection()?.isCollapsed;
}
