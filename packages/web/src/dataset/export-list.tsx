import type { Job } from '@inlay/contract';
import type { ReactNode } from 'react';
import { errorLine } from '../describe-error.ts';
import { formatAgo, formatBytes, formatMoment } from '../format.ts';
import { JobActions } from '../jobs/job-actions.tsx';
import { JobOutcome } from '../jobs/job-outcome.tsx';
import { statusLabel } from '../jobs/job-words.ts';
import { useJobs } from '../jobs/use-jobs.ts';
import { useMe } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Skeleton } from '../ui/skeleton.tsx';

const LISTED = 20;

/** The exports of a dataset that were asked for by whoever looks, newest first; administrators see everyone's. */
export function ExportList({ id }: { readonly id: string }): ReactNode {
  const { data, error } = useJobs({ limit: LISTED, source_dataset_id: id });
  if (error !== null) return <p className="text-sm text-danger">{errorLine(error)}</p>;
  if (data === undefined) return <Skeleton className="h-10 w-full" />;
  if (data.jobs.length === 0) return <p className="text-sm text-soft">None yet.</p>;
  return (
    <ul aria-label="Exports" className="m-0 list-none border-t border-line p-0">
      {data.jobs.map((job) => (
        <Row key={job.id} job={job} />
      ))}
    </ul>
  );
}

function Row({ job }: { readonly job: Job }): ReactNode {
  const me = useMe();
  const { label, tone } = statusLabel(job);
  const { result } = job;
  return (
    <li className="flex flex-col gap-1.5 border-b border-line py-2">
      <div className="flex items-center gap-2">
        <div className="flex min-w-0 flex-1 flex-col">
          <span className="truncate text-sm font-medium">
            {result?.filename ?? `Asked for ${formatAgo(job.created_at)}`}
          </span>
          <span className="text-xs text-soft">
            {result === null
              ? job.status === 'complete' && job.dataset_id === null
                ? 'The file is no longer kept'
                : formatMoment(job.created_at)
              : `${formatBytes(result.bytes)}, kept until ${formatMoment(result.expires_at)}`}
            {me != null && me.username !== job.owner_name && `, for ${job.owner_name}`}
          </span>
        </div>
        {job.status !== 'complete' && <Badge tone={tone}>{label}</Badge>}
        <JobActions job={job} />
      </div>
      <JobOutcome job={job} />
    </li>
  );
}
