import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

export interface Column<Row> {
  readonly title: ReactNode;
  /** Numbers are aligned at their right, with tabular figures. */
  readonly isNumeric?: boolean;
  readonly cell: (row: Row) => ReactNode;
  readonly className?: string;
}

export interface TableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** Rows and columns, dense. Scrolls sideways on its own where there is no room. */
export function Table<Row>({ label, columns, rows, keyOf }: TableProps<Row>): ReactNode {
  return (
    // A region that scrolls must be reachable with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto">
      <table className="w-full border-collapse text-sm">
        <thead>
          <tr className="border-b border-line text-left text-soft">
            {columns.map((column, index) => (
              <th
                // oxlint-disable-next-line react/no-array-index-key -- columns have no other name and never move
                key={index}
                scope="col"
                className={classNames(
                  'h-8 px-2 font-medium whitespace-nowrap first:pl-0 last:pr-0',
                  column.isNumeric === true && 'text-right',
                  column.className,
                )}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0">
              {columns.map((column, index) => (
                <td
                  // oxlint-disable-next-line react/no-array-index-key -- as above
                  key={index}
                  className={classNames(
                    'h-9 px-2 py-1 first:pl-0 last:pr-0',
                    column.isNumeric === true && 'text-right whitespace-nowrap',
                    column.className,
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

/** Names and values, one pair a line; values that are null or undefined are left out with their names. */
export function Facts({ facts }: FactsProps): ReactNode {
  return (
    <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 text-sm">
      {facts
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name} className="col-span-2 grid grid-cols-subgrid border-b border-line py-1.5 last:border-0">
            <dt className="text-soft">{name}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
    </dl>
  );
}
