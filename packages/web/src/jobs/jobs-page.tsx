import { type Job, MAX_LISTED_IDS } from '@inlay/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { getRouteApi } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { queries } from '../api.ts';
import { Failure } from '../shell/page-error.tsx';
import { SignedIn } from '../shell/signed-in.tsx';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { Empty } from '../ui/states.tsx';
import { JobRow } from './job-row.tsx';
import { isUnderWay, useJobs } from './use-jobs.ts';
import { useTitle } from '../use-title.ts';

const route = getRouteApi('/jobs');
const PAGE = 50;

/** What goes on, what went wrong and why, and what can be done about it. */
export function JobsPage(): ReactNode {
  useTitle('Jobs');
  return (
    <SignedIn atLeast="viewer" purpose="to see your jobs">
      <Jobs />
    </SignedIn>
  );
}

function Jobs(): ReactNode {
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const [limit, setLimit] = useState(PAGE);
  const { data, error, refetch } = useJobs({ limit, ...(show === 'failed' ? { status: 'failed' } : {}) });
  const titles = useTitles(data?.jobs ?? []);
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  // Thumbnails are drawn after everything else; they are worth a line only where one could not be.
  const jobs = data?.jobs
    .filter(({ kind, status }) => kind !== 'quicklook' || status !== 'complete')
    .filter((job) => show !== 'active' || isUnderWay(job));
  return (
    <div className="page">
      <header className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-2xl font-semibold">Jobs</h1>
        <Segmented
          label="Which jobs"
          value={show ?? 'all'}
          options={[
            { value: 'all', label: 'All' },
            { value: 'active', label: 'Under way' },
            { value: 'failed', label: 'Failed' },
          ]}
          onValueChange={(next) =>
            void navigate({ search: { show: next === 'all' ? undefined : next }, replace: true })
          }
        />
      </header>
      {jobs === undefined ? (
        <div className="flex flex-col gap-px" aria-busy="true">
          {Array.from({ length: 6 }, (_, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- they are all the same
            <Skeleton key={index} className="h-15 w-full" />
          ))}
        </div>
      ) : jobs.length === 0 ? (
        <Empty icon={Activity} title={show === undefined ? 'No jobs yet' : 'None of these'}>
          Uploads, registrations, builds and exports go on by themselves. Here is how they are doing.
        </Empty>
      ) : (
        <ul className="m-0 list-none border-t border-line p-0" aria-label="Jobs">
          {jobs.map((job) => (
            <JobRow
              key={job.id}
              job={job}
              datasetTitle={titles.get(job.dataset_id ?? job.source_dataset_id ?? '') ?? null}
            />
          ))}
        </ul>
      )}
      {data !== undefined && show !== 'active' && data.total > limit && (
        <div className="mt-4 flex justify-center">
          <Button onClick={() => setLimit(limit + PAGE)}>Show more</Button>
        </div>
      )}
    </div>
  );
}

/** What the datasets are called that jobs are about, by id, as far as they can be seen. */
function useTitles(jobs: readonly Job[]): ReadonlyMap<string, string> {
  const ids = [...new Set(jobs.flatMap((job) => job.dataset_id ?? job.source_dataset_id ?? []))].slice(
    0,
    MAX_LISTED_IDS,
  );
  const { data } = useQuery({
    ...queries.datasets({ ids, limit: MAX_LISTED_IDS }),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
  return new Map(data?.datasets.map(({ id, title }) => [id, title]));
}
