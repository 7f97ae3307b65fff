import { type AuditEntry, type AuditList, type QueryOf, type Routes, routes } from '@inlay/contract';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { client } from '../api.ts';

const PAGE = 50;

export type ActivityFilter = Pick<NonNullable<QueryOf<Routes['listAudit']>>, 'action' | 'actor_id' | 'dataset_id'>;

/** Part of a log, as far as it was asked for. */
export interface Activity {
  /** The latest first; undefined before the first answer. */
  readonly entries: readonly AuditEntry[] | undefined;
  readonly error: Error | null;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  more(): void;
  refetch(): void;
}

/** What was done, of all the log; for administrators. */
export function useAudit(filter: ActivityFilter): Activity {
  return useActivity(['audit', filter], (page, signal) =>
    client.call(routes.listAudit, { query: { ...filter, ...page }, signal }),
  );
}

/** What was done to a dataset; for who decides on it. */
export function useDatasetActivity(id: string): Activity {
  return useActivity(['dataset', id, 'activity'], (page, signal) =>
    client.call(routes.datasetHistory, { params: { id }, query: page, signal }),
  );
}

interface Page {
  readonly limit: number;
  readonly skip: number;
}

function useActivity(
  queryKey: readonly unknown[],
  ask: (page: Page, signal: AbortSignal) => Promise<AuditList>,
): Activity {
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => ask({ limit: PAGE, skip: pageParam }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ total, skip }) => (skip + PAGE < total ? skip + PAGE : null),
    placeholderData: keepPreviousData,
  });
  return {
    // What is written down meanwhile moves the others on: some come a second time.
    entries: data && [...new Map(data.pages.flatMap(({ entries }) => entries.map((one) => [one.id, one]))).values()],
    error,
    hasMore: hasNextPage,
    isLoadingMore: isFetchingNextPage,
    more: () => void fetchNextPage(),
    refetch: () => void refetch(),
  };
}
