import type { Dataset } from '@inlay/contract';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { type DatasetListQuery, queries } from '../api.ts';

const PAGE_SIZE = 60;

/** A list of datasets of any length, of which the pages in sight are asked for. */
export interface DatasetPages {
  /** Datasets in all; null before the first answer. */
  readonly total: number | null;
  /** The dataset at a place of the list, from 0; undefined while it is not there yet. */
  at(index: number): Dataset | undefined;
  readonly error: Error | null;
  readonly isLoading: boolean;
  refetch(): void;
}

/** The datasets from `first` to before `end` of a list, page by page. */
export function useDatasetPages(query: DatasetListQuery, [first, end]: readonly [number, number]): DatasetPages {
  const pages: number[] = [];
  for (let page = Math.floor(first / PAGE_SIZE); page * PAGE_SIZE < Math.max(1, end); page += 1) pages.push(page);
  const results = useQueries({
    queries: pages.map((page) => queries.datasets({ ...query, limit: PAGE_SIZE, skip: page * PAGE_SIZE })),
  });
  const answered = results.find(({ data }) => data !== undefined)?.data?.total ?? null;
  // While another list is on its way, the length of the former one keeps things in their places.
  const [total, setTotal] = useState(answered);
  if (answered !== null && answered !== total) setTotal(answered);
  return {
    total: answered ?? total,
    at: (index) => {
      const result = results[pages.indexOf(Math.floor(index / PAGE_SIZE))];
      return result?.data?.datasets[index % PAGE_SIZE];
    },
    error: results.find(({ error }) => error !== null)?.error ?? null,
    isLoading: results.some(({ isPending }) => isPending),
    refetch: () => {
      for (const result of results) void result.refetch();
    },
  };
}
