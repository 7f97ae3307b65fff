import type { FootprintList } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../api.ts';
import { type BBox, wrapped } from '../map/bbox.ts';
import { boxOf, type CatalogueSearch, termsOf, toRequest } from './catalogue-search.ts';

/** Where what a search finds lies. */
export interface Footprints {
  /** Undefined before the first answer. */
  readonly data: FootprintList | undefined;
  /** Whether it is still what a former search found, shown until the answer comes. */
  readonly isFormer: boolean;
}

/** Where what the search finds lies: all of it, or where that is too much, what is in view. */
export function useFootprints(search: CatalogueSearch, inView: BBox | null): Footprints {
  const terms = termsOf(search);
  // What lies outside of the view stays on the map: it may come into view.
  const box = search.extent === 'view' ? null : boxOf(search, inView);
  const { data: all, isPlaceholderData: isFormer } = useQuery(
    queries.footprints({ ...terms, ...(box === null ? {} : { bbox: toRequest(box) }) }),
  );
  const isCut = all !== undefined && all.total > all.footprints.length;
  const view = inView ?? [-180, -90, 180, 90];
  const { data: here } = useQuery({
    ...queries.footprints({ ...terms, bbox: toRequest(wrapped(view)) }),
    enabled: isCut && inView !== null,
  });
  return { data: isCut && here !== undefined ? here : all, isFormer };
}
