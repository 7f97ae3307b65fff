import { type Footprint, type FootprintList, MAX_LISTED_IDS, type SourceFilter } from '@inlay/contract';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type FootprintListQuery, queries } from '../api.ts';
import { type PlacedFootprint, placeFootprints } from '../catalogue/choose-imagery.ts';
import { useFootprints } from '../catalogue/use-footprints.ts';
import type { BBox } from '../map/bbox.ts';
import { footprintSources } from '../map/layers/footprints.ts';

/** Of more than this, chosen outside of what the map shows, the outlines are not asked for. */
const MOST_ASKED = 5000;

/** The rasters on the map, each with where it lies. */
export interface SourcesOnMap {
  readonly footprints: readonly Footprint[];
  readonly sources: ReturnType<typeof footprintSources>;
  readonly placed: ReadonlyMap<string, PlacedFootprint>;
  /** Rasters that could be chosen, in all; null before the first answer. */
  readonly total: number | null;
  /** Those that a filter finds; null without one. */
  readonly found: ReadonlySet<string> | null;
}

/** All rasters of the catalogue, or those in view where there are too many, and those that are chosen wherever they lie. */
export function useSourcesOnMap(
  ids: readonly string[],
  filter: SourceFilter | null,
  inView: BBox | null,
): SourcesOnMap {
  const { data: catalogue } = useFootprints(RASTERS, inView);
  const { data: matching } = useQuery({ ...queries.footprints(filterQuery(filter ?? {})), enabled: filter !== null });
  const listed = useMemo(() => new Set(catalogue?.footprints.map(({ id }) => id)), [catalogue]);
  const missing = useMemo(
    () => (catalogue === undefined ? [] : ids.filter((id) => !listed.has(id)).slice(0, MOST_ASKED)),
    [catalogue, listed, ids],
  );
  const chunks = Array.from({ length: Math.ceil(missing.length / MAX_LISTED_IDS) }, (_, chunk) =>
    missing.slice(chunk * MAX_LISTED_IDS, (chunk + 1) * MAX_LISTED_IDS),
  );
  const others = useQueries({
    queries: chunks.map((chunk) => queries.footprints({ ids: chunk })),
    combine: together,
  });
  const footprints = useMemo(() => {
    const all = new Map<string, Footprint>();
    for (const one of catalogue?.footprints ?? []) all.set(one.id, one);
    for (const one of matching?.footprints ?? []) all.set(one.id, one);
    for (const one of others) all.set(one.id, one);
    return [...all.values()];
  }, [catalogue, matching, others]);
  const sources = useMemo(() => footprintSources(footprints), [footprints]);
  const placed = useMemo(() => new Map(placeFootprints(footprints).map((one) => [one.id, one])), [footprints]);
  const found = useMemo(
    () => (filter === null ? null : new Set(matching?.footprints.map(({ id }) => id))),
    [filter, matching],
  );
  return { footprints, sources, placed, total: catalogue?.total ?? null, found };
}

/** Kept outside of the component: the answers are put together again only where one of them changes. */
function together(results: readonly { readonly data: FootprintList | undefined }[]): Footprint[] {
  return results.flatMap(({ data }) => data?.footprints ?? []);
}

const RASTERS = { type: 'raster_dataset' } as const;

/** A filter as lists take it: it finds rasters only. */
export function filterQuery({ q, bbox, datetime }: SourceFilter): FootprintListQuery {
  return {
    record_type: 'raster_dataset',
    ...(q === undefined ? {} : { q }),
    ...(bbox === undefined ? {} : { bbox }),
    ...(datetime === undefined ? {} : { datetime }),
  };
}
