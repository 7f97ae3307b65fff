import type { FootprintList } from '@inlay/contract';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../api.ts';
import { type BBox, wrapped } from '../map/bbox.ts';
import { boxOf, type CatalogueSearch, termsOf, toRequest } from './catalogue-search.ts';

/** Where what the search finds lies: all of it, or where that is too much, what is in view. Undefined before the first answer. */
export function useFootprints(search: CatalogueSearch, inView: BBox | null): FootprintList | undefined {
  const terms = termsOf(search);
  // What lies outside of the view stays on the map: it may come into view.
  const box = search.extent === 'view' ? null : boxOf(search, inView);
  const { data: all } = useQuery(queries.footprints({ ...terms, ...(box === null ? {} : { bbox: toRequest(box) }) }));
  const isCut = all !== undefined && all.total > all.footprints.length;
  const view = inView ?? [-180, -90, 180, 90];
  const { data: here } = useQuery({
    ...queries.footprints({ ...terms, bbox: toRequest(wrapped(view)) }),
    enabled: isCut && inView !== null,
  });
  return isCut && here !== undefined ? here : all;
}
