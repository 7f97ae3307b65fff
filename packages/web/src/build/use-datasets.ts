import { type Dataset, MAX_LISTED_IDS } from '@inlay/contract';
import { useQueries } from '@tanstack/react-query';
import { client } from '../api.ts';

/** Rows that come into sight together are asked for together. */
const TOGETHER_MS = 8;

/** Datasets by id, many in one request; null for those that are not there, undefined while they are asked for. */
export function useDatasets(ids: readonly string[]): ReadonlyMap<string, Dataset | null | undefined> {
  return useQueries({
    queries: ids.map((id) => ({
      queryKey: ['datasets', 'one', id],
      queryFn: () => loadTogether(id),
      staleTime: 60_000,
    })),
    combine: (results) => new Map(ids.map((id, index) => [id, results[index]?.data])),
  });
}

interface Waiting {
  readonly id: string;
  readonly resolve: (dataset: Dataset | null) => void;
  readonly reject: (error: unknown) => void;
}

let waiting: Waiting[] = [];

function loadTogether(id: string): Promise<Dataset | null> {
  return new Promise((resolve, reject) => {
    waiting.push({ id, resolve, reject });
    if (waiting.length === 1) setTimeout(() => loadWaiting(), TOGETHER_MS);
  });
}

function loadWaiting(): void {
  const all = waiting;
  waiting = [];
  for (let from = 0; from < all.length; from += MAX_LISTED_IDS) {
    const some = all.slice(from, from + MAX_LISTED_IDS);
    client.listDatasets({ ids: some.map(({ id }) => id), limit: MAX_LISTED_IDS }).then(
      ({ datasets }) => {
        const found = new Map(datasets.map((dataset) => [dataset.id, dataset]));
        for (const { id, resolve } of some) resolve(found.get(id.toLowerCase()) ?? null);
      },
      (error: unknown) => {
        for (const { reject } of some) reject(error);
      },
    );
  }
}
