import { type DatasetList, type QueryOf, type Routes, routes, type User } from '@inlay/contract';
import { type Client, createClient, isApiError } from '@inlay/sdk';
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { SERVER_URL } from './base.ts';
import { describeError } from './describe-error.ts';

/** The server, on behalf of whoever's session cookie the browser holds. */
export const client: Client = createClient(SERVER_URL);

/** Answers of the server, by what was asked. */
export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal is the same the next time; an absence may pass.
      retry: (failures, error) => failures < 2 && describeError(error).canRetry,
    },
  },
});

export type DatasetListQuery = NonNullable<QueryOf<Routes['listDatasets']>>;
export type FootprintListQuery = NonNullable<QueryOf<Routes['listFootprints']>>;
export type LinkQuery = NonNullable<QueryOf<Routes['getDataset']>>;
export type JobListQuery = NonNullable<QueryOf<Routes['listJobs']>>;

/**
 * What is asked, each with the key that its answer is kept under. Keys are lists from the general to the particular, so that
 * `invalidateQueries({ queryKey: ['datasets'] })` forgets every list of datasets.
 */
export const queries = {
  /** Who is signed in; null for nobody. */
  me: () =>
    queryOptions({
      queryKey: ['me'],
      queryFn: ({ signal }) => whoAmI(signal),
      staleTime: 60_000,
    }),
  settings: () =>
    queryOptions({
      queryKey: ['settings'],
      queryFn: ({ signal }) => client.settings({ signal }),
      staleTime: Infinity,
    }),
  /** Where rasters may be registered from; for those who may register some. */
  sourceRoots: () =>
    queryOptions({
      queryKey: ['source-roots'],
      queryFn: ({ signal }) => client.sourceRoots({ signal }),
      staleTime: Infinity,
    }),
  datasets: (query: DatasetListQuery) =>
    queryOptions({
      queryKey: ['datasets', query],
      queryFn: ({ signal }): Promise<DatasetList> => client.listDatasets(query, { signal }),
    }),
  footprints: (query: FootprintListQuery) =>
    queryOptions({
      queryKey: ['footprints', query],
      queryFn: ({ signal }) => client.listFootprints(query, { signal }),
      placeholderData: keepPreviousData,
    }),
  /** `link`: the right of a link that opens it. */
  dataset: (id: string, link: LinkQuery = {}) =>
    queryOptions({
      queryKey: ['dataset', id, link],
      queryFn: ({ signal }) => client.call(routes.getDataset, { params: { id }, query: link, signal }),
    }),
  jobs: (query: JobListQuery) =>
    queryOptions({ queryKey: ['jobs', query], queryFn: ({ signal }) => client.listJobs(query, { signal }) }),
  job: (id: string) => queryOptions({ queryKey: ['job', id], queryFn: ({ signal }) => client.getJob(id, { signal }) }),
  apiKeys: () => queryOptions({ queryKey: ['api-keys'], queryFn: ({ signal }) => client.listApiKeys({}, { signal }) }),
  users: () =>
    queryOptions({ queryKey: ['users'], queryFn: ({ signal }) => client.listUsers({ limit: 1000 }, { signal }) }),
} as const;

/** Forgets all that is known of datasets: they were added, changed or deleted. */
export async function refreshDatasets(): Promise<void> {
  await Promise.all(
    ['datasets', 'dataset', 'footprints'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
  );
}

async function whoAmI(signal: AbortSignal): Promise<User | null> {
  try {
    return await client.me({ signal });
  } catch (error) {
    // Nobody, or a session that has ended.
    if (isApiError(error) && error.status === 401) return null;
    throw error;
  }
}
