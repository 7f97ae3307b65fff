import type { Legend } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { LinkQuery } from '../api.ts';
import { formatNumber } from '../format.ts';
import { datasetQueries } from './dataset-queries.ts';

export interface MapLegendProps {
  readonly id: string;
  /** As it is shown. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The right of a link that opens it. */
  readonly link: LinkQuery;
}

/**
 * What the colours on the map mean; nothing where they are those of a photograph. It stands on the map, which is there a moment
 * longer than the dataset's page: so it asks nothing of the page's address.
 */
export function MapLegend({ id, parameters, link }: MapLegendProps): ReactNode {
  const { data } = useQuery(datasetQueries.legend(id, parameters, link));
  if (data === undefined) return null;
  const { kind, classes, stops } = data;
  if (kind === 'classes' && classes.length > 0) return <Classes classes={classes} />;
  if (kind !== 'ramp' || stops.length === 0) return null;
  const [low, high] = [stops[0]?.value ?? 0, stops.at(-1)?.value ?? 0];
  const name = [data.channels[0]?.name, data.unit].filter((part) => part != null && part !== '').join(', ');
  return (
    <figure className="m-0 w-56 max-w-full rounded-lg border border-line bg-raised px-3 py-2 shadow-pop">
      <figcaption className="mb-1 truncate text-xs text-soft">{name}</figcaption>
      <div
        role="img"
        aria-label={`Colours from ${formatNumber(low, 4)} to ${formatNumber(high, 4)}`}
        className="h-2.5 rounded-sm"
        style={{ background: `linear-gradient(to right, ${stops.map(({ color }) => color).join(', ')})` }}
      />
      <div aria-hidden="true" className="mt-1 flex justify-between text-xs">
        <span>{formatNumber(low, 4)}</span>
        <span>{formatNumber((low + high) / 2, 4)}</span>
        <span>{formatNumber(high, 4)}</span>
      </div>
    </figure>
  );
}

function Classes({ classes }: Pick<Legend, 'classes'>): ReactNode {
  return (
    <ul
      aria-label="Legend"
      // A list that scrolls must be reachable with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="m-0 flex max-h-56 list-none flex-col gap-1 overflow-y-auto rounded-lg border border-line bg-raised px-3 py-2 text-xs shadow-pop"
    >
      {classes.map(({ from, to, label, color }) => (
        <li key={from} className="flex items-center gap-2">
          <span
            aria-hidden="true"
            className="size-3 shrink-0 rounded-sm border border-line"
            style={{ background: color }}
          />
          {label ?? (to === null ? formatNumber(from) : `${formatNumber(from)} to ${formatNumber(to)}`)}
        </li>
      ))}
    </ul>
  );
}
