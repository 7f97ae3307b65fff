import { Search } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import type { SourceFilter } from '@inlay/contract';
import { useDatasetPages } from '../catalogue/use-dataset-pages.ts';
import { formatPlural } from '../format.ts';
import { formatBBox } from '../map/bbox.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { Button } from '../ui/button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Note } from '../ui/states.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { VirtualList } from '../ui/virtual-list.tsx';
import { SOURCE_ROW_HEIGHT, SourceFacts } from './source-facts.tsx';
import { filterQuery } from './use-sources-on-map.ts';

export interface MatchingTabProps {
  readonly filter: SourceFilter;
  readonly onClear: () => void;
}

/** The sources of a filter: too many to be arranged one by one. */
export function MatchingTab({ filter, onClear }: MatchingTabProps): ReactNode {
  const [range, setRange] = useState<readonly [number, number]>([0, 12]);
  const pages = useDatasetPages(filterQuery(filter), range);
  const onRange = useCallback((first: number, end: number) => setRange([first, end]), []);
  return (
    <>
      <div className="shrink-0 border-b border-line p-3">
        <Note tone="accent" icon={Search}>
          <p className="font-medium">
            All {pages.total === null ? '' : formatPlural(pages.total, 'raster')} {wordsOf(filter)}
          </p>
          <p className="text-soft">
            They are looked up once, when the virtual raster is built. The newest in the catalogue lies on top.
          </p>
        </Note>
        <Button size="sm" className="mt-2" onClick={onClear}>
          Choose others
        </Button>
      </div>
      <VirtualList
        label="Sources, the one on top first"
        count={pages.total ?? 8}
        rowHeight={SOURCE_ROW_HEIGHT}
        onRange={onRange}
        renderRow={(index) => {
          const dataset = pages.at(index);
          return (
            <div className="flex h-full items-center gap-3 border-b border-line px-4">
              {dataset === undefined ? (
                <Skeleton className="h-4 w-2/3" />
              ) : (
                <>
                  <Thumbnail src={thumbnailUrl(dataset.id, 48)} size={48} />
                  <div className="flex min-w-0 flex-1 flex-col">
                    <span className="truncate font-medium">{dataset.title}</span>
                    <SourceFacts dataset={dataset} />
                  </div>
                </>
              )}
            </div>
          );
        }}
      />
    </>
  );
}

/** A filter in words. */
function wordsOf({ q, bbox, datetime }: SourceFilter): string {
  return [
    ...(q === undefined ? [] : [`with “${q}” in their title or summary`]),
    ...(bbox === undefined ? [] : [`that touch ${formatBBox(bbox)}`]),
    ...(datetime === undefined ? [] : [`taken in ${datetime.replace('/', ' to ')}`]),
  ].join(', ');
}
