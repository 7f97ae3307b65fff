import { isFinalJobStatus, type Job, type JobList } from '@inlay/contract';
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { client, type JobListQuery, queries, queryClient, refreshDatasets } from '../api.ts';
import { useMe } from '../session.ts';

/** How often the list of jobs is asked for while some are at work, and while none is. */
const BUSY_MS = 1500;
const IDLE_MS = 20_000;

/** Whether a job is at work, or will be without anyone's doing; an upload that waits for its commit is not. */
export function isUnderWay(job: Pick<Job, 'status' | 'current_step'>): boolean {
  return !isFinalJobStatus(job.status) && job.current_step !== WAITING_FOR_COMMIT;
}

/** The step of an upload that its owner has neither committed nor thrown away. */
export const WAITING_FOR_COMMIT = 'waiting for commit';

/** What the bar at the top looks at. */
const NEWEST: JobListQuery = { limit: 50 };

/** Some jobs, the newest unless `query` says otherwise, kept up to date; nothing for whoever is not signed in. */
export function useJobs(query: JobListQuery = NEWEST): UseQueryResult<JobList> {
  const me = useMe();
  return useQuery({
    ...queries.jobs(query),
    // More of them come below those that are there.
    placeholderData: keepPreviousData,
    enabled: me != null,
    refetchInterval: ({ state }) => (state.data?.jobs.some(isUnderWay) === true ? BUSY_MS : IDLE_MS),
  });
}

/** Asks for the jobs again at once: something was started. */
export async function refreshJobs(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['jobs'] });
}

/** Forgets lists of datasets whenever a job has come to its end. Use once. */
export function useDatasetsAfterJobs(): void {
  const { data } = useJobs();
  const active = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (data === undefined) return;
    const now = new Set(data.jobs.filter(isUnderWay).map(({ id }) => id));
    const hasEnded = [...active.current].some((id) => !now.has(id));
    active.current = now;
    if (hasEnded) void refreshDatasets();
  }, [data]);
}

/** One job, followed by its events until it has ended, and polled where events do not come through. */
export function useJob(id: string | null): UseQueryResult<Job> {
  const result = useQuery({ ...queries.job(id ?? ''), enabled: id !== null });
  useEffect(() => {
    if (id === null) return undefined;
    const ending = new AbortController();
    const { queryKey } = queries.job(id);
    const learn = async (now: Job): Promise<void> => {
      // An answer still on its way may be older than what is known now, and would take its place.
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, now);
    };
    const follow = async (): Promise<void> => {
      const job = await client.waitForJob(id, { signal: ending.signal, onProgress: (now) => void learn(now) });
      await learn(job);
      await Promise.all([refreshJobs(), refreshDatasets()]);
    };
    // What goes wrong shows in the query, which asks for the same job.
    follow().catch(() => ending.signal.aborted || void queryClient.invalidateQueries({ queryKey }));
    return () => ending.abort();
  }, [id]);
  return result;
}
