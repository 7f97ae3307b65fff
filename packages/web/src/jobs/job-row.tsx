import type { Job } from '@inlay/contract';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatAgo, formatBytes, formatDuration, formatMoment } from '../format.ts';
import { thumbnailUrl } from '../map/dataset-tiles.ts';
import { useMe } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Thumbnail } from '../ui/thumbnail.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import { JobActions } from './job-actions.tsx';
import { JobOutcome } from './job-outcome.tsx';
import { kindLabel, secondsOf, statusLabel } from './job-words.ts';
import { KindIcon } from './kind-icon.tsx';

export interface JobRowProps {
  readonly job: Job;
  /** What the dataset that it is about is called; null where that is not known. */
  readonly datasetTitle: string | null;
}

/** A job: what it does, how far it is, and what can be done with it. */
export function JobRow({ job, datasetTitle }: JobRowProps): ReactNode {
  const me = useMe();
  const { label, tone } = statusLabel(job);
  const seconds = secondsOf(job);
  const subject = job.dataset_id ?? job.source_dataset_id;
  const name = datasetTitle ?? job.title ?? job.source_filename ?? kindLabel(job.kind);
  return (
    <li className="flex flex-col gap-2 border-b border-line py-3">
      <div className="flex items-center gap-3">
        {job.dataset_id !== null && job.status === 'complete' ? (
          <Thumbnail src={thumbnailUrl(job.dataset_id, 36)} size={36} />
        ) : (
          <span className="flex size-9 shrink-0 items-center justify-center rounded-sm bg-sunken text-soft">
            <KindIcon kind={job.kind} />
          </span>
        )}
        <div className="flex min-w-0 flex-1 flex-col">
          {subject !== null && datasetTitle !== null ? (
            <Link to="/datasets/$id" params={{ id: subject }} className="truncate font-medium hover:underline">
              {name}
            </Link>
          ) : (
            <span className="truncate font-medium">{name}</span>
          )}
          <span className="flex flex-wrap gap-x-2 text-xs text-soft">
            <span>{kindLabel(job.kind)}</span>
            <Tooltip text={formatMoment(job.created_at)}>
              <span>{formatAgo(job.created_at)}</span>
            </Tooltip>
            {seconds !== null && <span>took {formatDuration(seconds)}</span>}
            {job.result !== null && <span>{formatBytes(job.result.bytes)}</span>}
            {me != null && me.username !== job.owner_name && <span>for {job.owner_name}</span>}
          </span>
        </div>
        <Badge tone={tone}>{label}</Badge>
        <JobActions job={job} />
      </div>
      <JobOutcome job={job} className="pl-12" />
    </li>
  );
}
