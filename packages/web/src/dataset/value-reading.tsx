import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { LinkQuery } from '../api.ts';
import { errorLine } from '../describe-error.ts';
import { formatNumber } from '../format.ts';
import { IconButton } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { datasetQueries } from './dataset-queries.ts';
import { parsePlace } from './picture.ts';

export interface ValueReadingProps {
  readonly id: string;
  /** The place, as the URL has it. */
  readonly at: string;
  /** The right of a link that opens it. */
  readonly link: LinkQuery;
  readonly onClose: () => void;
}

/** What the pixels at a place say, band by band, and the raster that they come from; on the map, as its legend is. */
export function ValueReading({ id, at, link, onClose }: ValueReadingProps): ReactNode {
  const place = parsePlace(at) ?? { lon: 0, lat: 0 };
  const { data, error } = useQuery(datasetQueries.values(id, place, link));
  return (
    <section
      aria-label="Values at a place"
      aria-live="polite"
      className="w-64 max-w-full rounded-lg border border-line bg-raised shadow-pop"
    >
      <header className="flex items-center justify-between gap-2 border-b border-line py-1 pr-1 pl-3 text-xs text-soft">
        <span>
          {degrees(place.lat, 'N', 'S')} {degrees(place.lon, 'E', 'W')}
        </span>
        <IconButton icon={X} size="sm" label="Close" side="top" onClick={onClose} />
      </header>
      <div
        // A list that scrolls must be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="group"
        aria-label="Values"
        className="max-h-48 overflow-y-auto px-3 py-2 text-sm"
      >
        {error !== null ? (
          <p className="text-danger">{errorLine(error)}</p>
        ) : data === undefined ? (
          <Skeleton className="h-5 w-32" />
        ) : !data.inside ? (
          <p className="text-soft">Outside of the dataset.</p>
        ) : (
          <>
            <dl className="m-0 grid grid-cols-[1fr_auto] gap-x-4">
              {data.values.map((value, index) => (
                <div key={data.band_names[index]} className="col-span-2 grid grid-cols-subgrid">
                  <dt className="truncate text-soft">{data.band_descriptions[index] ?? `Band ${index + 1}`}</dt>
                  <dd className="text-right font-medium">
                    {value === null ? 'no data' : typeof value === 'number' ? formatNumber(value) : value}
                    {value !== null && data.units[index] != null && (
                      <span className="font-normal text-soft"> {data.units[index]}</span>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
            {data.source !== null && data.source.dataset_id !== id && (
              <p className="mt-2 border-t border-line pt-2 text-xs text-soft">
                From{' '}
                {link.sig === undefined ? (
                  <Link
                    to="/datasets/$id"
                    params={{ id: data.source.dataset_id }}
                    search={({ map, at }) => ({ map, at })}
                    className="text-accent underline underline-offset-2"
                  >
                    {data.source.title}
                  </Link>
                ) : (
                  // The link opens this dataset, and not that one.
                  <span className="text-ink">{data.source.title}</span>
                )}
              </p>
            )}
          </>
        )}
      </div>
    </section>
  );
}

function degrees(value: number, positive: string, negative: string): string {
  return `${Math.abs(value).toFixed(5)}° ${value < 0 ? negative : positive}`;
}
