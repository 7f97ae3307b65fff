import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { client, type LinkQuery } from '../api.ts';
import type { Place } from './picture.ts';

type Parameters = Readonly<Record<string, string>>;

/** How often the state of a virtual raster is asked for while it is being built. */
const BUILDING_MS = 1500;
/** People and links that are listed. */
const MOST_LISTED = 200;

/**
 * Questions about one dataset. Their keys begin as that of the dataset does: what forgets the one forgets the others. `link`
 * is the right of a link that opens its pixels.
 */
export const datasetQueries = {
  tileJson: (id: string, parameters: Parameters, link: LinkQuery) =>
    queryOptions({
      queryKey: ['dataset', id, 'tilejson', parameters, link],
      queryFn: ({ signal }) => client.tileJson(id, { ...parameters, ...link, format: 'webp' }, { signal }),
      // The picture before is shown until the next one is known to be possible.
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    }),
  legend: (id: string, parameters: Parameters, link: LinkQuery) =>
    queryOptions({
      queryKey: ['dataset', id, 'legend', parameters, link],
      queryFn: ({ signal }) => client.legend(id, { ...parameters, ...link }, { signal }),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    }),
  histogram: (id: string, bands: readonly number[], link: LinkQuery) =>
    queryOptions({
      queryKey: ['dataset', id, 'histogram', bands, link],
      queryFn: ({ signal }) => client.histogram(id, { bidx: [bands.join(',')], bins: 96, ...link }, { signal }),
      staleTime: 300_000,
    }),
  values: (id: string, { lon, lat }: Place, link: LinkQuery) =>
    queryOptions({
      queryKey: ['dataset', id, 'values', lon, lat, link],
      queryFn: ({ signal }) => client.pointValue({ id, lon, lat }, { unscale: true, ...link }, { signal }),
      staleTime: 60_000,
    }),
  sources: (id: string) =>
    queryOptions({
      queryKey: ['dataset', id, 'sources'],
      queryFn: ({ signal }) => client.listVrtSources(id, { signal }),
    }),
  status: (id: string) =>
    queryOptions({
      queryKey: ['dataset', id, 'status'],
      queryFn: ({ signal }) => client.getVrtStatus(id, { signal }),
      refetchInterval: ({ state }) => (state.data?.active_generation == null ? false : BUILDING_MS),
    }),
  generations: (id: string) =>
    queryOptions({
      queryKey: ['dataset', id, 'generations'],
      queryFn: ({ signal }) => client.listVrtGenerations(id, { limit: 50 }, { signal }),
    }),
  grants: (id: string) =>
    queryOptions({
      queryKey: ['dataset', id, 'grants'],
      queryFn: ({ signal }) => client.listGrants(id, { limit: MOST_LISTED }, { signal }),
    }),
  /** With the moment that they were asked for, which tells what is over. */
  shares: (id: string) =>
    queryOptions({
      queryKey: ['dataset', id, 'shares'],
      queryFn: async ({ signal }) => ({
        ...(await client.listShares(id, { limit: MOST_LISTED }, { signal })),
        askedAt: Date.now(),
      }),
    }),
} as const;
